// @ts-check
// The first page: overview, upload, check, commit, progress. It speaks the public API and nothing else.
import { call, element, known, useKey } from "./call.js";

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const number = (/** @type {number} */ n) => new Intl.NumberFormat("en-GB").format(n);
const percent = (/** @type {number|null} */ n) => (n === null ? "–" : `${(100 * n).toFixed(1)} %`);
const isNumber = (/** @type {string|undefined} */ cell) => /^[\d.,]+( %)?$/.test(cell ?? "");

/** @param {HTMLElement} into @param {string[]} cells */
function row(into, cells) {
  const tr = document.createElement("tr");
  tr.append(
    ...cells.map((cell, place) => {
      const td = element("td", cell);
      if (place > 0 && isNumber(cell)) td.className = "n";
      return td;
    }),
  );
  into.append(tr);
}

/** @param {string} caption @param {string[]} columns @param {string[][]} rows */
function table(caption, columns, rows) {
  const made = document.createElement("table");
  made.append(element("caption", caption));
  const head = made.createTHead().insertRow();
  for (const [place, column] of columns.entries()) {
    const th = element("th", column);
    if (place > 0 && isNumber(rows[0]?.[place])) th.className = "n";
    th.setAttribute("scope", "col");
    head.append(th);
  }
  const body = made.createTBody();
  for (const cells of rows) row(body, cells);
  return made;
}

async function overview() {
  const found = await call("/api/admin/overview?limit=50");
  const median = found.medianUploadToMailMs;
  const cards = [
    ["Paid pre-orders", number(found.totals.orders)],
    ["Tickets", number(found.totals.tickets)],
    ["Fulfilment", percent(found.totals.fulfilment)],
    ["Waiting", number(found.totals.waiting)],
    ["Unmatched", number(found.totals.unmatched)],
    ["Upload to mail", median === null ? "–" : `${(median / 1000).toFixed(1)} s`],
    ["Delivery failures", percent(found.totals.deliveryFailure)],
  ];
  $("cards").replaceChildren(
    ...cards.map(([name, value]) => {
      const card = document.createElement("div");
      card.append(element("dt", name), element("dd", value));
      return card;
    }),
  );
  $("events").replaceChildren();
  for (const e of found.worst)
    row($("events"), [e.event, ...[e.orders, e.tickets, e.assigned, e.waiting, e.unmatched, e.mailed].map(number)]);
  $("as-of").textContent = `As of ${new Date(found.asOf).toLocaleTimeString("en-GB")}`;
}

/** @param {any} found */
function showReport(found) {
  const report = $("report");
  const count = number(found.valid);
  const sum = `${number(found.rows)} rows: ${count} valid, ${number(found.duplicates)} duplicates, ${number(found.malformed)} malformed.`;
  report.replaceChildren(element("h2", found.fileName), element("p", sum));
  if (found.sameFileAs) report.append(element("p", `The same file was uploaded before, as ${found.sameFileAs}.`));
  if (found.unclear.length)
    report.append(
      table("Not understood", ["Written", "Column", "Rows", "Did you mean"], found.unclear.map((/** @type {any} */ u) => [
        u.written, u.column, number(u.rows), u.suggestion ? `${u.suggestion.name} (${u.suggestion.why})` : "–",
      ])),
    );
  for (const u of found.unclear) {
    if (!u.suggestion) continue;
    const accept = element("button", `Read “${u.written}” as “${u.suggestion.name}”`);
    accept.className = "plain";
    accept.addEventListener("click", () => correct(found.uploadId, u).catch(failed));
    report.append(accept);
  }
  report.append(
    table("Coverage", ["Event", "Variant", "Waiting", "In stock", "In file", "Short", "Over"],
      found.coverage.map((/** @type {any} */ c) => [c.event, c.variant || "No preference", ...[c.waiting, c.inStock, c.inFile, c.short, c.over].map(number)])),
    table("First rows as read", ["Row", "Event", "Variant", "Email", "Status"],
      found.preview.map((/** @type {any} */ p) => [String(p.row), p.event, p.variant, p.email || p.qr, p.status])),
  );
  if (found.problems.length)
    report.append(table("Problems", ["Row", "Column", "What is wrong"],
      found.problems.map((/** @type {any} */ p) => [String(p.row), p.column, p.message])));
  const commit = element("button", `Add ${count} tickets`);
  commit.addEventListener("click", () => commitUpload(found.uploadId).catch(failed), { once: true });
  const discard = element("button", "Discard");
  discard.className = "plain";
  discard.addEventListener("click", () => discardUpload(found.uploadId).catch(failed), { once: true });
  report.append(commit, discard);
  showWhatIf(found.uploadId, commit).catch(failed);
  report.hidden = false;
}

