// @ts-check
// Everything by a few letters: pages, and what this page offers. Keys of one letter can be turned off (WCAG 2.1.4).

import { asker, combobox } from "./combobox.js";

const palette = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));
const sheet = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
const box = /** @type {HTMLInputElement | null} */ (document.getElementById("palette-box"));
const list = document.getElementById("palette-list");
const none = /** @type {HTMLElement | null} */ (palette?.querySelector("[data-none]") ?? null);
const opener = document.querySelector("button[data-palette]");
const SINGLE = "single-keys";

/** @typedef {import("./combobox.js").Choice} Choice */

/** Pages, then what this page offers. @returns {Choice[]} */
function choices() {
  const pages = [...(palette?.querySelectorAll("[data-places] a") ?? [])].map((link) => ({
    words: link.textContent ?? "",
    run: () => location.assign(/** @type {HTMLAnchorElement} */ (link).href),
  }));
  const offered = [...document.querySelectorAll("main a.button, main button")].filter(
    (one) => one instanceof HTMLElement && one.checkVisibility(),
  );
  const seen = new Set();
  const acts = offered.flatMap((one) => {
    const words = `Here: ${(one.textContent ?? "").trim().replace(/\s+/g, " ")}`;
    if (seen.has(words)) return [];
    seen.add(words);
    return [{ words, run: () => /** @type {HTMLElement} */ (one).click() }];
  });
  return [...pages, ...acts, { words: "Keys: which there are, and whether single ones work", run: () => sheet?.showModal() }];
}

/** @param {string} text @returns {Choice[]} */
function fitting(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices().filter(({ words }) => wanted.every((word) => words.toLowerCase().includes(word)));
  return found.slice(0, 12).map(({ words, run }) => ({ words, run: () => take(run) }));
}

/** @param {() => void} run */
function take(run) {
  palette?.close();
  run();
}

const show =
  box && list
    ? combobox(box, list, {
        first: true,
        drawn: (count) => {
          if (none) none.hidden = count > 0;
        },
      })
    : () => {};
const ask = asker(
  (found) => show([...fitting(box?.value ?? ""), ...found].slice(0, 14), true),
  (text) => {
    if (!box) return;
    box.value = text;
    draw();
  },
);

function draw() {
  if (!box) return;
  show(fitting(box.value));
  ask(box.value);
}

function open() {
  if (!palette || !box || palette.open || document.querySelector("dialog[open]")) return;
  box.value = "";
  draw();
  palette.showModal();
}

box?.addEventListener("input", draw);
if (opener instanceof HTMLButtonElement) {
  opener.hidden = false;
  opener.addEventListener("click", open);
}
sheet?.querySelector("[data-close]")?.addEventListener("click", () => sheet.close());
const single = sheet?.querySelector("[data-single]");
if (single instanceof HTMLInputElement) {
  single.checked = localStorage.getItem(SINGLE) !== "off";
  single.addEventListener("change", () => localStorage.setItem(SINGLE, single.checked ? "on" : "off"));
}

let going = 0;
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
    return;
  }
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  const off = single instanceof HTMLInputElement && !single.checked;
  if (typing || off || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (going && Date.now() - going < 1500) {
    going = 0;
    const links = [...document.querySelectorAll('nav[aria-label="Main"] a')];
    const to = links.find((link) => (link.textContent ?? "").trim().toLowerCase().startsWith(event.key.toLowerCase()));
    if (to instanceof HTMLAnchorElement) location.assign(to.href);
  } else if (event.key === "g") {
    going = Date.now();
  } else if (event.key === "?") {
    event.preventDefault();
    sheet?.showModal();
  } else if (event.key === "/") {
    event.preventDefault();
    const search = document.getElementById("q");
    if (search) search.focus();
    else open();
  }
});
