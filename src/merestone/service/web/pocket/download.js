// @ts-check
// Fetching a pack: piece by piece, each kept as it comes, so that half a download goes on where it ended; or, where an
// older pack is here, only the blocks that are new. What came is used only if its SHA-256 is the one that was signed.
import {foundBlocks, missingRanges} from './blocks.js';
import {OfferRefused, readSigned, refuseOther, sha256Of} from './offer.js';
import {dropPieces, freeBytes, heldPack, keepPack, keepPiece, keptPieces, StorageFull} from './storage.js';

/** @typedef {import('./offer.js').Offer} Offer */
/** @typedef {import('./offer.js').FileOffered} FileOffered */
/** @typedef {import('./storage.js').Held} Held */

/** So much is fetched at a time: on a slow network of 5 kB/s, a quarter of a minute. */
export const PIECE_BYTES = 64 * 1024;

/** The network ended before all was here; what came is kept. */
export class DownloadStopped extends Error {}

/** The service does not offer the file any more: a newer one took its place. */
export class OfferGone extends Error {}

/**
 * Some bytes of a file. Credentials are left out: what is asked for is the same for everybody.
 * @param {FileOffered} file @param {number} first @param {number} end @returns {Promise<ArrayBuffer>}
 */
async function fetchRange(file, first, end) {
  let response;
  let bytes;
  try {
    response = await fetch(`/packs/${file.sha256}`, {headers: {range: `bytes=${first}-${end - 1}`}, credentials: 'omit', cache: 'no-store'});
    bytes = await response.arrayBuffer();
  } catch (error) {
    throw new DownloadStopped(String(error));
  }
  if (response.status === 404) throw new OfferGone();
  if (response.status === 200 && bytes.byteLength === file.size_bytes) return bytes.slice(first, end);
  if (response.status !== 206 || bytes.byteLength !== end - first) throw new DownloadStopped(`status ${response.status}, size ${bytes.byteLength}`);
  return bytes;
}

/**
 * A whole file. What was fetched of it before is not fetched again.
 * @param {FileOffered} file @param {(bytes: number) => void} progress what is here, each time that more came
 */
async function fetchFile(file, progress) {
  const count = Math.ceil(file.size_bytes / PIECE_BYTES);
  const pieces = await keptPieces(file.sha256);
  let here = [...pieces.values()].reduce((sum, piece) => sum + piece.byteLength, 0);
  progress(here);
  for (let number = 0; number < count; number++) {
    if (pieces.has(number)) continue;
    const first = number * PIECE_BYTES;
    const piece = await fetchRange(file, first, Math.min(first + PIECE_BYTES, file.size_bytes));
    await keepPiece(file.sha256, number, piece);
    pieces.set(number, piece);
    here += piece.byteLength;
    progress(here);
  }
  const whole = new Uint8Array(file.size_bytes);
  for (const [number, piece] of pieces) whole.set(new Uint8Array(piece), number * PIECE_BYTES);
  return checked(whole, file);
}

/**
 * The new pack, made of the older one and of what is new.
 * @param {Offer} offer @param {ArrayBuffer} older @param {(bytes: number) => void} progress
 */
