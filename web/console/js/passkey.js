/** Passkeys: what the server asks, put to the browser, and what the browser answers, in the server's words. */

/** Longest wait for a touch, ms; the server's challenge holds five minutes. */
const PATIENCE_MS = 120_000;

/** Whether this browser can use passkeys on this page. */
export const usable = () => Boolean(window.PublicKeyCredential) && window.isSecureContext;

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const named = (ids) => ids.map((id) => ({ type: "public-key", id: bytes(id) }));

/** The browser refused, or nobody touched the key: told like a problem of the server. */
export class PasskeyTrouble extends Error {
  code = "passkey_not_used";
}

async function asked(work) {
  try {
    return await work();
  } catch (error) {
    throw Object.assign(new PasskeyTrouble(error.message), error.name === "InvalidStateError" ? { code: "passkey_there_already" } : {});
  }
}

/** Makes a passkey. @param {Object} options `RegistrationOptions` of the server */
export async function make(options) {
  const publicKey = {
    challenge: bytes(options.challenge),
    rp: { id: options.rp_id, name: options.rp_name },
    user: { id: bytes(options.user_handle), name: options.user_name, displayName: options.user_name },
    pubKeyCredParams: options.algorithms.map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
    excludeCredentials: named(options.exclude),
    timeout: PATIENCE_MS,
  };
  const { response } = await asked(() => navigator.credentials.create({ publicKey }));
  return { client_data: text(response.clientDataJSON), attestation: text(response.attestationObject) };
}

/** Signs with a passkey. @param {Object} options `PasskeyOptions` of the server */
export async function sign(options) {
  const publicKey = {
    challenge: bytes(options.challenge),
    rpId: options.rp_id,
    allowCredentials: named(options.allow),
    userVerification: "required",
    timeout: PATIENCE_MS,
  };
  const credential = await asked(() => navigator.credentials.get({ publicKey }));
  const { response } = credential;
  return {
    id: text(credential.rawId),
    client_data: text(response.clientDataJSON),
    authenticator_data: text(response.authenticatorData),
    signature: text(response.signature),
    user_handle: response.userHandle?.byteLength ? text(response.userHandle) : null,
  };
}
