// Says what went wrong, as the server has said it, and what to do.

import { fill, make } from "./dom.js";
import { say } from "./words.js";

/** Show a refusal in an element, with a button that tries again if `retry` is given. */
export function showTrouble(element, error, retry) {
  console.error(error);
  const [message, hint] = describe(error);
  fill(
    element,
    make("p", {}, make("strong", {}, message)),
    hint ? make("p", {}, hint) : null,
    retry ? make("button", { type: "button", onclick: retry }, say("retry")) : null,
  );
  element.hidden = false;
}

export function hideTrouble(element) {
  element.hidden = true;
  element.replaceChildren();
}

function describe(error) {
  if (error.type === "unreachable") return [say("unreachable"), say("unreachable-hint")];
  if (error.type === "strange" || !error.message) return [say("strange", { status: error.status ?? "?" }), ""];
  return [error.message, error.hint ?? ""];
}
