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
  if (response.status !== 206 || bytes.byteLength !== end - first) throw new DownloadStopped(`status ${response.status}, ${bytes.byteLength} bytes`);
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

/** How much of an offer's pack is here already, bytes. @param {Offer} offer */
export async function begunBytes({about: {pack}}) {
  return [...(await keptPieces(pack.sha256)).values()].reduce((sum, piece) => sum + piece.byteLength, 0);
}

/** All that is to be fetched of an offer, bytes. @param {Offer} offer */
export const offeredBytes = ({about: {pack, map}}) => pack.size_bytes + (map?.size_bytes ?? 0);

/**
 * Fetch what is offered, and put it in the place of what is here: all of it, or nothing.
 * @param {Offer} offer @param {Held | null} held the pack in use
 * @param {{progress: (bytes: number) => void, openable: (bytes: ArrayBuffer) => Promise<unknown>}} does `openable` throws if a pack cannot be used
 * @returns {Promise<{held: Held, fetched: number}>}
 * @throws {DownloadStopped | OfferGone | OfferRefused | StorageFull}
 */
export async function fetchPack(offer, held, {progress, openable}) {
  const {pack, map} = offer.about;
  await dropPieces([pack.sha256, pack.blocks.sha256, ...(map ? [map.sha256] : [])]);
  const needed = 2 * offeredBytes(offer) - (await begunBytes(offer));
  if ((await freeBytes()) < needed) throw new StorageFull();
  let fetched = 0;
  /** @type {Uint8Array<ArrayBuffer>} */
  let bytes;
  if (held && !(await begunBytes(offer))) ({bytes, fetched} = await fetchDifference(offer, held.bytes, progress));
  else {
    bytes = await fetchFile(pack, progress);
    fetched = pack.size_bytes;
  }
  const isMapHeld = held?.map && map && (await sha256Of(held.map)) === map.sha256;
  const mapBytes = isMapHeld ? held.map : map ? (await fetchFile(map, (here) => progress(fetched + here))).buffer : null;
  if (map && !isMapHeld) fetched += map.size_bytes;
  await openable(bytes.buffer);
  const present = await heldPack(); // another page of this phone may have fetched newer ones meanwhile
  refuseOther(offer, present && (await readSigned(present).catch(() => null)));
  const {content, signature, publicKey, fingerprint} = offer;
  const kept = {content, signature, publicKey, fingerprint, bytes: bytes.buffer, map: mapBytes, fetchedAt: Date.now()};
  await keepPack(kept);
  return {held: kept, fetched};
}
