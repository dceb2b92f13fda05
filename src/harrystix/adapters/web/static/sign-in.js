// @ts-check
// Signing in: a link by mail for members, password and code for staff. The token stays in the fragment: no log sees it.
import { prove, reason } from "./app/passkey.js";

let kind = "";
let token = "";
// Within this house only, as the browser itself understands it: another one would be a way to lead people astray.
const wish = new URLSearchParams(location.search).get("next");
const next = wish && URL.canParse(wish, location.origin) ? new URL(wish, location.origin) : null;
const THERE = "there";
const onwards = (/** @type {string} */ otherwise) => {
  localStorage.removeItem(THERE);
  location.replace(next?.origin === location.origin ? next.href : otherwise);
};
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (find(id)).value;

const title = document.title;
/** In the page, in its title, and at the fields that were wrong; empty: nothing is. @param {string} text @param {Element | null} [form] */
function wrong(text, form) {
  find("error").textContent = text;
  document.title = text ? `Error: ${title}` : title;
  for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const field of form?.querySelectorAll("input") ?? []) field.setAttribute("aria-invalid", "true");
}

/** @param {string} path @param {object} body @returns {Promise<Response>} */
async function send(path, body) {
  wrong("");
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.json()).title ?? "That did not work.");
  return answer;
}

/** @param {string} id @param {() => Promise<void>} work */
function on(id, work) {
  find(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (find(id).querySelector("button"));
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      wrong(error instanceof Error ? error.message : "That did not work.", find(id));
    } finally {
      button.disabled = false;
    }
  });
}

// A link in a mail opens another window: this one goes on by itself then, with what was written in it.
const windows = new BroadcastChannel("signed-in");
let asked = false;
windows.addEventListener("message", ({ data }) => {
  if (data !== "in" || !asked) return;
  windows.postMessage("going on");
  onwards("/");
});
/** Whether another window has gone on where this began. @returns {Promise<boolean>} */
const elsewhere = () =>
  new Promise((resolve) => {
    windows.addEventListener("message", ({ data }) => data === "going on" && resolve(true));
    windows.postMessage("in");
    setTimeout(() => resolve(false), 400);
  });
on("ask", async () => {
  localStorage.removeItem(THERE);
  await send("/api/sign-in/link", { email: value("email") });
  asked = true;
  if (next?.origin === location.origin) localStorage.setItem(THERE, next.pathname + next.search);
  find("told").textContent = "If this address can sign in, a mail with a link is on its way. It is good for 15 minutes.";
});
on("use", async () => {
  await send(kind === "desk" ? "/api/sign-in/desk" : "/api/sign-in/use", { token });
  // Asked for in this browser: that is where they wanted to go. Only within this house, as above.
  const wanted = localStorage.getItem(THERE) ?? "/";
  localStorage.removeItem(THERE);
  const there = URL.canParse(wanted, location.origin) ? new URL(wanted, location.origin) : null;
  const otherwise = there?.origin === location.origin ? there.href : "/";
  if (!(await elsewhere())) return onwards(otherwise);
  find("use").hidden = true;
  find("gone").hidden = false;
  /** @type {HTMLAnchorElement} */ (find("here")).href = otherwise;
  find("gone").focus();
});
on("enrol", async () => {
  const made = await (await send("/api/sign-in/enrol", { token, password: value("new-password") })).json();
  find("uri").textContent = made.uri;
  find("codes").replaceChildren(
    ...made.recoveryCodes.map((/** @type {string} */ code) => {
      const item = document.createElement("li");
      item.textContent = code;
      return item;
    }),
  );
  find("enrol").hidden = true;
  find("enrolled").hidden = false;
});
on("staff", async () => {
  await send("/api/sign-in/staff", { email: value("staff-email"), password: value("password"), code: value("code") });
  onwards("/");
});
find("passkey").addEventListener("click", async () => {
  wrong("");
  try {
    await prove("/api/sign-in/passkey");
    onwards("/");
  } catch (error) {
    wrong(reason(error));
  }
});
// A link that is opened while this page is there changes only what stands behind the #.
function followed() {
  const [, how = "", found = ""] = /^#(?:(welcome|desk)=)?([\w-]+)$/.exec(location.hash) ?? [];
  if (!found) return;
  [kind, token] = [how, found];
  history.replaceState(null, "", location.pathname + location.search);
  find("use").hidden = kind === "welcome";
  find("enrol").hidden = kind !== "welcome";
  find("ask").hidden = true;
}
window.addEventListener("hashchange", followed);
followed();
