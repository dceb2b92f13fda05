// @ts-check
// Being told on this device: asked for by a person, never by the page, and stopped the same way.

/** @param {"POST" | "DELETE"} method @param {object} body @param {string} [more] @returns {Promise<any>} */
async function tell(method, body, more = "") {
  const answer = await fetch(`/api/me/push${more}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(said.title ?? "That did not work.");
  return said;
}

/** @param {HTMLButtonElement} button @param {(text: string) => void} say */
export async function offer(button, say) {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const registration = await navigator.serviceWorker.register("/sw.js");
  let have = await registration.pushManager.getSubscription();
  // The house decides who is told: a browser may still have what somebody else has asked for.
  if (have && !(await tell("POST", { endpoint: have.endpoint }, "/known")).told) {
    await have.unsubscribe();
    have = null;
  }
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
        const made = await registration.pushManager.subscribe({
          userVisibleOnly: true,
          applicationServerKey: button.dataset.push ?? "",
        });
        const { endpoint, keys } = made.toJSON();
        try {
          await tell("POST", { endpoint, keys });
        } catch (error) {
          await made.unsubscribe();
          throw error;
        }
        have = made;
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
