// Asks the server. Every request can be cancelled; a refusal is a Refusal with the server's message and hint.

import { getLocale } from "./words.js";

const TOKEN = "token";
let token = readToken();
let askForToken = async () => null;

function readToken() {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return null;
  }
}

/** What to call when the server wants a token: `ask(wrong)` resolves to one, or to null. */
export function onTokenWanted(ask) {
  askForToken = ask;
}

function keepToken(next) {
  token = next;
  try {
    sessionStorage.setItem(TOKEN, next);
  } catch {
    // It holds until the page is left.
  }
}

/** A request that the server has refused, or has not answered (status 0). */
class Refusal extends Error {
  constructor(status, type, message, hint, wait) {
    super(message);
    Object.assign(this, { status, type, hint, wait });
  }
}

let asking = null;

async function send(method, path, body, signal) {
  const headers = { Accept: "application/json", "Accept-Language": getLocale() };
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "unreachable", "", "");
  }
  if (response.status !== 401) return response;
  const used = token;
  asking ??= askForToken(used !== null).finally(() => (asking = null));
  const next = await asking;
  if (!next) throw await refuse(response);
  keepToken(next);
  return send(method, path, body, signal);
}

async function refuse(response) {
  const wait = Number(response.headers.get("Retry-After")) || 0;
  try {
    const { error } = await response.json();
    return new Refusal(response.status, String(error.type ?? ""), String(error.message ?? ""), String(error.hint ?? ""), wait);
  } catch {
    return new Refusal(response.status, "strange", "", "", wait);
  }
}

/** A number with more digits than numbers have here, such as an id of 19, stays as it is written. */
const keepDigits = (_, value, written) =>
  Number.isInteger(value) && !Number.isSafeInteger(value) ? (written?.source ?? value) : value;

async function ask(method, path, body, signal) {
  const response = await send(method, path, body, signal);
  if (!response.ok) throw await refuse(response);
  try {
    return JSON.parse(await response.text(), keepDigits);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(response.status, "strange", "", "");
  }
}

function query(parameters) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return kept.length ? `?${new URLSearchParams(kept)}` : "";
}

// The addresses are relative, so that the page also works behind a proxy that serves it below a path.
export const search = (body, signal) => ask("POST", "v1/search", body, signal);
export const getContext = (body, signal) => ask("POST", "v1/context", body, signal);
export const checkAnswer = (body, signal) => ask("POST", "v1/check", body, signal);
export const getPassage = (id, index, signal) =>
  ask("GET", `v1/passages/${encodeURIComponent(id)}${query({ index })}`, undefined, signal);
export const getDocument = (place, signal) => ask("GET", `v1/document${query(place)}`, undefined, signal);
export const getIndexes = () => ask("GET", "v1/indexes");
export const getFacets = (index) => ask("GET", `v1/facets${query({ index })}`);

/** The address of the original file, for a frame: itself, or where a token is needed an object URL to be revoked. */
export async function getFile(place, signal) {
  const path = `v1/document/file${query(place)}`;
  if (token === null) return { url: path, revoke() {} };
  const response = await send("GET", path, undefined, signal);
  if (!response.ok) throw await refuse(response);
  const url = URL.createObjectURL(new Blob([await response.blob()], { type: "application/pdf" }));
  return { url, revoke: () => URL.revokeObjectURL(url) };
}
