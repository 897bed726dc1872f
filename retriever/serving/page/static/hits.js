// The list of hits.

import { copy, fill, find, make, makeLink, makeQuote } from "./dom.js";
import { findBody, showText, textOf, writeCitation } from "./passage.js";
import { lengthOf, windowOf } from "./spans.js";
import { writeState } from "./state.js";
import { say, sayLanguage, sayShare } from "./words.js";
import { toast } from "./toast.js";

const UNLIKELY = 0.1; // as on the command line
const LONGEST = 460; // characters of a passage in the list
const OF = "@"; // no id has it
const STAGES = new Set(["dense", "lexical", "late", "language", "reranker", "start", "search", "selection", "score"]);

/** Give each hit a `key`: its id, and where another index has the same passage that one as well. */
export function nameHits(hits) {
  const ids = new Set();
  for (const hit of hits) {
    hit.key = ids.has(hit.id) ? `${hit.id}${OF}${hit.index}` : hit.id;
    ids.add(hit.id);
  }
}

/** The id and the index, "" if it is not named, in the key of a hit. */
export function readKey(key) {
  const [id, ...index] = key.split(OF);
  return { id, index: index.join(OF) };
}

/** Show the hits of an answer. `state` is what was asked, `several` whether hits come from more than one index. */
export function showHits(answer, state, several) {
  const items = [];
  for (const hit of answer.hits) {
    const isDoubtful = hit.score < UNLIKELY;
    if (isDoubtful && !items.some((item) => item.classList.contains("unlikely")))
      items.push(make("li", { class: "unlikely" }, say("unlikely", { score: UNLIKELY })));
    items.push(showHit(hit, state, several, isDoubtful));
  }
  const list = find("results");
  const focus = findFocus(list);
  fill(list, items);
  if (focus) restoreFocus(list, focus);
  list.dataset.question = state.q; // which question these hits are for
}

/** The key and the place of the hit in which the focus is, or behind the last one; null if it is elsewhere. */
function findFocus(list) {
  const item = [...list.children].find((child) => child.contains(document.activeElement));
  if (!item) return null;
  const hits = [...list.querySelectorAll("li.hit")];
  return { key: item.dataset.id, place: hits.includes(item) ? hits.indexOf(item) : hits.length };
}

/** Focus the same hit among others, such as those of the full answer after the preview, or what has its place. */
function restoreFocus(list, { key, place }) {
  const links = [...list.querySelectorAll("a.open")];
  (links.find((link) => link.dataset.id === key) ?? links[Math.min(place, links.length - 1)])?.focus({ preventScroll: true });
}

function showHit(hit, state, several, isDoubtful) {
  const trail = [hit.title, ...hit.heading.filter((heading) => heading !== hit.title)].filter(Boolean);
  const link = makeLink(
    writeState({ ...state, open: hit.key, sheet: "" }),
    { class: "open", "data-id": hit.key },
    showTrail(trail.length ? trail : [hit.source]),
  );
  return make(
    "li",
    { class: isDoubtful ? "hit doubtful" : "hit", "data-id": hit.key },
    showScore(hit),
    make(
      "article",
      { "aria-labelledby": `hit-${hit.key}` },
      make("h3", { id: `hit-${hit.key}`, lang: hit.language || null, dir: "auto" }, link),
      showExcerpt(hit),
      showPlace(hit, several),
      showDuplicates(hit, state),
      showWhy(hit),
    ),
  );
}

function showTrail(trail) {
  const last = trail.length - 1;
  return trail.map((heading, i) => [
    // A bdi would not count for the direction of the heading.
    make("span", { class: i < last ? "apart above" : "apart" }, heading),
    i < last ? make("span", { class: "turn", "aria-hidden": "true" }, " › ") : null,
  ]);
}

function showScore(hit) {
  const bar = make("span", { class: "bar-of-score", "aria-hidden": "true" });
  bar.style.setProperty("--score", hit.score);
  const number = hit.score.toFixed(2);
  return make(
    "div",
    { class: "score" },
    make("span", { "aria-hidden": "true" }, number),
    make("span", { class: "unseen" }, say("score", { score: number })),
    bar,
  );
}

function showExcerpt(hit) {
  const trail = hit.heading.concat(hit.title || []);
  const first = findBody(hit.text, trail);
  const [start, end] = windowOf(hit.text, hit.sentence, LONGEST, first);
  return make(
    "div",
    textOf(hit.language),
    start > first ? "… " : null,
    showText(hit.text, trail, hit, [start, end]),
    end < lengthOf(hit.text) ? " …" : null,
  );
}

/** The pages of a hit in words, "" without any. */
export function sayPages(hit) {
  const page = hit.cited_page ?? hit.page;
  return page === null || page === undefined ? "" : say("page", { n: page });
}

/** The citation without the line or page, which stand beside it in words. */
export function shortSource(source) {
  const parts = source.split("/").filter(Boolean);
  return parts.length > 2 ? parts.slice(-2).join("/") : source;
}

function showPlace(hit, several) {
  const button = make("button", { type: "button", class: "plain copy", "data-act": "copy" }, say("copy"));
  button.addEventListener("click", () => copyCitation(hit));
  return make(
    "p",
    { class: "place" },
    make("span", { class: "source", title: hit.citation }, makeQuote(shortSource(hit.citation))),
    sayPages(hit) ? make("span", {}, sayPages(hit)) : null,
    hit.language ? make("span", {}, sayLanguage(hit.language)) : null,
    several && hit.index ? make("span", {}, say("in-index", { index: hit.index })) : null,
    button,
  );
}

/** Copy the citation of a hit and say so. */
export async function copyCitation(hit) {
  toast(say((await copy(writeCitation(hit))) ? "copied" : "not-copied"));
}

function showDuplicates(hit) {
  if (!hit.duplicates.length) return null;
  const items = hit.duplicates.map((duplicate) => make("li", { title: duplicate.citation }, makeQuote(shortSource(duplicate.citation))));
  return make(
    "details",
    { class: "also" },
    make("summary", {}, say("also", { n: hit.duplicates.length })),
    make("ul", {}, items),
  );
}

function showWhy(hit) {
  if (!hit.explanation?.length) return null;
  const rows = hit.explanation.map((part) => [
    make("dt", {}, STAGES.has(part.stage) ? say(`why-${part.stage}`) : part.stage),
    make(
      "dd",
      {},
      part.effect === null || part.effect === undefined ? null : make("b", {}, say("why-effect", { n: sayShare(part.effect) }), " "),
      makeQuote(part.text, { lang: "en" }),
    ),
  ]);
  return make("details", { class: "why" }, make("summary", {}, say("why")), make("dl", {}, rows));
}
