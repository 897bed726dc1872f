// The context that a bot would get for the question and the turns before it, and a check of what it answers.

import { checkAnswer, getContext } from "./api.js";
import { copy, fill, find, make, makeQuote } from "./dom.js";
import { shortSource } from "./hits.js";
import { showText, textOf } from "./passage.js";
import { closeSheet, openSheet } from "./sheets.js";
import { writeFilter } from "./state.js";
import { toast } from "./toast.js";
import { showTrouble } from "./trouble.js";
import { say } from "./words.js";

const BUDGETS = [500, 1000, 1500, 3000, 6000];

let running = null;
let asked = "";

/** Open the sheet for a state; `act` has `change(state)` and `close()`. */
export function openContext(state, act) {
  const dialog = find("context");
  const isNew = openSheet(dialog, act.close);
  const request = requestOf(state);
  const key = JSON.stringify(request);
  if (isNew) {
    fill(dialog, showHead(act), make("div", { class: "sheet-body", tabindex: "0", role: "region", "aria-labelledby": "context-title" }));
    asked = "";
  }
  if (key === asked) return;
  asked = key;
  const body = dialog.querySelector(".sheet-body");
  const focused = body.contains(document.activeElement) ? document.activeElement.id : "";
  const answer = make("div", { id: "context-answer", "aria-live": "polite" }, make("p", { class: "quiet" }, say("working")));
  fill(body, make("p", { class: "quiet" }, say("context-lead")), showTurns(state, act), showChoices(state, act), answer);
  (focused && find(focused) ? find(focused) : body).focus({ preventScroll: true });
  load(request, answer);
}

export function closeContext() {
  running?.abort();
  asked = "";
  closeSheet(find("context"));
}

function requestOf(state) {
  const request = { question: state.q, max_tokens: state.budget, order: state.order || "rank" };
  if (state.turns.length) request.history = state.turns;
  if (state.index) request.index = state.index;
  if (writeFilter(state)) request.where = writeFilter(state);
  return request;
}

async function load(request, answer) {
  running?.abort();
  const controller = (running = new AbortController());
  try {
    const context = await getContext(request, controller.signal);
    fill(answer, showContext(context));
  } catch (error) {
    if (error.name === "AbortError") return;
    const trouble = make("div", { class: "trouble", role: "alert" });
    showTrouble(trouble, error, () => load(request, answer));
    fill(answer, trouble);
  }
}

function showHead(act) {
  return make(
    "header",
    { class: "short" },
    make("h2", { id: "context-title" }, say("context")),
    make("button", { type: "button", class: "close", onclick: () => act.close() }, say("close")),
  );
}

function showTurns(state, act) {
  const turns = state.turns.map((turn, i) =>
    make(
      "li",
      {},
      make("span", { dir: "auto" }, turn),
      make(
        "button",
        {
          type: "button",
          class: "plain",
          "aria-label": say("remove-turn", { n: i + 1 }),
          onclick: () => act.change({ ...state, turns: state.turns.filter((_, j) => j !== i) }),
        },
        "×",
      ),
    ),
  );
  const input = make("input", { id: "next-question", type: "text", dir: "auto", autocomplete: "off", placeholder: say("follow-up") });
  const send = (event) => {
    event.preventDefault();
    const next = input.value.trim();
    if (next) act.change({ ...state, turns: state.q ? [...state.turns, state.q] : state.turns, q: next });
  };
  return make(
    "section",
    { class: "turns", "aria-label": say("turns") },
    turns.length ? make("ol", {}, turns) : null,
    make("p", { class: "now", dir: "auto" }, state.q),
    make("form", { class: "row", onsubmit: send }, make("label", { class: "unseen", for: "next-question" }, say("follow-up")), input, make("button", { type: "submit" }, say("follow-up"))),
  );
}

