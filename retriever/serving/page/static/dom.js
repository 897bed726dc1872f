// Makes elements. The only way in which this page makes any: a text is always a text node, never markup, and no
// attribute that runs code or fetches something can be set from here by what a document says.

const SAFE = new Set([
  "class", "id", "lang", "dir", "hidden", "tabindex", "type", "value", "name", "for", "title", "role", "checked",
  "open", "disabled", "rows", "min", "max", "step", "inputmode", "autocomplete", "spellcheck", "placeholder",
]);

/** An element with attributes, listeners (`onclick: f`) and children (elements, texts; null is left out). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (SAFE.has(name) || name.startsWith("aria-") || name.startsWith("data-"))
      element.setAttribute(name, value === true ? "" : String(value));
    else throw new Error(`the attribute ${name} is not for make()`);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** A link to a state of this page; `search` is what state.js has written, so it begins with "?". */
export function makeLink(search, attributes = {}, ...children) {
  if (!search.startsWith("?")) throw new Error("a link leads to this page only");
  const link = make("a", attributes, ...children);
  link.href = search;
  return link;
}

/** A text from a document, with its direction kept to itself. */
export function makeQuote(text, attributes = {}) {
  return make("bdi", attributes, text);
}

/** Replace what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

export const find = (id) => document.getElementById(id);

/** Whether a key belongs to what is being typed. */
export function isTyping(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select") !== null;
}

/** Copy a text; also where the page is served without https, which has no clipboard. */
export async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed: as without a clipboard.
    }
  }
  const before = document.activeElement;
  const area = make("textarea", { class: "unseen", "aria-hidden": "true" });
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus?.();
  return done;
}
