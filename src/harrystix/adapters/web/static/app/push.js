// @ts-check
// Being told on this device: asked for by a person, never by the page, and stopped the same way.

/** @param {"POST" | "DELETE"} method @param {object} body */
async function tell(method, body) {
  const answer = await fetch("/api/me/push", {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.json()).title ?? "That did not work.");
}

/** @param {HTMLButtonElement} button @param {(text: string) => void} say */
export async function offer(button, say) {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const registration = await navigator.serviceWorker.register("/sw.js");
  let have = await registration.pushManager.getSubscription();
  const show = () => {
    button.textContent = have ? "Do not tell me on this device any more" : "Tell me on this device";
    button.hidden = false;
  };
  show();
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if (have) {
        await tell("DELETE", { endpoint: have.endpoint });
        await have.unsubscribe();
        have = null;
        say("This device is not told any more.");
      } else {
        have = await registration.pushManager.subscribe({
          userVisibleOnly: true,
          applicationServerKey: button.dataset.push ?? "",
        });
        const { endpoint, keys } = have.toJSON();
        await tell("POST", { endpoint, keys });
        say("This device is told when a ticket is there.");
      }
    } catch (error) {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      say(refused ? "Your browser does not allow it for this site. Its settings can." : "That did not work. Try again later.");
    } finally {
      button.disabled = false;
      show();
    }
  });
}
