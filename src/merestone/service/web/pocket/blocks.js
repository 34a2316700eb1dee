// @ts-check
// Making a new file of an older one: blocks that are found in the older one at any offset are not fetched again
// (Tridgell 1999, The rsync algorithm). The form of the list: docs/formats/pack-offer.md.

const ENTRY_BYTES = 12;

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
  let [plain, weighted] = sums(older, 0, blockBytes);
  let at = 0;
  while (at + blockBytes <= older.length) {
    const numbers = bySum.get(((plain & 0xffff) | (weighted << 16)) >>> 0)?.filter((number) => places[number] < 0);
    if (numbers?.length && (await markEqual(older, at, blockBytes, numbers, view, places))) {
      at += blockBytes;
      if (at + blockBytes <= older.length) [plain, weighted] = sums(older, at, blockBytes);
      continue;
    }
    const leaves = /** @type {number} */ (older[at]);
    plain = (plain - leaves + (older[at + blockBytes] ?? 0)) & 0xffff;
    weighted = (weighted - blockBytes * leaves + plain) & 0xffff;
    at += 1;
  }
  return places;
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
