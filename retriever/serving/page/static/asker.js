// Asks as one types: at once by words, which is fast, and after a pause in full. Only the newest question is answered.

import { search } from "./api.js";
import { writeFilter } from "./state.js";

// By words an answer takes some 10 ms, in full 40 to 300 ms of two cores: the first may come with nearly every letter,
// the second when letters stop coming. Few people need more than 350 ms from letter to letter within a word.
const PREVIEW_MS = 90;
const FULL_MS = 350;
const BUSY = [429, 503];
const LONGEST_WAIT_S = 5;

// What the engine asks for: a question of punctuation alone it refuses, one of symbols ("→", "✅") it answers.
const HAS_WORDS = /[^\p{P}\p{Z}\p{C}\p{M}\ufffd]/u;

/** The request for a state. */
export function requestOf(state) {
  const request = { query: state.q, k: state.k, mode: state.mode || "hybrid", explain: true };
  if (state.duplicates) request.duplicates = "show";
  if (state.index) request.index = state.index;
  const where = writeFilter(state);
  if (where) request.where = where;
  return request;
}

/** Whether there is anything to ask. */
export const canAsk = (state) => HAS_WORDS.test(state.q);

export class Asker {
  #timers = [];
  #running = null;
  #number = 0;
  #on;

  /** `on` has `start(state)`, `answer(answer, state, isPreview)`, and `fail(error, state)`. */
  constructor(on) {
    this.#on = on;
  }

  /** Ask when the reader pauses; a preview by words comes before. */
  askSoon(state) {
    this.stop();
    if (!canAsk(state)) return;
    if (state.mode !== "lexical") this.#later(PREVIEW_MS, () => this.#ask(state, true));
    this.#later(FULL_MS, () => this.#ask(state, false));
  }

  /** Ask at once. */
  askNow(state) {
    this.stop();
    if (canAsk(state)) this.#ask(state, false);
  }

  /** Drop what is asked or waits. */
  stop() {
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
    this.#running?.abort();
    this.#running = null;
    this.#number += 1;
  }

  #later(ms, run) {
    this.#timers.push(setTimeout(run, ms));
  }

  async #ask(state, isPreview, isAgain = false) {
    this.#running?.abort();
    const controller = (this.#running = new AbortController());
    const number = ++this.#number;
    const request = requestOf(state);
    if (isPreview) Object.assign(request, { mode: "lexical", explain: false });
    else this.#on.start(state);
    try {
      const answer = await search(request, controller.signal);
      if (number === this.#number) this.#on.answer(answer, state, isPreview);
    } catch (error) {
      if (number !== this.#number || error.name === "AbortError" || isPreview) return;
      if (BUSY.includes(error.status) && !isAgain)
        this.#later(1000 * Math.min(error.wait || 1, LONGEST_WAIT_S), () => this.#ask(state, false, true));
      else this.#on.fail(error, state);
    }
  }
}
