// @ts-check
// The panel for a file: dropped or chosen, named, and refused here already where it is too large.

/** @param {HTMLElement} panel @param {(text: string) => void} say */
export function drops(panel, say) {
  const input = panel.querySelector("input[type=file]");
  const name = panel.querySelector("[data-name]");
  if (!(input instanceof HTMLInputElement) || !name) return;
  const most = Number(panel.dataset.drop);
  const chosen = () => {
    const file = input.files?.[0];
    if (!file) {
      input.setCustomValidity("");
      panel.classList.remove("wrong");
      return;
    }
    const size = `${file.name}, ${Math.max(1, Math.round(file.size / 1024)).toLocaleString("en-GB")} kB`;
    const wrong = file.size > most ? `This file is larger than ${most / 1024 / 1024} MB. ${panel.dataset.then ?? ""}`.trim() : "";
    // The form is not sent then, and what else is in it stays.
    input.setCustomValidity(wrong);
    name.textContent = wrong ? `${size}: ${wrong}` : size;
    panel.classList.toggle("wrong", wrong !== "");
    input.toggleAttribute("aria-invalid", false);
    if (wrong) input.setAttribute("aria-invalid", "true");
    say(wrong || `${file.name} is chosen.`);
  };
  input.addEventListener("change", chosen);
  for (const kind of ["dragenter", "dragover"])
    panel.addEventListener(kind, (event) => {
      event.preventDefault();
      panel.classList.add("over");
    });
  for (const kind of ["dragleave", "drop"]) panel.addEventListener(kind, () => panel.classList.remove("over"));
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    input.files = files;
    chosen();
  });
}
