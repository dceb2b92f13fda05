// @ts-check
// The board: what is dragged and dropped opens the same form that the Move page has.
const board = document.querySelector("[data-board]");
const dialog = document.getElementById("move");
if (board instanceof HTMLElement && dialog instanceof HTMLDialogElement) {
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  const what = dialog.querySelector("[data-what]");
  /** @type {HTMLElement | null} */
  let dragged = null;
  const near = (/** @type {Event} */ event, /** @type {string} */ kind) =>
    event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest(`[data-${kind}]`)) : null;

  board.addEventListener("dragstart", (event) => {
    dragged = near(event, "ticket");
    if (dragged) event.dataTransfer?.setData("text/plain", dragged.dataset.ticket ?? "");
  });
  board.addEventListener("dragend", () => {
    dragged = null;
    for (const one of board.querySelectorAll(".over")) one.classList.remove("over");
  });
  board.addEventListener("dragover", (event) => {
    const place = near(event, "order");
    if (!dragged || !place) return;
    event.preventDefault();
    for (const one of board.querySelectorAll(".over")) one.classList.toggle("over", one === place);
    place.classList.add("over");
  });
  board.addEventListener("drop", (event) => {
    const place = near(event, "order");
    if (!dragged || !place) return;
    event.preventDefault();
    /** @type {HTMLInputElement} */ (form.elements.namedItem("ticket")).value = dragged.dataset.ticket ?? "";
    /** @type {HTMLInputElement} */ (form.elements.namedItem("order")).value = place.dataset.order ?? "";
    if (what) what.textContent = `Ticket ${dragged.dataset.name} to ${place.dataset.name}.`;
    dialog.showModal();
  });
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
}
