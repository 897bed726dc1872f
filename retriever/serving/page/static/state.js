// What the page shows, as it is in its address: a link can be shared, and back goes back.

const ONE = ["q", "index", "where", "mode", "open", "view", "sheet", "order"];
const NUMBERS = { k: 10, budget: 1500 };
const FLAGS = ["duplicates"];
const FACET = "f.";

// A field may have any name, that of a method of every object as well: such an object has no methods.
const copyFacets = (facets = {}) => Object.assign(Object.create(null), facets);

/** The state without a question. */
export function emptyState() {
  return {
    q: "", index: "", where: "", mode: "", open: "", view: "", sheet: "", order: "",
    k: NUMBERS.k, budget: NUMBERS.budget, duplicates: false, facets: copyFacets(), turns: [],
  };
}

/** The state that an address holds; what is unknown in it is left out. */
export function readState(search) {
  const parameters = new URLSearchParams(search);
  const state = emptyState();
  for (const name of ONE) state[name] = parameters.get(name) ?? "";
  for (const [name, usual] of Object.entries(NUMBERS)) {
    const value = Number(parameters.get(name) ?? usual);
    state[name] = Number.isInteger(value) && value >= 1 && value <= 100_000 ? value : usual;
  }
  for (const name of FLAGS) state[name] = parameters.get(name) === "1";
  state.turns = parameters.getAll("turn").filter(Boolean);
  for (const [name, value] of parameters) {
    if (!name.startsWith(FACET) || !value) continue;
    const field = name.slice(FACET.length);
    if (field) (state.facets[field] ??= []).push(value);
  }
  return state;
}

/** The address of a state, beginning with "?". */
export function writeState(state) {
  const parameters = new URLSearchParams();
  for (const name of ONE) if (state[name]) parameters.set(name, state[name]);
  for (const [field, values] of Object.entries(state.facets))
    for (const value of values) parameters.append(FACET + field, value);
  for (const [name, usual] of Object.entries(NUMBERS)) if (state[name] !== usual) parameters.set(name, state[name]);
  for (const name of FLAGS) if (state[name]) parameters.set(name, "1");
  for (const turn of state.turns) parameters.append("turn", turn);
  return `?${parameters}`;
}

const BARE = /^(?!(?:and|or|not|in|has)$)[a-z_]\w*$/i;
const quoteValue = (value) => `"${value.replace(/["\\]/g, "\\$&")}"`;
const quoteField = (field) => (BARE.test(field) ? field : `\`${field}\``);

/** The filter that facets and expression make together, "" for none. */
export function writeFilter(state) {
  const parts = Object.entries(state.facets)
    .filter(([, values]) => values.length)
    .map(([field, values]) => `${quoteField(field)} in (${values.map(quoteValue).join(", ")})`);
  if (state.where.trim()) parts.push(parts.length ? `(${state.where.trim()})` : state.where.trim());
  return parts.join(" and ");
}

/** The state with a value of a facet chosen, or not any more. */
export function toggleFacet(state, field, value) {
  const values = state.facets[field] ?? [];
  const next = values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
  const facets = copyFacets(state.facets);
  facets[field] = next;
  if (!next.length) delete facets[field];
  return { ...state, facets, k: NUMBERS.k };
}
