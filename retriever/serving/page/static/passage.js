// Shows the text of a passage: its headings, the sentence that answers, and the words that the question shares.

import { make } from "./dom.js";
import { cut, lengthOf, sliceOf } from "./spans.js";

const clean = (words) => words.replace(/^[#\s]+|[\s#]+$/g, "").replace(/\s+/g, " ");

/** The first lines of a text that repeat its trail of headings, as spans in code points. */
function findHeadings(text, trail) {
  const names = new Set(trail.map(clean));
  const spans = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const length = lengthOf(line);
    if (line.trim() && !names.has(clean(line))) break;
    if (line.trim()) spans.push([start, start + length]);
    start += length + 1;
  }
  return spans;
}

/** Where a text begins after the headings that it repeats, in code points; 0 if there is nothing else in it. */
export function findBody(text, trail) {
  const end = findHeadings(text, trail).at(-1)?.[1] ?? 0;
  const rest = sliceOf(text, end);
  const blank = rest.length - rest.trimStart().length;
  return blank === rest.length ? 0 : end + blank;
}

/**
 * The pieces of a passage as nodes. `marks` has `sentence` ([start, end] or null) and `highlights`, `window` the part
 * that is shown, all in code points of `text`.
 */
export function showText(text, trail, marks = {}, window = null) {
  const spans = {
    heading: findHeadings(text, trail),
    sentence: marks.sentence ? [marks.sentence] : [],
    word: marks.highlights ?? [],
    shown: [window ?? [0, lengthOf(text)]],
  };
  const pieces = cut(joinLines(text), spans).filter((piece) => piece.kinds.has("shown"));
  const nodes = [];
  for (let i = 0; i < pieces.length; ) {
    const outer = kindOf(pieces[i]);
    const inner = [];
    for (; i < pieces.length && kindOf(pieces[i]) === outer; i++) inner.push(showWord(pieces[i], outer));
    nodes.push(wrap(outer, inner));
  }
  return nodes;
}

const kindOf = (piece) => (piece.kinds.has("heading") ? "heading" : piece.kinds.has("sentence") ? "sentence" : "");

function showWord(piece, outer) {
  const text = showLines(piece.text);
  return piece.kinds.has("word") && outer !== "heading" ? make("b", { class: "word" }, text) : text;
}

// A long line that goes on with a small letter, or that ends in the middle of a sentence, was broken by an editor.
const BROKEN = /(?<=[^\n]{50})\n(?=\p{Ll})|(?<=[^\n]{59}[^\n.!?:;|。！？：；])\n(?=\p{L}[^\n]*\P{Lo})/gu;

/** A text whose paragraphs are broken into lines as on a typewriter, with a space in place of such a line break. */
function joinLines(text) {
  return text.replace(BROKEN, " ");
}

/** A text with the blank lines between its paragraphs made narrow. */
function showLines(text) {
  const parts = text.split(/\n[^\S\n]*\n\s*/);
  return parts.flatMap((part, i) => (i ? [make("span", { class: "between" }, "\n"), part] : [part]));
}

function wrap(kind, inner) {
  if (kind === "heading") return make("span", { class: "heading" }, inner);
  if (kind === "sentence") return make("mark", {}, inner);
  return inner;
}

/** The attributes of an element that holds a document's text in a language. */
export function textOf(language) {
  return { class: "text", dir: "auto", lang: language || null };
}

/** The citation to copy: the sentence that answers in quotation marks, then where it is. */
export function writeCitation(hit) {
  const sentence = hit.sentence ? sliceOf(hit.text, ...hit.sentence) : hit.text;
  const quoted = sentence.replace(/\s+/g, " ").trim();
  const place = [hit.title, ...hit.heading.filter((heading) => heading !== hit.title)].filter(Boolean).join(" › ");
  const quotation = /^(zh|ja)/.test(hit.language) ? `“${quoted}”——` : `“${quoted}” — `;
  return `${quotation}${place ? `${place}, ` : ""}${hit.citation}`;
}
