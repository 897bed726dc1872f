// One short line that comes and goes, and that a screen reader says.

import { find, make } from "./dom.js";

const SHOWN_MS = 2500;
let timer = 0;

/** Say something in passing. */
export function toast(words) {
  const home = document.querySelector("dialog[open]") ?? document.body;
  const line = find("toast") ?? make("p", { id: "toast", role: "status", "aria-live": "polite" });
  home.append(line); // a modal dialog hides what is outside of it
  line.textContent = words;
  clearTimeout(timer);
  timer = setTimeout(() => {
    line.textContent = "";
    document.body.append(line);
  }, SHOWN_MS);
}
