// Cuts a text at spans. The server counts characters (code points), a browser's strings count UTF-16 units.

/** A function from offsets in code points to offsets in the string. */
function offsetsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => Math.min(Math.max(offset, 0), text.length);
  const starts = [];
  let unit = 0;
  for (const character of text) {
    starts.push(unit);
    unit += character.length;
  }
  starts.push(unit);
  return (offset) => starts[Math.min(Math.max(offset, 0), starts.length - 1)];
}

/** How many code points a text has. */
export function lengthOf(text) {
  return /[\ud800-\udbff]/.test(text) ? Array.from(text).length : text.length;
}

/** The code points `start` to `end` of a text. */
export function sliceOf(text, start, end) {
  const at = offsetsOf(text);
  return text.slice(at(start), end === undefined ? undefined : at(end));
}

/**
 * The text in pieces that begin and end where a span does: `[{text, kinds}]`, in order, without empty ones.
 * `spans` is `{kind: [[start, end], ...]}` in code points; `kinds` is a Set of those that cover the piece.
 */
export function cut(text, spans) {
  const at = offsetsOf(text);
  const cuts = new Set([0, text.length]);
  const placed = [];
  for (const [kind, list] of Object.entries(spans)) {
    for (const [start, end] of list) {
      const span = { kind, start: at(start), end: at(end) };
      placed.push(span);
      cuts.add(span.start).add(span.end);
    }
  }
  const edges = [...cuts].sort((left, right) => left - right);
  const pieces = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const [start, end] = [edges[i], edges[i + 1]];
    const kinds = new Set(placed.filter((span) => span.start <= start && end <= span.end).map((span) => span.kind));
    pieces.push({ text: text.slice(start, end), kinds });
  }
  return pieces;
}

const ENDS = /[。！？!?；;\n]|\.\s/gu;
const BEFORE = 140;
const LATE = 90;

/**
 * The part of a long passage that a list shows: `[start, end]` in code points from `first` on, about `most` of them
 * around the sentence that answers, in whole sentences where they allow it.
 */
export function windowOf(text, sentence, most, first = 0) {
  const length = lengthOf(text);
  if (length - first <= most) return [first, length];
  let start = Math.max(first, Math.min((sentence?.[0] ?? 0) - BEFORE, length - most));
  if (start > first) {
    const stop = Math.min(sentence?.[0] ?? start, start + BEFORE);
    const ahead = sliceOf(text, start, stop);
    const end = ahead.matchAll(ENDS).next().value;
    start = end ? start + lengthOf(ahead.slice(0, end.index + end[0].length)) : start;
  }
  if (start + most >= length) return [start, length];
  const shown = sliceOf(text, start, start + most);
  const stop = Math.max(0, (sentence?.[1] ?? 0) - start);
  return [start, start + Math.max(stop, endOf(shown))];
}

/** How many characters of a text that is cut off are shown: it ends with a sentence, or else with a word, if it can. */
function endOf(shown) {
  const late = shown.length - LATE;
  const end = [...shown.matchAll(ENDS)].at(-1);
  if (end && end.index >= late) return lengthOf(shown.slice(0, end.index + end[0].length));
  const space = shown.search(/\s\S*$/u);
  return lengthOf(space >= late ? shown.slice(0, space) : shown);
}
