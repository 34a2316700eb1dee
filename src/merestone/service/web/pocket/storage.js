// @ts-check
// What the phone keeps: the pack in use, whole or not at all, and pieces of one that is being fetched (IndexedDB).

/**
 * @typedef {import('./offer.js').Offer} Offer
 * @typedef {import('./alerts_section.js').KeptAlerts} KeptAlerts
 * @typedef {{content: string, signature: string, publicKey: string, fingerprint: string, bytes: ArrayBuffer, map: ArrayBuffer | null, fetchedAt: number, baseMapDigest?: string | null}} Held
 */

const NAME = 'merestone-pocket';
const HELD = 'held';
const PIECES = 'pieces';
const CURRENT = 'current';
const ALERTS = 'alerts';
/** Apart from the pack, so that reading it holds up no answer. */
const BASE_MAP = 'base map';

/** The phone has no room; what was there is unchanged. */
export class StorageFull extends Error {}

/** The browser lets the page store nothing. */
export class StorageUnusable extends Error {}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
async function database() {
  try {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(HELD);
      opening.result.createObjectStore(PIECES);
    };
    return await result(opening);
  } catch (error) {
    throw new StorageUnusable(String(error));
  }
}

/**
 * Do something in one transaction: all of it is stored, or nothing.
 * @template T @param {IDBTransactionMode} mode @param {(held: IDBObjectStore, pieces: IDBObjectStore) => T | Promise<T>} work @returns {Promise<T>}
 */
async function inTransaction(mode, work) {
  const opened = await database();
  try {
    const transaction = opened.transaction([HELD, PIECES], mode, {durability: 'strict'});
    const ended = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
    });
    ended.catch(() => {}); // it is waited for below; a request of `work` may fail first
    const made = await work(transaction.objectStore(HELD), transaction.objectStore(PIECES));
    await ended;
    return made;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') throw new StorageFull(error.message);
    throw error;
  } finally {
    opened.close();
  }
}

/** The pack in use. @returns {Promise<Held | null>} */
export async function heldPack() {
  return (await inTransaction('readonly', (store) => result(store.get(CURRENT)))) ?? null;
}

/** The base map that came with the pack in use. @returns {Promise<ArrayBuffer | null>} */
export async function heldBaseMap() {
  return (await inTransaction('readonly', (store) => result(store.get(BASE_MAP)))) ?? null;
}

/**
 * Put a whole pack in the place of the one before it, and drop the pieces it was made of.
 * @param {Held} pack @param {ArrayBuffer | null} [baseMap] null: the one that is here stays, if the pack names one
 */
export function keepPack(pack, baseMap = null) {
  return inTransaction('readwrite', (store, pieces) => {
    store.put(pack, CURRENT);
    if (baseMap) store.put(baseMap, BASE_MAP);
    else if (!pack.baseMapDigest) store.delete(BASE_MAP);
    pieces.clear();
  });
}

/** Remove the pack and every piece. */
export function removePack() {
  return inTransaction('readwrite', (store, pieces) => {
    store.delete(CURRENT);
    store.delete(BASE_MAP);
    pieces.clear();
  });
}

/** The alerts that were heard last. @returns {Promise<KeptAlerts | null>} */
export async function keptAlerts() {
  return (await inTransaction('readonly', (store) => result(store.get(ALERTS)))) ?? null;
}

/** @param {KeptAlerts} alerts */
export function keepAlerts(alerts) {
  return inTransaction('readwrite', (store) => {
    store.put(alerts, ALERTS);
  });
}

/** Keep one piece of a file. @param {string} sha256 @param {number} number @param {ArrayBuffer} bytes */
export function keepPiece(sha256, number, bytes) {
  return inTransaction('readwrite', (_, pieces) => {
    pieces.put(bytes, [sha256, number]);
  });
}

/** The pieces of a file that are here, by number. @param {string} sha256 @returns {Promise<Map<number, ArrayBuffer>>} */
export function keptPieces(sha256) {
  return inTransaction('readonly', async (_, pieces) => {
    const range = IDBKeyRange.bound([sha256, 0], [sha256, Infinity]);
    const [keys, values] = await Promise.all([result(pieces.getAllKeys(range)), result(pieces.getAll(range))]);
    return new Map(keys.map((key, at) => [/** @type {[string, number]} */ (key)[1], values[at]]));
  });
}

/** Drop the pieces of every file but these. @param {string[]} wanted SHA-256 of files */
export function dropPieces(wanted) {
  return inTransaction('readwrite', async (_, pieces) => {
    for (const key of await result(pieces.getAllKeys())) {
      if (!wanted.includes(/** @type {[string, number]} */ (key)[0])) pieces.delete(key);
    }
  });
}

/** How many bytes may still be stored; Infinity where the browser does not say. */
export async function freeBytes() {
  const {quota, usage} = (await navigator.storage?.estimate?.()) ?? {};
  return quota === undefined || usage === undefined ? Infinity : quota - usage;
}

/** Ask that the pack stays when storage runs low. @returns {Promise<boolean>} */
export async function keepForGood() {
  try {
    return (await navigator.storage?.persist?.()) ?? false;
  } catch {
    return false;
  }
}
