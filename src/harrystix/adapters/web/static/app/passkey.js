// @ts-check
// Passkeys: what the house asks the browser's authenticator, and what that answers.

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
async function ask(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(said.title ?? "That did not work.");
  return said;
}

/** Proves who somebody is, to sign in or once more. @param {string} path */
export async function prove(path) {
  const { options } = await ask("/api/sign-in/passkey/options");
  const found = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  if (found instanceof PublicKeyCredential) await ask(path, { answer: found.toJSON() });
}

/** Makes a new one. */
export async function make() {
  const { options } = await ask("/api/session/passkey-options");
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  if (made instanceof PublicKeyCredential) await ask("/api/passkeys", { answer: made.toJSON() });
}

/** What went wrong, as people say it. @param {unknown} error */
export function reason(error) {
  if (error instanceof DOMException) return "Nothing came of it. Try again, or take another way.";
  return error instanceof Error ? error.message : "That did not work.";
}
