// Sets theme and language before the first paint, so that nothing flashes. Everything else is in main.js.
"use strict";
(() => {
  let theme = "auto";
  let language = navigator.language;
  try {
    theme = localStorage.getItem("theme") || theme;
    language = localStorage.getItem("language") || language;
  } catch {
    // No storage: what the browser prefers.
  }
  document.documentElement.dataset.theme = theme;
  document.documentElement.lang = language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
})();