/** The matcher itself, run on a copy, for each fallback rule. @param {string} upload @param {HTMLElement} before */
async function showWhatIf(upload, before) {
  const found = await call(`/api/admin/uploads/${upload}/what-if`);
  const sum = (/** @type {Record<string, number>} */ counts) => number(Object.values(counts).reduce((a, b) => a + b, 0));
  before.before(
    table("What if: the outcome under each fallback rule", ["Event", "Rule", "Served", "Still waiting", "Left over"],
      found.map((/** @type {any} */ w) => [w.event, w.fallback.replace("_", " ") + (w.isCurrent ? " (now)" : ""),
        number(w.matched), sum(w.stillWaiting), sum(w.leftOver)])),
  );
}

/** @param {string} upload @param {any} unclear */
async function correct(upload, unclear) {
  const body = unclear.column === "Event"
    ? { events: { [unclear.written]: unclear.suggestion.id } }
    : { variants: { [unclear.eventId]: { [unclear.written]: unclear.suggestion.id } } };
  showReport(await call(`/api/admin/uploads/${upload}/corrections`, {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  }));
}

/** @param {string} upload */
async function discardUpload(upload) {
  await call(`/api/admin/uploads/${upload}/discard`, { method: "POST" });
  $("report").replaceChildren(element("p", "Discarded. Nothing was added."));
}

/** @param {string} upload */
async function commitUpload(upload) {
  await call(`/api/admin/uploads/${upload}/commit`, { method: "POST" });
  $("report").hidden = true;
  $("progress").hidden = false;
  for (let round = 0; round < 600; round += 1) {
    const now = await call(`/api/admin/uploads/${upload}`).catch(() => null);
    if (now) {
      const parts = [["Assigned", now.assigned, now.tickets], ["Mailed", now.mailed, now.assigned], ["Delivered", now.delivered, now.assigned]];
      $("progress").replaceChildren(element("h2", `${number(now.tickets)} tickets added`), ...parts.flatMap(([name, done, of]) => {
        const bar = document.createElement("progress");
        bar.max = Math.max(1, Number(of));
        bar.value = Number(done);
        bar.setAttribute("aria-label", String(name));
        return [element("p", `${name}: ${number(Number(done))} of ${number(Number(of))}`), bar];
      }));
      if (now.tickets && now.state === "completed" && now.delivered + now.undelivered >= now.assigned) break;
    }
    await overview();
    await new Promise((done) => setTimeout(done, 500));
  }
}

/** @param {Error} error */
function failed(error) {
  $("upload-error").textContent = error.message;
}

async function open() {
  try {
    await overview();
    $("sign-in").hidden = true;
    $("app").hidden = false;
    setInterval(() => overview().catch(() => ($("as-of").textContent = "Not up to date: no connection")), 3000);
  } catch (error) {
    $("sign-in-error").textContent = /** @type {Error} */ (error).message;
  }
}

$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(/** @type {HTMLInputElement} */ ($("key")).value.trim());
  open();
});
$("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  $("upload-error").textContent = "";
  const file = /** @type {HTMLInputElement} */ ($("file")).files?.[0];
  if (!file) return;
  const body = new FormData();
  body.append("file", file);
  call("/api/admin/tickets/upload", { method: "POST", body }).then(showReport).catch(failed);
});
known().then((yes) => yes && open());
