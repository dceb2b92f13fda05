// @ts-check
// Tells that a ticket is there, and leads to it. Keeps nothing: no page of anybody is stored on the device.
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (event) => {
  const said = event.data?.json() ?? {};
  event.waitUntil(
    worker.registration.showNotification(String(said.title ?? "Harry\u2019s Tix"), {
      body: String(said.body ?? ""),
      tag: String(said.url ?? ""),
      data: String(said.url ?? "/me"),
    }),
  );
});
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  // Within this house only.
  const wanted = new URL(String(event.notification.data), worker.location.origin);
  const target = wanted.origin === worker.location.origin ? wanted.href : "/me";
  event.waitUntil(worker.clients.openWindow(target));
});