function showChoices(state, act) {
  const budgets = [...new Set([...BUDGETS, state.budget])].sort((a, b) => a - b);
  const budget = choose("budget", budgets.map((n) => [String(n), String(n)]), String(state.budget), (value) =>
    act.change({ ...state, budget: Number(value) }),
  );
  const orders = [["", say("order-rank")], ["document", say("order-document")]];
  const order = choose("order", orders, state.order, (value) => act.change({ ...state, order: value }));
  return make("div", { class: "choices" }, budget, order);
}

function choose(id, options, value, change) {
  const select = make("select", { id, onchange: () => change(select.value) }, options.map(([name, words]) => make("option", { value: name }, words)));
  select.value = value;
  return make("label", {}, make("span", {}, say(id)), select);
}

function showContext(context) {
  const verdict = context.answerable ? say("answerable") : say("no-answer");
  return [
    make(
      "p",
      { class: context.answerable ? "verdict" : "verdict no" },
      make("strong", {}, verdict),
      make("span", { class: "quiet" }, say("score", { score: context.score.toFixed(2) })),
      make("span", { class: "quiet" }, say("tokens-used", { n: context.tokens, max: context.max_tokens })),
    ),
    context.query === context.question ? null : make("p", { class: "quiet" }, say("searched-for", { query: context.query })),
    context.excerpts.length ? showExcerpts(context) : null,
    context.excerpts.length ? showCheck(context) : null,
  ];
}

function showExcerpts(context) {
  const items = context.excerpts.map((excerpt) => {
    const trail = [excerpt.title, ...excerpt.heading.filter((heading) => heading !== excerpt.title)].filter(Boolean);
    return make(
      "li",
      { id: `excerpt-${excerpt.number}` },
      make("span", { class: "number" }, `[${excerpt.number}]`),
      make(
        "div",
        {},
        make("p", { class: "trail", dir: "auto", lang: excerpt.language || null }, trail.join(" › ")),
        make("div", textOf(excerpt.language), showText(excerpt.text, trail)),
        make("p", { class: "place source" }, makeQuote(shortSource(excerpt.citation), { title: excerpt.citation })),
      ),
    );
  });
  const button = make("button", { type: "button", onclick: async () => toast(say((await copy(context.text)) ? "copied" : "not-copied")) }, say("copy-context"));
  return [
    make("h3", {}, say("excerpts")),
    make("ol", { class: "excerpts" }, items),
    button,
    make("details", { class: "prompt" }, make("summary", {}, say("prompt")), make("pre", { tabindex: "0", dir: "auto" }, context.text)),
  ];
}

function showCheck(context) {
  const area = make("textarea", { id: "answer", rows: "4", dir: "auto" });
  const result = make("div", { "aria-live": "polite" });
  const send = async (event) => {
    event.preventDefault();
    if (!area.value.trim()) return;
    try {
      fill(result, showClaims(await checkAnswer({ answer: area.value, context })));
    } catch (error) {
      const trouble = make("div", { class: "trouble", role: "alert" });
      showTrouble(trouble, error, null);
      fill(result, trouble);
    }
  };
  return make(
    "details",
    { class: "check" },
    make("summary", {}, say("check-title")),
    make("form", { onsubmit: send }, make("label", { for: "answer" }, say("check-lead")), area, make("button", { type: "submit" }, say("check"))),
    result,
  );
}

function showClaims(report) {
  const { claims } = report;
  if (!claims.length) return make("p", { class: "quiet" }, say("check-none"));
  const bad = claims.filter((claim) => !claim.supported).length;
  const items = claims.map((claim) => {
    const numbers = [...new Set(claim.by.map((support) => support.excerpt ?? support.number))];
    return make(
      "li",
      { class: claim.supported ? "claim" : "claim no" },
      make("span", { dir: "auto" }, claim.text),
      make(
        "span",
        { class: "quiet" },
        claim.supported ? say("supported-by", { n: numbers.join("] [") }) : say("unsupported"),
        claim.reasons?.length && !claim.supported ? `: ${claim.reasons.join("; ")}` : null,
      ),
    );
  });
  return [make("p", {}, say("check-result", { n: claims.length, bad })), make("ol", { class: "claims" }, items)];
}
