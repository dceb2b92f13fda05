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
    again();
  });
  // What was offered for the text before is gone at once: Enter must not take it.
  const again = () => {
    show([]);
    ask(box.value);
  };
  box.addEventListener("input", again);
  for (const kind of ["blur", "put-away"]) box.addEventListener(kind, () => ask(""));
}
