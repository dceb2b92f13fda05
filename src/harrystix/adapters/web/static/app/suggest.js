// @ts-check
// Top results while typing in the search box of a page; Enter without a choice asks for all.
import { asker, combobox } from "./combobox.js";

/** @param {HTMLInputElement} box @param {(text: string) => void} say */
export function suggest(box, say) {
  const list = document.getElementById(box.dataset.suggest ?? "");
  if (!list) return;
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-autocomplete", "list");
  box.ariaExpanded = "false";
  const show = combobox(box, list, {
    first: false,
    drawn: (count) => count && say(`${count} ${count === 1 ? "suggestion" : "suggestions"}.`),
  });
  const ask = asker((found) => show(found, true), (text) => {
    box.value = text;
    box.focus();
    ask(text);
  });
  box.addEventListener("input", () => ask(box.value));
  box.addEventListener("blur", () => show([]));
}