async function fetchDifference({about: {pack}}, older, progress) {
  const old = new Uint8Array(older);
  const list = await fetchFile(pack.blocks, () => {});
  const places = await foundBlocks(old, list, pack.block_bytes);
  const whole = new Uint8Array(pack.size_bytes);
  places.forEach((place, number) => {
    if (place >= 0) whole.set(old.subarray(place, place + pack.block_bytes), number * pack.block_bytes);
  });
  let fetched = list.length;
  for (const {first, end} of missingRanges(places, pack.block_bytes, pack.size_bytes)) {
    for (let at = first; at < end; at += PIECE_BYTES) {
      const piece = await fetchRange(pack, at, Math.min(at + PIECE_BYTES, end));
      whole.set(new Uint8Array(piece), at);
      fetched += piece.byteLength;
      progress(fetched);
    }
  }
  return {bytes: await checked(whole, pack), fetched};
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {FileOffered} file */
async function checked(bytes, file) {
  if ((await sha256Of(bytes)) !== file.sha256) {
    await dropPieces([]);
    throw new OfferRefused('wrong_digest');
  }
  return bytes;
}

/** What is in use, as far as fetching looks at it. @typedef {{held: Held, about: import('./offer.js').About} | null} InUse */

/**
 * The files of an offer that are not here, the pack first.
 * @param {Offer} offer @param {InUse} inUse @param {boolean} withBaseMap @returns {FileOffered[]}
 */
function missingFiles({about: {pack, map, base_map}}, inUse, withBaseMap) {
  const isHere = (/** @type {string} */ sha256) =>
    inUse !== null && (inUse.about.pack.sha256 === sha256 || (inUse.held.map !== null && inUse.about.map?.sha256 === sha256) || inUse.held.baseMapDigest === sha256);
  const files = [pack, map, withBaseMap ? base_map : null];
  return /** @type {FileOffered[]} */ (files.filter((file) => file && !isHere(file.sha256)));
}

/** How much of what is to be fetched is here already, bytes. @param {Offer} offer @param {InUse} inUse @param {boolean} withBaseMap */
export async function begunBytes(offer, inUse, withBaseMap) {
  const pieces = await Promise.all(missingFiles(offer, inUse, withBaseMap).map(({sha256}) => keptPieces(sha256)));
  return pieces.flatMap((pieceMap) => [...pieceMap.values()]).reduce((sum, piece) => sum + piece.byteLength, 0);
}

/** All that is to be fetched of an offer, bytes; of a newer pack at most. @param {Offer} offer @param {InUse} inUse @param {boolean} withBaseMap */
export const offeredBytes = (offer, inUse, withBaseMap) => missingFiles(offer, inUse, withBaseMap).reduce((sum, {size_bytes}) => sum + size_bytes, 0);

/**
 * Fetch what is offered, and put it in the place of what is here: all of it, or nothing.
 * @param {Offer} offer @param {InUse} inUse
 * @param {{withBaseMap: boolean, progress: (bytes: number) => void, openable: (bytes: ArrayBuffer) => Promise<unknown>}} does `openable` throws if a pack cannot be used
 * @returns {Promise<{held: Held, fetched: number}>}
 * @throws {DownloadStopped | OfferGone | OfferRefused | StorageFull}
 */
export async function fetchPack(offer, inUse, {withBaseMap, progress, openable}) {
  const {pack, map, base_map} = offer.about;
  const missing = missingFiles(offer, inUse, withBaseMap);
  await dropPieces([...missing.map(({sha256}) => sha256), pack.blocks.sha256]);
  const needed = 2 * offeredBytes(offer, inUse, withBaseMap) - (await begunBytes(offer, inUse, withBaseMap));
  if ((await freeBytes()) < needed) throw new StorageFull();
  let fetched = 0;
  /** The file, fetched if it is not here; null: it is. @param {FileOffered | null | undefined} file */
  const whole = async (file) => {
    if (!file || !missing.includes(file)) return null;
    const bytes = await fetchFile(file, (here) => progress(fetched + here));
    fetched += file.size_bytes;
    return bytes.buffer;
  };
  const isBegun = (await keptPieces(pack.sha256)).size > 0;
  /** @type {ArrayBuffer} */
  let bytes;
  if (inUse && !missing.includes(pack)) ({bytes} = inUse.held);
  else if (inUse && !isBegun) {
    const made = await fetchDifference(offer, inUse.held.bytes, progress);
    bytes = made.bytes.buffer;
    fetched = made.fetched;
  } else bytes = /** @type {ArrayBuffer} */ (await whole(pack));
  const mapBytes = (await whole(map)) ?? (map && inUse ? inUse.held.map : null);
  const baseMapBytes = await whole(withBaseMap ? base_map : null);
  await openable(bytes);
  const present = await heldPack(); // another page of this phone may have fetched newer ones meanwhile
  refuseOther(offer, present && (await readSigned(present).catch(() => null)));
  const {content, signature, publicKey, fingerprint} = offer;
  const baseMapDigest = (withBaseMap && base_map?.sha256) || null;
  const stored = {content, signature, publicKey, fingerprint, bytes, map: mapBytes, fetchedAt: Date.now(), baseMapDigest};
  await keepPack(stored, baseMapBytes);
  return {held: stored, fetched};
}
