// The filters: what the index can be filtered by, with counts, and an expression for everything else.

import { fill, find, make, makeQuote } from "./dom.js";
import { emptyState, toggleFacet } from "./state.js";
import { say, sayLanguage } from "./words.js";

const SHOWN = 6;
const STAY = 30_000; // milliseconds for facets of several indexes, whose answers tell no generation
const USUAL = new Set(["language", "year", "extension", "folder"]);

/** Whether facets were counted in another index or generation, or too long ago. */
export function areFacetsOld(facets, index, generation) {
  if (facets.index !== index || facets.generation !== generation) return true;
  return !generation && Date.now() - facets.at > STAY;
}

/**
 * Show the facets: `facets` is `[{name, values: [{value, documents}]}]`, `change(state)` is called with what was chosen.
 * What was open or focused stays so.
 */
export function showFacets(facets, state, change) {
  const home = find("facets");
  const focused = home.contains(document.activeElement) ? document.activeElement.id : "";
  const typed = focused === "where" ? document.activeElement : null;
  const opened = new Set([...home.querySelectorAll("details[open]")].map((element) => element.id));
  const total = Math.max(0, ...facets.map((facet) => facet.documents));
  const unknown = Object.keys(state.facets).filter((field) => !facets.some(({ name }) => name === field));
  const all = [...facets, ...unknown.map((name) => ({ name, documents: 0, values: [] }))];
  const groups = all.filter(({ name }) => !name.includes("`")).map((facet) => readFacet(facet, state, total)).filter((facet) => facet.values.length);
  fill(
    home,
    countChosen(state) ? make("button", { type: "button", class: "plain", id: "clear", onclick: () => change(clear(state)) }, say("clear")) : null,
    groups.map((facet, i) => showGroup(facet, i, state, change, opened)),
    showSwitch(state, change),
    showExpression(state, change),
  );
  find("filters-count").textContent = countChosen(state) ? say("filters-on", { n: countChosen(state) }) : "";
  if (typed) find("where").replaceWith(typed); // what is being typed stays, with the place in it
  if (focused) find(focused)?.focus();
  showFilterTrouble(trouble);
}

const clear = (state) => ({ ...state, facets: emptyState().facets, where: "", duplicates: false });

function countChosen(state) {
  const values = Object.values(state.facets).reduce((sum, list) => sum + list.length, 0);
  return values + Boolean(state.where) + Boolean(state.duplicates);
}

/** The values of a facet that tell documents apart; one that was chosen is always among them. */
function readFacet({ name, documents, values }, state, total) {
  const chosen = state.facets[name] ?? [];
  const counted = values.map(({ value, documents: count }) => ({ value: String(value), count }));
  const missing = chosen.filter((value) => !counted.some((item) => item.value === value));
  const telling = counted.filter((item) => item.count < total || chosen.includes(item.value));
  return { name, values: [...missing.map((value) => ({ value, count: null })), ...telling], chosen, documents };
}

function showGroup({ name, values, chosen }, number, state, change, opened) {
  const boxes = values.map((item, i) => showValue(name, item, `facet-${number}-${i}`, chosen, state, change));
  const id = `more-${number}`;
  const open = opened.has(id) || values.slice(SHOWN).some((item) => chosen.includes(item.value));
  const more = boxes.length > SHOWN + 1;
  const list = [
    more ? boxes.slice(0, SHOWN) : boxes,
    more ? make("details", { id, open }, make("summary", {}, say("more", { n: boxes.length - SHOWN })), boxes.slice(SHOWN)) : null,
  ];
  if (USUAL.has(name)) return make("fieldset", {}, make("legend", {}, say(name)), list);
  const group = `group-${number}`;
  return make(
    "details",
    { id: group, class: "field", open: opened.has(group) || chosen.length > 0 },
    make("summary", {}, makeQuote(name)),
    make("fieldset", { "aria-label": name }, list),
  );
}

function showValue(field, item, id, chosen, state, change) {
  const words = field === "language" ? sayLanguage(item.value) : item.value;
  return make(
    "label",
    { class: "choice" },
    make("input", {
      type: "checkbox",
      id,
      checked: chosen.includes(item.value),
      onchange: () => change(toggleFacet(state, field, item.value)),
    }),
    makeQuote(words),
    item.count === null ? null : make("span", { class: "count" }, item.count),
  );
}

function showSwitch(state, change) {
  return make(
    "label",
    { class: "choice below" },
    make("input", {
      type: "checkbox",
      id: "duplicates",
      checked: state.duplicates,
      onchange: () => change({ ...state, duplicates: !state.duplicates }),
    }),
    make("span", {}, say("duplicates-shown")),
  );
}

function showExpression(state, change) {
  const input = make("input", {
    id: "where",
    type: "text",
    value: state.where,
    placeholder: say("expression-hint"),
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": "where-trouble",
  });
  const send = (event) => {
    event.preventDefault();
    change({ ...state, where: find("where").value.trim() });
  };
  return make(
    "form",
    { class: "below", onsubmit: send },
    make("label", { for: "where" }, say("expression")),
    make("div", { class: "row" }, input, make("button", { type: "submit" }, say("apply"))),
    make("p", { id: "where-trouble", class: "wrong", role: "alert" }),
  );
}

let trouble = null; // what is wrong with the filter of the last answer

/** Say beside the expression that the server does not understand it; null if it does. */
export function showFilterTrouble(error) {
  trouble = error;
  const line = find("where-trouble");
  const input = find("where");
  if (!line) return;
  line.textContent = error ? [error.message, error.hint].filter(Boolean).join(" — ") : "";
  if (error) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
