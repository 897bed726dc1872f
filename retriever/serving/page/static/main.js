// Wires the page together: the state is in the address, and everything shown follows from it.

import { getFacets, getIndexes, onTokenWanted } from "./api.js";
import { Asker, canAsk, requestOf } from "./asker.js";
import { askToken, openKeys } from "./boxes.js";
import { closeContext, openContext } from "./context.js";
import { fill, find, make } from "./dom.js";
import { areFacetsOld, showFacets, showFilterTrouble } from "./facets.js";
import { nameHits, showHits } from "./hits.js";
import { listenToKeys } from "./keys.js";
import { closeReader, openReader } from "./reader.js";
import { getSetting, setSetting } from "./settings.js";
import { closeSheet } from "./sheets.js";
import { emptyState, readState, writeState } from "./state.js";
import { hideTrouble, showTrouble } from "./trouble.js";
import { showWelcome } from "./welcome.js";
import { getLocale, LOCALES, say, sayAll, setLocale } from "./words.js";

const THEMES = ["auto", "light", "dark"];
const MOST_HITS = 100;
const NONE = []; // hits without an answer

let state = readState(location.search);
let answer = null; // the last full or previewed answer
let asked = ""; // the request that it answers or will answer
let isSettled = true; // whether the address is that of a whole question, which back should lead to
let indexes = [];
let facets = { index: null, generation: null, at: 0, list: [] };

const asker = new Asker({
  start: () => say_status("working"),
  answer: showAnswer,
  fail: showFailure,
});

// ── The state ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Show another state; it becomes an entry of the history, or takes the place of the present one. */
function go(next, { push = true } = {}) {
  state = next;
  const depth = (history.state?.depth ?? 0) + (push ? 1 : 0);
  history[push ? "pushState" : "replaceState"]({ depth }, "", writeState(state));
  render();
}

/** Close what is open: back in the history where that is what opened it. */
function close() {
  if (history.state?.depth > 0 && history.state?.opened) return history.back();
  go({ ...state, open: "", view: "", sheet: "" }, { push: false });
}

function open(next) {
  const isInPlace = Boolean(state.open || state.sheet);
  go(next, { push: !isInPlace });
  if (!isInPlace) history.replaceState({ ...history.state, opened: true }, "");
}

// ── What is shown ────────────────────────────────────────────────────────────────────────────────────────────────

function render() {
  const input = find("question");
  if (input.value.trim() !== state.q) input.value = state.q;
  find("index").value = state.index;
  document.title = state.q ? `${state.q} – Retriever` : "Retriever";
  document.body.classList.toggle("asking", Boolean(state.q));
  find("context-button").hidden = !canAsk(state);
  find("welcome").hidden = Boolean(state.q);
  loadFacets();
  const request = JSON.stringify(requestOf(state));
  if (!canAsk(state)) clearAnswer();
  else if (request !== asked) {
    asked = request;
    asker.askNow(state);
  }
  renderSheets();
}

function renderSheets() {
  const isWaiting = state.open && canAsk(state) && answer === null;
  if (state.open && !isWaiting) showReader();
  else if (!state.open) closeReader();
  if (state.sheet === "context" && canAsk(state)) openContext(state, { change: (next) => go(next, { push: false }), close });
  else closeContext();
}

function showReader() {
  openReader(state.open, {
    hits: answer?.hits ?? NONE,
    view: state.view,
    index: state.index,
    act: {
      step,
      look: (view) => open({ ...state, view }),
      close,
    },
  });
}

/** Open the hit before (-1) or after (1) the one that is open. */
function step(by) {
  const hits = answer?.hits ?? NONE;
  const place = hits.findIndex((hit) => hit.key === state.open);
  const next = place < 0 ? undefined : hits[place + by];
  if (next) open({ ...state, open: next.key });
}

function clearAnswer() {
  asker.stop();
  answer = null;
  asked = "";
  fill(find("results"));
  find("results").dataset.question = "";
  fill(find("status"));
  hideTrouble(find("trouble"));
}

function say_status(key, values) {
  find("status").textContent = say(key, values);
}

function showAnswer(next, of, isPreview) {
  // Half a word finds nothing; what stood there before says more until the answer comes.
  if (isPreview && !next.hits.length) return;
  nameHits(next.hits);
  if (!isPreview) {
    answer = next;
    isSettled = true;
  }
  hideTrouble(find("trouble"));
  showFilterTrouble(null);
  showHits(next, of, indexes.length > 1 && !of.index);
  find("results").classList.toggle("preview", isPreview);
  showCount(next, of, isPreview);
  listenToLinks();
  if (isPreview) return;
  if (areFacetsOld(facets, state.index, next.generation)) loadFacets(next.generation);
  renderSheets();
}

