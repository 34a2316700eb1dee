// @ts-check
// Making a new file of an older one: blocks that are found in the older one at any offset are not fetched again
// (Tridgell 1999, The rsync algorithm). The form of the list: docs/formats/pack-offer.md.

import {rest} from './turns.js';

const ENTRY_BYTES = 12;
/** So much is looked through at a time: some hundredths of a second on a phone. */
const REST_BYTES = 1 << 18;

/**
 * Where each block of the new file stands in the older one; -1: it must be fetched.
 * @param {Uint8Array<ArrayBuffer>} older @param {Uint8Array<ArrayBuffer>} list @param {number} blockBytes
 * @returns {Promise<Float64Array>}
 */
export async function foundBlocks(older, list, blockBytes) {
  const count = Math.floor(list.length / ENTRY_BYTES);
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  /** @type {Map<number, number[]>} */
  const bySum = new Map();
  for (let number = 0; number < count; number++) {
    const sum = view.getUint32(number * ENTRY_BYTES, true);
    const others = bySum.get(sum);
    if (others) others.push(number);
    else bySum.set(sum, [number]);
  }
  const places = new Float64Array(count).fill(-1);
  if (older.length < blockBytes) return places;
  // How many sums of the list have each lower half: at nearly every byte this saves a look into the map.
  const wanted = new Int32Array(1 << 16);
  for (const sum of bySum.keys()) wanted[sum & 0xffff] += 1;
  let window = windowAt(older, 0, blockBytes);
  while (window.at + blockBytes <= older.length) {
    const rests = window.at + REST_BYTES;
    while (window.at < rests && roll(older, blockBytes, window, wanted, rests)) {
      const sum = (window.plain | (window.weighted << 16)) >>> 0;
      // Where all bytes are the same, one byte farther is the same block again. Without this, a hundred thousand zeros took seconds.
      const numbers = window.same > blockBytes ? undefined : bySum.get(sum);
      if (numbers && (await markEqual(older, window.at, blockBytes, numbers, view, places))) {
        const others = numbers.filter((number) => /** @type {number} */ (places[number]) < 0);
        bySum.set(sum, others);
        if (!others.length) {
          bySum.delete(sum);
          wanted[sum & 0xffff] -= 1;
        }
        window = windowAt(older, window.at + blockBytes, blockBytes);
      } else shift(older, blockBytes, window);
    }
    await rest(); // a position that comes meanwhile is compared, and warned of
  }
  return places;
}

/** @typedef {{at: number, plain: number, weighted: number, same: number}} Window a block of the older file, its sums, and how many equal bytes end with it */

/** @param {Uint8Array} bytes @param {number} at @param {number} length @returns {Window} */
function windowAt(bytes, at, length) {
  const [plain, weighted] = sums(bytes, at, length);
  let same = 1;
  while (same < length && bytes[at + length - 1 - same] === bytes[at + length - 1]) same += 1;
  return {at, plain, weighted, same};
}

/** The next block, one byte farther. @param {Uint8Array} bytes @param {number} length @param {Window} window */
function shift(bytes, length, window) {
  const leaves = /** @type {number} */ (bytes[window.at]);
  window.plain = (window.plain - leaves + (bytes[window.at + length] ?? 0)) & 0xffff;
  window.weighted = (window.weighted - length * leaves + window.plain) & 0xffff;
  window.same = bytes[window.at + length] === bytes[window.at + length - 1] ? window.same + 1 : 1;
  window.at += 1;
}

/**
 * Move on to the next block of which the list has the lower half of the sum; false if the end, or `rests`, comes first.
 * @param {Uint8Array} bytes @param {number} length @param {Window} window @param {Int32Array} wanted @param {number} rests
 */
function roll(bytes, length, window, wanted, rests) {
  const last = Math.min(bytes.length - length, rests);
  while (window.at <= last && !wanted[window.plain]) shift(bytes, length, window);
  return window.at <= last;
}

/** @param {Uint8Array} bytes @param {number} at @param {number} length */
function sums(bytes, at, length) {
  let plain = 0;
  let weighted = 0;
  for (let i = 0; i < length; i++) {
    const byte = /** @type {number} */ (bytes[at + i]);
    plain = (plain + byte) & 0xffff;
    weighted = (weighted + (length - i) * byte) & 0xffff;
  }
  return [plain, weighted];
}

/**
 * Whether the bytes are those of some of these blocks, which are then marked. A sum alone proves nothing.
 * @param {Uint8Array<ArrayBuffer>} older @param {number} at @param {number} length @param {number[]} numbers @param {DataView} view @param {Float64Array} places
 */
async function markEqual(older, at, length, numbers, view, places) {
  const digest = new DataView(await crypto.subtle.digest('SHA-256', older.subarray(at, at + length)));
  let isFound = false;
  for (const number of numbers) {
    const offset = number * ENTRY_BYTES + 4;
    if (view.getUint32(offset) === digest.getUint32(0) && view.getUint32(offset + 4) === digest.getUint32(4)) {
      places[number] = at;
      isFound = true;
    }
  }
  return isFound;
}

/**
 * The ranges of bytes that must be fetched: neighbours together.
 * @param {Float64Array} places @param {number} blockBytes @param {number} sizeBytes @returns {{first: number, end: number}[]}
 */
export function missingRanges(places, blockBytes, sizeBytes) {
  /** @type {{first: number, end: number}[]} */
  const ranges = [];
  places.forEach((place, number) => {
    if (place >= 0) return;
    const first = number * blockBytes;
    const end = Math.min(first + blockBytes, sizeBytes);
    const last = ranges.at(-1);
    if (last && last.end === first) last.end = end;
    else ranges.push({first, end});
  });
  return ranges;
}
