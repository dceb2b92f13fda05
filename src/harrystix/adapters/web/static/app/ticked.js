// @ts-check
// The box in the head of a list: none, some or all of the boxes below it; and how many there are.

/** @param {HTMLElement} list @param {(text: string) => void} say */
export function ticks(list, say) {
  const all = list.querySelector("[data-all]");
  const count = list.querySelector("[data-count]");
  const everything = list.querySelector("[data-everything]");
  if (!(all instanceof HTMLInputElement) || !count) return;
  const boxes = /** @type {HTMLInputElement[]} */ ([...list.querySelectorAll("input[name=id]")]);
  /** @param {boolean} [aloud] */
  const show = (aloud = true) => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    const whole = everything instanceof HTMLInputElement && everything.checked;
    const words = whole ? "With all, on every page:" : `With the ${ticked} that ${ticked === 1 ? "is" : "are"} ticked:`;
    const before = count.textContent;
    count.textContent = words;
    if (aloud && before !== words) say(whole ? "All are chosen, on every page." : `${ticked} of ${boxes.length} ticked.`);
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  for (const box of [...boxes, everything]) box?.addEventListener("change", () => show());
  // The way back may have brought ticks along.
  window.addEventListener("pageshow", () => show(false));
  // Ticked before this was there: that was meant.
  if (all.checked) for (const box of boxes) box.checked = true;
  show(false);
}
