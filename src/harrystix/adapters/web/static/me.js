// @ts-check
// A member's page: what is on sale, my pre-orders, card, bank, ticket. It speaks the public API and nothing else.
import { call, element, known, useKey } from "./call.js";

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const EVERY = 2000;

/** @param {number} minor @param {string} currency */
function money(minor, currency) {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** @param {string} moment @param {string} zone */
const when = (moment, zone) =>
  new Date(moment).toLocaleString("en-GB", { timeZone: zone, dateStyle: "full", timeStyle: "short" });

/** @param {unknown} error */
const failed = (error) => ($("error").textContent = error instanceof Error ? error.message : String(error));

/** @param {string} text @param {() => Promise<unknown>} act */
function button(text, act) {
  const made = /** @type {HTMLButtonElement} */ (element("button", text));
  made.addEventListener("click", async () => {
    $("error").textContent = "";
    made.disabled = true;
    await act().catch(failed);
    made.disabled = false;
    await show().catch(failed);
  });
  return made;
}

/** @param {string} path */
async function visit(path) {
  const { url } = await call(path, { method: "POST" });
  if (url) location.assign(url);
}

/** @param {any} order */
function mine(order) {
  const card = element("article");
  const path = `/api/me/pre-orders/${order.id}`;
  const wish = order.variant ? ` (${order.variant})` : "";
  card.id = order.id;
  card.append(element("h3", `${order.event}${wish}`));
  const state = element("p", order.shown);
  state.className = "state";
  card.append(state, element("p", order.nextStep));
  if (order.status === "placed" || order.status === "processing") {
    if (order.needs === "authenticate") card.append(button("Confirm at my bank", () => visit(`${path}/authenticate`)));
    const text = order.cardExpires ? `Change card (ends ${order.cardExpires})` : "Save a card";
    card.append(button(text, () => visit(`${path}/card`)));
  }
  if (order.status === "placed") {
    const cancel = button("Cancel", () => call(path, { method: "DELETE" }));
    cancel.className = "plain";
    card.append(cancel);
  }
  if (order.status === "fulfilled" || order.status === "used")
    card.append(
      button("Show my ticket", async () => {
        const secret = await call(`${path}/reveal`, { method: "POST" });
        alert(secret.qr ?? `${secret.email}\n${secret.password}`);
      }),
    );
  return card;
}

/** @param {any} event @param {Set<string>} ordered */
function onSale(event, ordered) {
  const card = element("article");
  card.append(element("h3", event.name), element("p", `${when(event.startsAt, event.timeZone)}, ${event.venue}`));
  const price = money(event.priceMinor, event.currency);
  card.append(element("p", `${price}, taken on ${when(event.captureAt, event.timeZone)}`));
  if (ordered.has(event.id)) {
    card.append(element("p", "You have ordered."));
    return card;
  }
  const picker = /** @type {HTMLSelectElement} */ (element("select"));
  picker.setAttribute("aria-label", `Variant of ${event.name}`);
  picker.append(new Option("Any", ""), ...event.variants.map((/** @type {any} */ v) => new Option(v.name, v.id)));
  if (event.variants.length) card.append(picker);
  card.append(
    button(`Pre-order for ${price}`, async () => {
      const wish = { eventId: event.id, variantId: picker.value || null };
      const order = await call("/api/me/pre-orders", { method: "POST", body: JSON.stringify(wish) });
      await visit(`/api/me/pre-orders/${order.id}/card`);
    }),
  );
  return card;
}

let drawn = "";
async function show() {
  const [orders, events] = await Promise.all([call("/api/me/pre-orders"), call("/api/events")]);
  $("sign-in").hidden = true;
  $("app").hidden = false;
  const now = JSON.stringify([orders, events]);
  if (now === drawn) return;
  drawn = now;
  const gone = new Set(["cancelled", "failed"]);
  const live = orders.filter((/** @type {any} */ o) => !gone.has(o.status));
  const ordered = new Set(live.map((/** @type {any} */ o) => o.eventId));
  $("mine").replaceChildren(...(orders.length ? orders.map(mine) : [element("p", "Nothing yet.")]));
  $("sale").replaceChildren(...events.map((/** @type {any} */ e) => onSale(e, ordered)));
}

$("sign-in").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  useKey(/** @type {HTMLInputElement} */ ($("key")).value.trim());
  show().catch(failed);
});
known().then((yes) => {
  if (yes) show().catch(failed);
});
setInterval(() => drawn && !document.hidden && show().catch(failed), EVERY);
