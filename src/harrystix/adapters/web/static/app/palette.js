// @ts-check
// Everything by a few letters: pages, and what this page offers. Keys of one letter can be turned off (WCAG 2.1.4).

export {};
const palette = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));
const sheet = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
const box = /** @type {HTMLInputElement | null} */ (document.getElementById("palette-box"));
const list = document.getElementById("palette-list");
const none = /** @type {HTMLElement | null} */ (palette?.querySelector("[data-none]") ?? null);
const opener = document.querySelector("button[data-palette]");
const SINGLE = "single-keys";

/** @typedef {{ words: string, run: () => void }} Choice */
/** @type {Choice[]} */
let fitting = [];
let chosen = 0;

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

function draw() {
  if (!list || !box) return;
  const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  fitting = choices().filter(({ words }) => wanted.every((word) => words.toLowerCase().includes(word))).slice(0, 12);
  chosen = Math.min(chosen, Math.max(0, fitting.length - 1));
  list.replaceChildren(
    ...fitting.map(({ words, run }, index) => {
      const item = document.createElement("li");
      item.id = `palette-${index}`;
      item.role = "option";
      item.ariaSelected = String(index === chosen);
      item.textContent = words;
      item.addEventListener("click", () => take(run));
      return item;
    }),
  );
  if (none) none.hidden = fitting.length > 0;
  if (fitting.length) box.setAttribute("aria-activedescendant", `palette-${chosen}`);
  else box.removeAttribute("aria-activedescendant");
  document.getElementById(`palette-${chosen}`)?.scrollIntoView({ block: "nearest" });
}

/** @param {() => void} run */
function take(run) {
  palette?.close();
  run();
}

function open() {
  if (!palette || !box || palette.open || document.querySelector("dialog[open]")) return;
  box.value = "";
  chosen = 0;
  draw();
  palette.showModal();
}

box?.addEventListener("input", () => {
  chosen = 0;
  draw();
});
box?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen = (chosen + step + fitting.length) % Math.max(1, fitting.length);
    draw();
  } else if (event.key === "Enter" && fitting[chosen] && !event.isComposing) {
    event.preventDefault();
    take(fitting[chosen].run);
  }
});
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
