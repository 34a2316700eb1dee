// @ts-check
// What was typed at the desk and not accepted yet, sealed in this browser so that only its writer's session opens it.

/**
 * @typedef {{id: string, what: string, page: string, form: string, at: number, fields: [string, string][],
 *   files: string[]}} Entry
 */

const START = 'merestone.kept.';
const SIGNED_OUT = 'merestone.signed-out';
/** How long text that nobody sent stays in a browser. */
const LASTS_MS = 14 * 86_400_000;

/** @param {Uint8Array<ArrayBuffer>} bytes */
function textOf(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param {Uint8Array<ArrayBuffer>} bytes @param {GenericTransformStream} through */
async function piped(bytes, through) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer());
}

/** Remove what nobody sent for so long that nobody will. */
export function removeExpired() {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(START) && !(Date.now() - Number(localStorage[key].split('.', 1)[0]) < LASTS_MS)) {
      localStorage.removeItem(key);
    }
  }
}

/** Whether anybody has text in this browser that was not sent yet. */
export const hasAny = () => Object.keys(localStorage).some((key) => key.startsWith(START));

/** The texts of one person. */
export class KeptText {
  #start;
  #name;
  #key;

  /** @param {string} name @param {CryptoKey} key */
  constructor(name, key) {
    this.#name = name;
    this.#start = `${START}${name}.`;
    this.#key = key;
  }

  /**
   * Null where this browser cannot seal: it does so on this machine's own address and over TLS alone.
   * @param {string} name @param {string} key
   */
  static async open(name, key) {
    if (!globalThis.crypto?.subtle) return null;
    const sealing = await crypto.subtle.importKey('raw', bytesOf(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
    return new KeptText(name, sealing);
  }

  /** Keep a text in place of an older one. False: the browser has no room for it. @param {Entry} entry */
  async put(entry) {
    const place = this.#start + entry.id;
    const plain = await piped(new TextEncoder().encode(JSON.stringify(entry)), new CompressionStream('gzip'));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const additionalData = new TextEncoder().encode(place);
    const sealed = await crypto.subtle.encrypt({name: 'AES-GCM', iv, additionalData}, this.#key, plain);
    try {
      localStorage.setItem(place, `${entry.at}.${textOf(iv)}.${textOf(new Uint8Array(sealed))}`);
      return true;
    } catch {
      return false;
    }
  }

  /** Every text of this person, the newest first. @returns {Promise<Entry[]>} */
  async list() {
    const places = Object.keys(localStorage).filter((place) => place.startsWith(this.#start));
    const entries = await Promise.all(places.map((place) => this.#opened(place)));
    return entries.filter((entry) => entry !== null).sort((entry, other) => other.at - entry.at);
  }

  /** @param {string} place @returns {Promise<Entry | null>} */
  async #opened(place) {
    const [, iv, sealed] = (localStorage.getItem(place) ?? '').split('.');
    try {
      const additionalData = new TextEncoder().encode(place);
      const how = {name: 'AES-GCM', iv: bytesOf(iv), additionalData};
      const plain = new Uint8Array(await crypto.subtle.decrypt(how, this.#key, bytesOf(sealed)));
      return JSON.parse(new TextDecoder().decode(await piped(plain, new DecompressionStream('gzip'))));
    } catch {
      return null; // damaged, or altered
    }
  }

  /** @param {string} id */
  remove(id) {
    localStorage.removeItem(this.#start + id);
  }

  /** Remove all of them, and let this person's other tabs know that they signed out. */
  removeAll() {
    for (const place of Object.keys(localStorage)) if (place.startsWith(this.#start)) localStorage.removeItem(place);
    localStorage.setItem(SIGNED_OUT, `${this.#name}.${Date.now()}`);
    localStorage.removeItem(SIGNED_OUT);
  }

  /** Do something when this person signs out in another tab. @param {() => void} then */
  onSignedOut(then) {
    addEventListener('storage', (event) => {
      if (event.key === SIGNED_OUT && event.newValue?.startsWith(`${this.#name}.`)) then();
    });
  }
}
