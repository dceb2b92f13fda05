// @ts-check
// What every page has: forms that are sent once and lose nothing, the drop panel, the live stream, passkeys, copying.

/** @param {string} text */
function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}

// Twice the same button is once the same command anyway (the form's key); this spares the second request.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  if (form.enctype === "multipart/form-data") say("Sending the file.");
  // Stopped by hand, it can be sent again.
  setTimeout(() => again(form), form.enctype === "multipart/form-data" ? 30_000 : 3000);
});
// The way back shows the form as it was: it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) again(form);
});
/** @param {Element} form */
function again(form) {
  form.removeAttribute("data-sent");
  form.removeAttribute("aria-busy");
}

// A live page that is not live any more says so.
document.addEventListener("htmx:sse:error", (event) => lost(event instanceof CustomEvent ? event.detail?.status : 0));
for (const kind of ["htmx:response:error", "htmx:error"])
  document.addEventListener(kind, (event) => {
    const live = event.target;
    if (!(event instanceof CustomEvent) || !(live instanceof HTMLElement) || !live.hasAttribute("hx-sse:connect")) return;
    lost(event.detail?.ctx?.response?.status);
    // The very first connection is nobody's to repeat but ours; while there is one, this does nothing.
    setTimeout(() => live.dispatchEvent(new Event("again")), 3000);
  });
/** @param {number | undefined} status */
function lost(status) {
  stale(status === 401 ? "You are signed out. Load the page again to sign in." : "Not live at the moment; it will be again by itself.");
}
document.addEventListener("htmx:sse:after:connection", () => stale(""));
/** @param {string} why */
function stale(why) {
  const line = document.getElementById("stale");
  if (!line || line.textContent === why) return;
  if (!why) say("Live again.");
  line.textContent = why;
}

// What moves by itself can be stopped, to be read; going on means the page as it is then.
const pause = document.querySelector("[data-pause]");
if (pause instanceof HTMLButtonElement) {
  let paused = false;
  pause.hidden = false;
  pause.addEventListener("click", () => {
    if (paused) return location.reload();
    paused = true;
    pause.textContent = "Go on";
    say("Paused.");
  });
  document.addEventListener("htmx:sse:before:message", (event) => {
    if (paused) event.preventDefault();
  });
}

// What was followed is over: nothing moves any more. Where more is shown then, the page comes anew, unless somebody writes.
document.addEventListener("htmx:sse:close", (event) => {
  if (!(event instanceof CustomEvent) || event.detail?.reason !== "message") return;
  if (pause instanceof HTMLElement) pause.hidden = true;
  const written = [...document.querySelectorAll("main input:not([type=hidden])")].some(
    (field) => field instanceof HTMLInputElement && field.value !== field.defaultValue,
  );
  if (event.target instanceof HTMLElement && event.target.hasAttribute("data-anew") && !written) location.reload();
});

document.getElementById("errors")?.focus();

// What stood in the page from the start is read out by nobody: what was done a moment ago is said once more.
const done = document.querySelector("main > .notice[role=status]");
if (done) setTimeout(() => say((done.querySelector("p") ?? done).textContent?.trim() ?? ""), 500);

