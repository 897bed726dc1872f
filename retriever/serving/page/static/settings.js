// What a reader has chosen for this browser: theme, language, keys. Without storage it holds until the page is left.

const chosen = new Map();

export function getSetting(name, fallback) {
  if (chosen.has(name)) return chosen.get(name);
  try {
    return localStorage.getItem(name) ?? fallback;
  } catch {
    return fallback;
  }
}

export function setSetting(name, value) {
  chosen.set(name, value);
  try {
    localStorage.setItem(name, value);
  } catch {
    // Private windows may have none.
  }
}
