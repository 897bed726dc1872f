// The keyboard. Keys with Control, Alt or Meta belong to the browser, and letters to what is being typed.

import { hasShortcuts, openKeys } from "./boxes.js";
import { find, isTyping } from "./dom.js";
import { copyCitation } from "./hits.js";
import { hitOfReader } from "./reader.js";
import { openDialog } from "./sheets.js";

const linksOfHits = () => [...document.querySelectorAll("#results a.open")];

/** The link of the hit in which the focus is, or null. */
const linkInFocus = () => document.activeElement?.closest?.("li.hit")?.querySelector("a.open") ?? null;

/** Move the focus by hits: 1 to the next one, -1 to the one before, from the first one to the question. */
function move(by) {
  const links = linksOfHits();
  const place = links.indexOf(linkInFocus());
  const next = place + by;
  if (place >= 0 && next < 0) return focusQuestion();
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link?.focus();
  link?.closest("li").scrollIntoView({ block: "nearest" });
}

function focusQuestion() {
  find("question").focus();
  find("question").select();
}

/** Listen to the keyboard. `act` has `hitOf(id)`, `toggleDuplicates()`, `openContext()`, `step(by)`. */
export function listenToKeys(act) {
  const onResults = {
    "/": focusQuestion,
    j: () => move(1),
    k: () => move(-1),
    c: () => withHit((hit) => copyCitation(hit)),
    w: () => toggleWhy(),
    d: () => act.toggleDuplicates(),
    f: () => openFilters(),
    b: () => act.openContext(),
    "?": openKeys,
  };
  const inReader = {
    n: () => act.step(1),
    p: () => act.step(-1),
    j: () => act.step(1),
    k: () => act.step(-1),
    c: () => hitOfReader() && copyCitation(hitOfReader()),
  };
  const withHit = (use) => {
    const hit = act.hitOf(linkInFocus()?.dataset.id);
    if (hit) use(hit);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const dialog = openDialog();
    if (dialog === null && moveByArrow(event)) return event.preventDefault();
    if (dialog === null && event.key === "Escape") {
      event.preventDefault(); // some browsers would empty the question
      return focusQuestion();
    }
    if (isTyping(event.target) || !hasShortcuts()) return;
    const run = dialog === null ? onResults[event.key] : dialog.id === "reader" ? inReader[event.key] : undefined;
    if (!run) return;
    event.preventDefault();
    run();
  });
}

function moveByArrow(event) {
  if (event.shiftKey || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return false;
  const isDown = event.key === "ArrowDown";
  const isFromQuestion = event.target === find("question") && isDown;
  if (!isFromQuestion && linkInFocus() === null) return false;
  if (linksOfHits().length === 0) return false;
  move(isDown ? 1 : -1);
  return true;
}

function toggleWhy() {
  const item = document.activeElement?.closest?.("li.hit") ?? document.querySelector("li.hit");
  const why = item?.querySelector("details.why");
  if (why) why.open = !why.open;
}

function openFilters() {
  find("filters").open = true;
  find("filters").querySelector("input, button")?.focus();
}