// What moves is told now and then, not with each step; and how it ended, at once.
const live = document.getElementById("live");
if (live?.querySelector("[data-say]")) {
  let told = "";
  let next = 0;
  const tell = () => {
    const words = live.querySelector("[data-say]")?.getAttribute("data-say") ?? "";
    next = 0;
    if (words !== told) say((told = words));
  };
  told = live.querySelector("[data-say]")?.getAttribute("data-say") ?? "";
  new MutationObserver(() => {
    if (!next) next = window.setTimeout(tell, 10_000);
  }).observe(live, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-say"] });
  document.addEventListener("htmx:sse:close", () => {
    clearTimeout(next);
    tell();
  });
}

// What was typed is not lost where one has to sign in or confirm in between: it waits here, in this window only.
const DRAFT = "draft";
const BETWEEN = "between";
/** Which of several forms with one address: by what is in it unseen. @param {HTMLFormElement} form */
const about = (form) =>
  [...form.querySelectorAll("input[type=hidden]")]
    .map((field) => (field instanceof HTMLInputElement && field.name !== "key" ? `${field.name}=${field.value}` : ""))
    .join("&");
const between = /^\/(sign-in|confirm)$/.test(location.pathname);
// Whoever comes from there may have been at an identity provider meanwhile: the page before says nothing.
if (between) sessionStorage.setItem(BETWEEN, "yes");
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post" || form.matches("[data-secret], [data-leave]")) return;
  const fields = [...form.elements].filter(
    (one) => (one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement || one instanceof HTMLSelectElement) && one.name,
  );
  /** @type {[string, string][]} */
  const values = fields.flatMap((one) => {
    if (one instanceof HTMLSelectElement) return [...one.selectedOptions].map((option) => [one.name, option.value]);
    const field = /** @type {HTMLInputElement} */ (one);
    if (["radio", "checkbox"].includes(field.type)) return field.checked ? [[field.name, field.value]] : [];
    return ["password", "file", "hidden"].includes(field.type) ? [] : [[field.name, field.value]];
  });
  if (values.length)
    sessionStorage.setItem(DRAFT, JSON.stringify({ action: form.getAttribute("action"), about: about(form), values }));
});
const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
const proved = sessionStorage.getItem(BETWEEN);
if (!between) sessionStorage.removeItem(BETWEEN);
if (draft && !between) {
  sessionStorage.removeItem(DRAFT);
  const form = [...document.forms].find((one) => one.getAttribute("action") === draft.action && about(one) === draft.about);
  if (proved && form instanceof HTMLFormElement) {
    /** @type {(name: string, value: string) => boolean} */
    const had = (name, value) => draft.values.some((/** @type {[string, string]} */ one) => one[0] === name && one[1] === value);
    for (const field of form.elements) {
      if (field instanceof HTMLSelectElement) for (const option of field.options) option.selected = had(field.name, option.value);
      else if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) field.checked = had(field.name, field.value);
    }
    for (const [name, value] of draft.values) {
      const field = form.elements.namedItem(name);
      const text = field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && !["radio", "checkbox"].includes(field.type));
      if (text) field.value = value;
    }
    say("What you had written is here again.");
  }
}

// A ticket that was shown does not stay on the screen of a phone that lies about.
const shown = document.querySelector("[data-shown]");
if (shown instanceof HTMLElement)
  setTimeout(() => {
    shown.replaceChildren(document.createTextNode("Hidden again after a minute. "), Object.assign(document.createElement("a"), { href: location.pathname, textContent: "Back" }));
    say("The ticket is hidden again.");
  }, 60_000);

// Copying needs a script, so its buttons are there with one only. They come again with each live piece.
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  await navigator.clipboard.writeText(button.dataset.copy ?? "");
  say("Copied.");
});
for (const button of document.querySelectorAll("[data-copy]")) if (button instanceof HTMLElement) button.hidden = false;

// Passkeys: loaded only where they are offered.
for (const button of document.querySelectorAll("[data-passkey], [data-new-passkey]"))
  button.addEventListener("click", async () => {
    const place = document.getElementById("error") ?? document.getElementById("said");
    if (place) place.textContent = "";
    const { make, prove, reason } = await import("./passkey.js");
    try {
      if (button instanceof HTMLElement && button.matches("[data-passkey]")) {
        await prove(button.dataset.passkey ?? "");
        location.assign(button.dataset.next || "/");
      } else {
        await make();
        location.reload();
      }
    } catch (error) {
      if (place) place.textContent = reason(error);
    }
  });

// A file to drop, boxes to tick: loaded only where they are.
const panel = document.querySelector("[data-drop]");
if (panel instanceof HTMLElement) import("./drop.js").then(({ drops }) => drops(panel, say));
const list = document.querySelector("form[data-bulk]");
if (list instanceof HTMLElement) import("./ticked.js").then(({ ticks }) => ticks(list, say));

// The slider shows each step as it is moved to.
const replay = document.querySelector("form[data-replay]");
if (replay instanceof HTMLFormElement) replay.addEventListener("change", () => replay.requestSubmit());

// Being told on this device: loaded only where it is offered.
const told = document.querySelector("button[data-push]");
if (told instanceof HTMLButtonElement) {
  const words = document.getElementById("told");
  import("./push.js").then(({ offer }) => offer(told, (text) => {
    if (words) words.textContent = text;
  }));
}

// Results while typing.
const finds = document.querySelector("input[data-suggest]");
if (finds instanceof HTMLInputElement) import("./suggest.js").then(({ suggest }) => suggest(finds, say));

// Everything by a few letters, for who works here.
if (document.getElementById("palette")) import("./palette.js");
