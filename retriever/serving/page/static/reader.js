// The document of a hit, opened at its place: as text, and of a PDF as the page itself.

import { getDocument, getFile, getPassage } from "./api.js";
import { fill, find, make, makeQuote } from "./dom.js";
import { copyCitation, readKey, sayPages } from "./hits.js";
import { showText, textOf } from "./passage.js";
import { lengthOf } from "./spans.js";
import { closeSheet, openSheet } from "./sheets.js";
import { showTrouble } from "./trouble.js";
import { say, sayLanguage } from "./words.js";

const AROUND = 30; // passages before and after the one that is shown first
const MORE = 200;

let shown = null; // {key, view, hit, document, hits, act}
let cached = { place: "", hits: null, document: null };
let running = null;
let file = null;

/**
 * Open the passage of a `key` in its document. `hits` are those of the answer, `view` is "page" for the page of a PDF, and
 * `act` has what the buttons do: `step(by)`, `look(view)`, `close()`.
 */
export async function openReader(key, { hits, view, index, act }) {
  if (shown && shown.key === key && shown.view === view && shown.hits === hits && find("reader").open) return;
  running?.abort();
  const controller = (running = new AbortController());
  const dialog = find("reader");
  const isNew = openSheet(dialog, act.close);
  if (isNew) fill(dialog, make("p", { class: "sheet-wait" }, say("reading")));
  try {
    const hit = hits.find((one) => one.key === key) ?? (await findPassage(key, index, controller.signal));
    const document = await loadDocument(hit, index, hits, controller.signal);
    if (controller.signal.aborted) return;
    shown = { key, view, hit, document, hits, act };
    await showReader(dialog, controller.signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    showFailure(dialog, error, act);
  }
}

/** Close the reader, if it is open. */
export function closeReader() {
  running?.abort();
  shown = null;
  file?.revoke();
  file = null;
  closeSheet(find("reader"));
}

/** The hit that is open, or null. */
export const hitOfReader = () => shown?.hit ?? null;

const placeOf = (hit, index) => ({
  id: hit.document,
  source: hit.path ?? `program:${hit.document}`,
  index: hit.index || index,
});

function findPassage(key, index, signal) {
  const named = readKey(key);
  return getPassage(named.id, named.index || index, signal);
}

/** The document of a hit. It is read once for an answer: until the next one it may have changed. */
async function loadDocument(hit, index, hits, signal) {
  const place = placeOf(hit, index);
  const name = JSON.stringify(place);
  if (cached.place !== name || cached.hits !== hits) cached = { place: name, hits, document: await getDocument(place, signal) };
  return cached.document;
}

function showFailure(dialog, error, act) {
  const trouble = make("div", { class: "trouble", role: "alert" });
  showTrouble(trouble, error, null);
  fill(
    dialog,
    make("header", {}, make("h2", { id: "reader-title" }, say("open-document")), closeButton(act)),
    make("div", { class: "sheet-body" }, trouble),
  );
}

const closeButton = (act) =>
  make("button", { type: "button", class: "close", onclick: () => act.close() }, say("close"));

async function showReader(dialog, signal) {
  const { hit, document, view } = shown;
  const isPdf = /\.pdf$/i.test(hit.path ?? "") && hit.page !== null;
  const body = make("div", { class: "sheet-body", id: "reader-body", tabindex: "0", role: "region", "aria-labelledby": "reader-title" });
  fill(dialog, showHead(isPdf), body);
  if (isPdf && view === "page") await showPage(body, signal);
  else showPassages(body, document);
  body.focus({ preventScroll: true });
}

function showHead(isPdf) {
  const { hit, hits, document, act, view } = shown;
  const number = hits.indexOf(hit) + 1;
  const button = (words, on, attributes = {}) => make("button", { type: "button", class: "plain", onclick: on, ...attributes }, words);
  return make(
    "header",
    {},
    make("h2", { id: "reader-title", lang: document.language || null, dir: "auto" }, makeQuote(document.title || document.source)),
    make("p", { class: "place" }, makeQuote(hit.citation, { class: "source" }), make("span", {}, sayPages(hit)), make("span", {}, document.language ? sayLanguage(document.language) : "")),
    make(
      "div",
      { class: "tools" },
      number ? make("span", { class: "quiet" }, say("hit-of", { n: number, all: hits.length })) : null,
      number ? button(say("previous-hit"), () => act.step(-1), { disabled: number === 1, id: "previous-hit" }) : null,
      number ? button(say("next-hit"), () => act.step(1), { disabled: number === hits.length, id: "next-hit" }) : null,
      isPdf
        ? make(
            "span",
            { class: "either", role: "group", "aria-label": say("open-document") },
            button(say("as-text"), () => act.look(""), { "aria-pressed": String(view !== "page"), id: "as-text" }),
            button(say("as-page"), () => act.look("page"), { "aria-pressed": String(view === "page"), id: "as-page" }),
          )
        : null,
      button(say("copy"), () => copyCitation(hit), { id: "copy-open" }),
      closeButton(act),
    ),
    showMetadata(document),
  );
}

function showMetadata(document) {
  const entries = Object.entries(document.metadata);
  if (!entries.length) return null;
  const rows = entries.map(([name, value]) => [
    make("dt", {}, makeQuote(name)),
    make("dd", { dir: "auto" }, makeQuote(typeof value === "object" ? JSON.stringify(value) : String(value))),
  ]);
  return make("details", { class: "metadata" }, make("summary", {}, say("metadata")), make("dl", {}, rows));
}

async function showPage(body, signal) {
  const { hit, act } = shown;
  body.classList.add("framed");
  try {
    const next = await getFile(placeOf(hit, hit.index), signal);
    if (signal.aborted) return next.revoke();
    file?.revoke();
    file = next;
    const frame = make("iframe", { title: say("original") });
    frame.src = `${file.url}#page=${hit.cited_page ?? hit.page}&navpanes=0`;
    fill(body, frame);
  } catch (error) {
    if (error.name === "AbortError") return;
    const trouble = make("div", { class: "trouble", role: "alert" });
    showTrouble(trouble, error, () => act.look(""));
    fill(body, trouble);
  }
}

/** The passages around the hit, in order; more on request. */
function showPassages(body, document) {
  const { passages } = document;
  const here = Math.max(0, passages.findIndex((passage) => passage.id === shown.hit.id));
  let [first, last] = [Math.max(0, here - AROUND), Math.min(passages.length, here + AROUND + 1)];
  const draw = (toHit) => {
    const before = body.scrollHeight - body.scrollTop;
    fill(
      body,
      first > 0 ? moreButton("earlier-passages", () => ((first = Math.max(0, first - MORE)), draw("keep"))) : null,
      showRuns(passages.slice(first, last)),
      last < passages.length ? moreButton("later-passages", () => ((last = Math.min(passages.length, last + MORE)), draw(""))) : null,
    );
    if (toHit === "hit") scrollToHit(body);
    if (toHit === "keep") body.scrollTop = body.scrollHeight - before;
  };
  draw("hit");
}

const moreButton = (key, onclick) => make("button", { type: "button", class: "wide", onclick }, say(key));

function scrollToHit(body) {
  const target = body.querySelector("[aria-current] mark") ?? body.querySelector("[aria-current]");
  if (target) body.scrollTop += target.getBoundingClientRect().top - body.getBoundingClientRect().top - body.clientHeight / 3;
}

/** Passages as paragraphs: those between which nothing lies are one, and what two share is shown once. */
function showRuns(passages) {
  const runs = [];
  let end = -1;
  let page = passages[0]?.page;
  for (const passage of passages) {
    if (passage.page !== page && passage.page !== null) runs.push(make("p", { class: "page-break" }, say("page", { n: passage.page })));
    page = passage.page;
    const isJoined = passage.start <= end && runs.length && runs.at(-1).tagName === "DIV";
    const run = isJoined ? runs.at(-1) : make("div", textOf(passage.language));
    run.append(showPassage(passage, Math.max(0, Math.min(end, passage.end) - passage.start)));
    if (!isJoined) runs.push(run);
    end = Math.max(end, passage.end);
  }
  return runs;
}

function showPassage(passage, shared) {
  const hit = shown.hits.find((one) => one.id === passage.id);
  const isHere = passage.id === shown.hit.id;
  const marks = hit ? { sentence: hit.sentence, highlights: isHere ? hit.highlights : [] } : {};
  const window = isHere ? null : [shared, lengthOf(passage.text)];
  return make(
    "span",
    { class: hit ? "passage found" : "passage", "data-id": passage.id, "aria-current": isHere ? "true" : null },
    showText(passage.text, passage.heading.concat(passage.title || []), marks, window),
  );
}

