// What is here, while nothing has been asked.

import { fill, find, make } from "./dom.js";
import { say, sayLanguage } from "./words.js";

/** Show how much the index, or each of several, holds. */
export function showWelcome(indexes, chosen) {
  const list = indexes.filter((index) => !chosen || index.name === chosen);
  fill(
    find("summary"),
    make("ul", {}, list.map((index) => showIndex(index, indexes.length > 1))),
  );
}

function showIndex(index, isNamed) {
  if (index.problem) return make("li", {}, isNamed ? make("b", {}, index.name, " ") : null, index.problem);
  if (!index.passages) return make("li", {}, isNamed ? make("b", {}, index.name, " ") : null, say("empty-index"));
  const languages = Object.entries(index.languages ?? {})
    .sort((left, right) => right[1] - left[1])
    .slice(0, 6)
    .map(([code]) => sayLanguage(code));
  const parts = [
    isNamed ? make("b", {}, index.name) : null,
    make("span", {}, say("documents", { n: index.documents })),
    make("span", {}, say("passages-count", { n: index.passages })),
    languages.length ? make("span", {}, languages.join(", ")) : null,
  ];
  return make("li", {}, parts);
}
