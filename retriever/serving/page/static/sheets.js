// Sheets and boxes: modal dialogs. Escape, a click beside them and the back button close them.

const closers = new WeakMap();

/** Open a dialog; `close` is called when its reader closes it. False if it was open already. */
export function openSheet(dialog, close) {
  const isKnown = closers.has(dialog);
  closers.set(dialog, close);
  if (!isKnown) {
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      closers.get(dialog)();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog && isBeside(dialog, event)) closers.get(dialog)();
    });
  }
  if (dialog.open) return false;
  dialog.showModal();
  return true;
}

function isBeside(dialog, event) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < left || x > right || y < top || y > bottom;
}

export function closeSheet(dialog) {
  if (!dialog.open) return;
  dialog.close();
  dialog.replaceChildren();
}

/** The dialog that is open, or null. */
export const openDialog = () => document.querySelector("dialog[open]");
