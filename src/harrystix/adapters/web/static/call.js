// @ts-check
// What both first pages share: calling the public API with a key, and making elements without HTML strings.
const state = { key: sessionStorage.getItem("key") ?? "" };

/** @param {string} key */
export function useKey(key) {
  state.key = key;
  sessionStorage.setItem("key", key);
}

/** A key, or a session: the browser sends that one by itself. */
export async function known() {
  return state.key !== "" || (await fetch("/api/session")).ok;
}

/** @param {string} path @param {RequestInit} [options] */
export async function call(path, options = {}) {
  const headers = new Headers(options.headers);
  if (state.key) headers.set("Authorization", `Bearer ${state.key}`);
  if (options.method === "POST") headers.set("Idempotency-Key", crypto.randomUUID());
  if (typeof options.body === "string" && !headers.has("Content-Type")) headers.set("Content-Type", "application/json");
  const answer = await fetch(path, { ...options, headers });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.title ?? "That did not work.");
  return body;
}

/** @param {string} tag @param {string} [text] */
export function element(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
