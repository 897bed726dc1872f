// The page's own words, in English or Chinese. What a document says is never translated; the server
// says what is wrong in the language that it is asked in.

import en from "./words-en.js";
import zh from "./words-zh.js";

const WORDS = { en, "zh-CN": zh };
export const LOCALES = Object.keys(WORDS);
let locale = LOCALES.includes(document.documentElement.lang) ? document.documentElement.lang : "en";

export const getLocale = () => locale;

/** Speak another language from now on; the caller renders everything again. */
export function setLocale(next) {
  locale = LOCALES.includes(next) ? next : "en";
  document.documentElement.lang = locale;
}

/** The words of a key with its `{values}`; the form follows the number `n`. */
export function say(key, values = {}) {
  let words = WORDS[locale][key] ?? en[key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  if (typeof words !== "string") words = words[new Intl.PluralRules(locale).select(values.n)] ?? words.other;
  return words.replace(/\{(\w+)\}/g, (_, name) => format(values[name]));
}

function format(value) {
  return typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : String(value);
}

/** A share of 1 in percent. */
export function sayShare(share) {
  return new Intl.NumberFormat(locale, { style: "percent", signDisplay: "exceptZero" }).format(share);
}

/** The name of a language by its code, in the page's language: "zh" is "Chinese" or "中文". */
export function sayLanguage(code) {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Write the words into the elements that are in the HTML from the start. */
export function sayAll() {
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = say(element.dataset.hint);
}
