// The two small boxes: the keys, and the question for a token.

import { fill, find, make } from "./dom.js";
import { getSetting, setSetting } from "./settings.js";
import { closeSheet, openSheet } from "./sheets.js";
import { say } from "./words.js";

const KEYS = [
  [["/"], "key-focus"],
  [["j", "↓"], "key-down"],
  [["k", "↑"], "key-up"],
  [["key-enter"], "key-open"],
  [["c"], "key-copy"],
  [["w"], "key-why"],
  [["d"], "key-duplicates"],
  [["f"], "key-filters"],
  [["b"], "key-context"],
  [["n", "p"], "key-step"],
  [["key-escape"], "key-close"],
  [["?"], "key-help"],
];

/** Whether single letters are shortcuts; a reader can turn them off. */
export const hasShortcuts = () => getSetting("shortcuts", "on") === "on";

/** Show the keys. */
export function openKeys() {
  const dialog = find("keys");
  const close = () => closeSheet(dialog);
  const rows = KEYS.map(([keys, words]) => [
    make("dt", {}, keys.map((key) => make("kbd", {}, key.startsWith("key-") ? say(key) : key))),
    make("dd", {}, say(words)),
  ]);
  const toggle = make("input", { type: "checkbox", checked: hasShortcuts() });
  toggle.addEventListener("change", () => setSetting("shortcuts", toggle.checked ? "on" : "off"));
  fill(
    dialog,
    make("header", { class: "short" }, make("h2", { id: "keys-title" }, say("keys-title")), make("button", { type: "button", class: "close", onclick: close }, say("close"))),
    make("dl", {}, rows),
    make("label", { class: "choice" }, toggle, make("span", {}, say("keys-on"))),
  );
  openSheet(dialog, close);
}

/** Ask for the server's token; resolves to it, or to null where the reader gives none. */
export function askToken(isWrong) {
  const dialog = find("token");
  return new Promise((resolve) => {
    const finish = (token) => {
      closeSheet(dialog);
      resolve(token);
    };
    const input = make("input", { id: "token-input", type: "password", autocomplete: "off", spellcheck: "false", "aria-describedby": "token-note" });
    const send = (event) => {
      event.preventDefault();
      if (input.value.trim()) finish(input.value.trim());
    };
    fill(
      dialog,
      make("header", { class: "short" }, make("h2", { id: "token-title" }, say("token-title"))),
      make("p", { id: "token-note" }, isWrong ? make("strong", { class: "wrong" }, say("token-wrong"), " ") : null, say("token-lead")),
      make("form", { class: "row", onsubmit: send }, make("label", { class: "unseen", for: "token-input" }, say("token")), input, make("button", { type: "submit" }, say("enter"))),
    );
    openSheet(dialog, () => finish(null));
    input.focus();
  });
}
