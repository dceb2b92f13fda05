// @ts-check
// A box with a list of what fits below it: by arrows, Enter, or a click (ARIA combobox with list).

/** `fills`: it only goes on with the text, so it is never chosen by itself. */
/** @typedef {{ words: string, about?: string, fills?: boolean, run: () => void }} Choice */

/**
 * `first`: whether the first one is chosen by itself, so that Enter takes it. `drawn` hears how many there are.
 * Returns how to show choices; none hide the list.
 * @param {HTMLInputElement} box
 * @param {HTMLElement} list
 * @param {{ first: boolean, drawn?: (count: number) => void }} how
 */
export function combobox(box, list, { first, drawn }) {
  /** @type {Choice[]} */
  let shown = [];
  let chosen = -1;
  /** @param {number} index */
  const choose = (index) => {
    chosen = index;
    for (const [number, item] of [...list.children].entries()) item.ariaSelected = String(number === chosen);
    if (chosen < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  /** `keep`: what is chosen already stays so, for choices that come later. @param {Choice[]} choices @param {boolean} keep */
  const show = (choices, keep = false) => {
    const was = keep ? shown[chosen]?.words : undefined;
    shown = choices;
    list.replaceChildren(
      ...shown.map(({ words, about, run }, index) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${index}`;
        item.role = "option";
        item.textContent = words;
        if (about) {
          const more = document.createElement("span");
          more.className = "soft";
          more.textContent = ` ${about}`;
          item.append(more);
        }
        // The box keeps the focus.
        item.addEventListener("mousedown", (event) => event.preventDefault());
        item.addEventListener("click", run);
        return item;
      }),
    );
    list.hidden = !shown.length;
    box.ariaExpanded = String(!list.hidden);
    choose(Math.max(shown.findIndex(({ words }) => words === was), first && shown.length && !shown[0]?.fills ? 0 : -1));
    drawn?.(shown.length);
  };
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      event.preventDefault();
      // Below the last and above the first is the box itself, where what is written is asked as it is.
      const places = shown.length + 1;
      choose(((chosen + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && shown[chosen] && !event.isComposing) {
      event.preventDefault();
      shown[chosen]?.run();
    } else if (event.key === "Escape" && !first && shown.length) {
      event.preventDefault();
      box.dispatchEvent(new Event("put-away"));
    }
  });
  return show;
}

/**
 * What the house knows of these letters; of an earlier question that is answered late, nothing.
 * @param {(found: Choice[]) => void} tell
 * @param {(text: string) => void} fill
 */
export function asker(tell, fill) {
  let wait = 0;
  /** @type {AbortController | undefined} */
  let asked;
  return (/** @type {string} */ text) => {
    clearTimeout(wait);
    asked?.abort();
    if (text.trim().length < 2) return tell([]);
    wait = window.setTimeout(async () => {
      asked = new AbortController();
      try {
        const answer = await fetch("/admin/orders/suggest", {
          method: "POST",
          body: new URLSearchParams({ q: text }),
          signal: asked.signal,
        });
        /** @type {{ words: string, about: string, href?: string, fill?: string }[]} */
        const found = answer.ok ? await answer.json() : [];
        tell(
          found.map(({ words, about, href, fill: on }) => ({
            words,
            about,
            fills: !href,
            run: () => (href ? location.assign(href) : fill(on ?? "")),
          })),
        );
      } catch (error) {
        // Not reached: Enter asks in the usual way. Asked again meanwhile: that answer comes.
        if (!(error instanceof DOMException && error.name === "AbortError")) tell([]);
      }
    }, 120);
  };
}