function showCount(next, of, isPreview) {
  const n = next.hits.length;
  if (isPreview) return say_status("preview", { n });
  if (!n) fill(find("status"), make("strong", {}, say("none")), " ", say("none-hint"));
  else say_status(next.mode === "lexical" ? "found-words" : "found", { n, ms: Math.round(next.took_ms) });
  if (n < of.k || of.k >= MOST_HITS) return;
  const more = make("button", { type: "button", class: "wide", onclick: () => go({ ...state, k: Math.min(MOST_HITS, of.k * 2) }, { push: false }) }, say("more-hits"));
  find("results").append(make("li", { class: "more" }, more));
}

function listenToLinks() {
  for (const link of document.querySelectorAll("#results a.open"))
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open({ ...state, open: link.dataset.id, sheet: "" });
    });
}

function showFailure(error) {
  answer = null;
  fill(find("status"));
  if (error.type === "filter") {
    hideTrouble(find("trouble"));
    find("filters").open = true;
    showFilterTrouble(error);
    return;
  }
  fill(find("results"));
  showTrouble(find("trouble"), error, () => asker.askNow(state));
}

// ── Indexes, facets, welcome ─────────────────────────────────────────────────────────────────────────────────────

async function loadIndexes() {
  try {
    const { indexes: list } = await getIndexes();
    indexes = list.map((one) => one.name);
    fill(
      find("index"),
      make("option", { value: "" }, say("all-indexes")),
      indexes.map((name) => make("option", { value: name }, name)),
    );
    find("index").value = state.index;
    find("index-choice").hidden = indexes.length < 2;
    if (!state.q) showWelcome(list, state.index);
  } catch (error) {
    showTrouble(find("trouble"), error, start);
  }
}

async function loadFacets(generation = facets.generation) {
  if (areFacetsOld(facets, state.index, generation)) {
    facets = { index: state.index, generation, at: Date.now(), list: facets.list };
    try {
      facets.list = (await getFacets(state.index)).facets;
    } catch (error) {
      facets.list = [];
      console.error(error);
    }
  }
  showFacets(facets.list, state, (next) => go(next));
}

function showSettings() {
  const theme = getSetting("theme", "auto");
  document.documentElement.dataset.theme = theme;
  fill(
    find("theme"),
    make("span", { "aria-hidden": "true" }, "◐ "),
    make("span", { class: "unseen" }, say("theme"), " "),
    say(`theme-${theme}`),
  );
  find("language").textContent = say("other-language");
  find("language").lang = getLocale() === "en" ? "zh-CN" : "en";
}

// ── Listening ────────────────────────────────────────────────────────────────────────────────────────────────────

function listen() {
  const input = find("question");
  const type = (event) => {
    if (event.isComposing) return; // half a Chinese word is in Latin letters
    const q = input.value.trim();
    if (q === state.q) return;
    state = { ...state, q, k: emptyState().k };
    const depth = (history.state?.depth ?? 0) + (isSettled ? 1 : 0);
    history[isSettled ? "pushState" : "replaceState"]({ depth }, "", writeState(state));
    isSettled = false;
    asked = JSON.stringify(requestOf(state));
    asker.askSoon(state);
    render();
  };
  input.addEventListener("input", type);
  input.addEventListener("compositionend", type);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.isComposing) event.preventDefault();
  });
  find("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    state = { ...state, q: input.value.trim() };
    asked = "";
    render();
  });
  find("index").addEventListener("change", (event) => go({ ...state, index: event.target.value, facets: {}, k: emptyState().k }));
  find("home").addEventListener("click", (event) => {
    event.preventDefault();
    go({ ...emptyState(), index: state.index });
    input.focus();
  });
  find("context-button").addEventListener("click", () => open({ ...state, sheet: "context", open: "" }));
  find("keys-button").addEventListener("click", openKeys);
  find("theme").addEventListener("click", () => {
    setSetting("theme", THEMES[(THEMES.indexOf(getSetting("theme", "auto")) + 1) % THEMES.length]);
    showSettings();
  });
  find("language").addEventListener("click", () => {
    setLocale(LOCALES[(LOCALES.indexOf(getLocale()) + 1) % LOCALES.length]);
    setSetting("language", getLocale());
    speak();
  });
  window.addEventListener("popstate", () => {
    state = readState(location.search);
    isSettled = true;
    closeSheet(find("keys"));
    render();
  });
  listenToKeys({
    hitOf: (id) => answer?.hits.find((hit) => hit.key === id) ?? null,
    toggleDuplicates: () => go({ ...state, duplicates: !state.duplicates }),
    openContext: () => canAsk(state) && open({ ...state, sheet: "context", open: "" }),
    step,
  });
}

/** Write everything in the language of the page. */
function speak() {
  sayAll();
  showSettings();
  if (answer) showAnswer(answer, state, false);
  loadIndexes();
  render();
}

function start() {
  hideTrouble(find("trouble"));
  speak();
}

onTokenWanted(askToken);
history.replaceState({ depth: history.state?.depth ?? 0, opened: history.state?.opened }, "");
listen();
find("filters").open = window.matchMedia("(min-width: 62rem)").matches;
start();
if (!state.open && !state.sheet) find("question").focus();
