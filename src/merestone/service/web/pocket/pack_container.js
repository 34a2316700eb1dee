// @ts-check
// The container of a hazard pack: named arrays behind a header, none of which is read before its checksum was compared.
// What a byte means here is in docs/formats/hazard-pack.md; what the arrays mean is in pack_file.js.
import {crc32} from './crc32.js';

/** As in PNG: a byte that is no text, a name, and line ends that a transfer as text would change. */
const MAGIC = [0x89, 0x4d, 0x48, 0x50, 0x0d, 0x0a, 0x1a, 0x0a];
/** In version 2 outlines stand as steps (compact_outlines.js), and version 3 holds a part of the areas; all else is as in version 1. */
const VERSIONS = [1, 2, 3];
const PART_VERSION = 3;
const ORDER = 0x0a0b0c0d;
const PREFIX_BYTES = 64;
const ALIGN = 64;
const BLOCK = 1 << 20;
const LONGEST_HEADER = 1 << 26;
export const FETCH_AGAIN = 'Fetch the pack again.';

/** A pack that is damaged, cut off, of a newer version, or no pack at all. Nothing is answered from it. */
export class PackRefused extends Error {
  /** @param {string} why @param {string} [toDo] */
  constructor(why, toDo = FETCH_AGAIN) {
    super(`This hazard pack cannot be used: ${why}. ${toDo}`);
    this.name = 'PackRefused';
  }
}

/** @typedef {Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint8Array} NumberArray */
/** @typedef {{type: string, count: number, offset: number}} ArrayPlace */

const BYTES_OF = /** @type {Record<string, number>} */ ({
  '|b1': 1, '|i1': 1, '|u1': 1, '<i2': 2, '<u2': 2, '<i4': 4, '<u4': 4, '<i8': 8, '<u8': 8, '<f4': 4, '<f8': 8,
});

/** An open pack: its header's values, and its arrays as views of the file's bytes. */
export class PackContainer {
  /**
   * @param {ArrayBuffer} buffer the whole file
   * @param {number} start where the body begins, bytes
   * @param {Record<string, any>} header
   * @param {string} identity
   * @param {boolean} isDigestKnown whether the SHA-256 of the whole file was compared, so that no checksum of a block says more
   */
  constructor(buffer, start, header, identity, isDigestKnown) {
    this.buffer = buffer;
    this.start = start;
    this.identity = identity;
    this.about = objectOf(header, 'about');
    this.places = placesOf(objectOf(header, 'arrays'), buffer.byteLength - start);
    this.checksums = header.crc32;
    const blocks = Math.ceil((buffer.byteLength - start) / BLOCK);
    if (!Array.isArray(this.checksums) || this.checksums.length !== blocks) {
      throw new PackRefused('its checksums do not fit its length');
    }
    this.isCompared = new Uint8Array(blocks).fill(isDigestKnown ? 1 : 0);
  }

  /** @param {string} name */
  has(name) {
    return this.places.has(name);
  }

  /**
   * An array of one of these types, after the checksums of all its blocks were compared.
   * @param {string} name
   * @param {...string} types
   * @returns {NumberArray} a view of the file; of '<i8' and '<u8' a copy as 64-bit floats
   */
  array(name, ...types) {
    const place = this.places.get(name);
    if (!place) throw new PackRefused(`it has no array ${name}`);
    if (!types.includes(place.type)) throw new PackRefused(`its array ${name} is of type ${place.type}`);
    this.compare(place.offset, place.count * BYTES_OF[place.type]);
    const at = this.start + place.offset;
    switch (place.type) {
      case '<f8':
        return new Float64Array(this.buffer, at, place.count);
      case '<i4':
        return new Int32Array(this.buffer, at, place.count);
      case '<u4':
        return new Uint32Array(this.buffer, at, place.count);
      case '<i2':
        return new Int16Array(this.buffer, at, place.count);
      case '|b1':
      case '|u1':
        return new Uint8Array(this.buffer, at, place.count);
      case '<i8':
      case '<u8':
        return this.wholeNumbers(name, at, place.count);
      default:
        throw new PackRefused(`its array ${name} is of type ${place.type}`);
    }
  }

  /** 64-bit whole numbers, which in a pack count things: none is negative, and none as large as 2^53.
   * @param {string} name @param {number} at @param {number} count */
  wholeNumbers(name, at, count) {
    const halves = new Uint32Array(this.buffer, at, 2 * count);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      if (halves[2 * i + 1] >= 1 << 20) throw new PackRefused(`its array ${name} holds what cannot be`);
      values[i] = halves[2 * i] + halves[2 * i + 1] * 4294967296;
    }
    return values;
  }

  /** Compare the checksums of the blocks that hold these bytes of the body. @param {number} offset @param {number} bytes */
  compare(offset, bytes) {
    for (let block = Math.floor(offset / BLOCK); block * BLOCK < offset + bytes; block++) {
      if (this.isCompared[block]) continue;
      const at = this.start + block * BLOCK;
      const part = new Uint8Array(this.buffer, at, Math.min(BLOCK, this.buffer.byteLength - at));
      if (crc32(part) !== this.checksums[block]) {
        throw new PackRefused(`it is damaged in the block at byte ${at}: CRC-32 differs`);
      }
      this.isCompared[block] = 1;
    }
  }
}

/**
 * Read a pack's header, whose SHA-256 is compared; blocks of the body are compared when they are read.
 * @param {ArrayBuffer} buffer the whole file
 * @param {{isDigestKnown?: boolean}} [options] `isDigestKnown`: the SHA-256 of the whole file is the signed one, and blocks are not compared again
 * @returns {Promise<PackContainer>}
 * @throws {PackRefused} it is no pack, of another version, cut off, or damaged
 */
export async function openContainer(buffer, {isDigestKnown = false} = {}) {
  if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1) {
    throw new PackRefused('packs are little-endian and this device is not', 'Use another device.');
  }
  const view = new DataView(buffer);
  if (buffer.byteLength < PREFIX_BYTES || MAGIC.some((byte, i) => view.getUint8(i) !== byte)) {
    throw new PackRefused('it is not a hazard pack', 'Choose a pack that Merestone made.');
  }
  if (view.getUint32(12, true) !== ORDER) throw new PackRefused('its numbers are in another byte order');
  const version = view.getUint32(8, true);
  if (!VERSIONS.includes(version)) {
    throw new PackRefused(`it is of version ${version}, and this page reads versions 1 to 3`, 'Update this page.');
  }
  const headerBytes = Number(view.getBigUint64(16, true));
  const start = PREFIX_BYTES + headerBytes;
  const total = start + Number(view.getBigUint64(24, true));
  if (headerBytes > LONGEST_HEADER || start % ALIGN || total !== buffer.byteLength) {
    throw new PackRefused(`its header gives a size of ${total}, and it has ${buffer.byteLength}: it is cut off or damaged`);
  }
  const stated = hex(new Uint8Array(buffer, 32, 32));
  if ((await digestOf(buffer, start)) !== stated) throw new PackRefused('its header is damaged: SHA-256 differs');
  let header;
  try {
    header = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array(buffer, PREFIX_BYTES, headerBytes)));
  } catch {
    throw new PackRefused('its header cannot be read');
  }
  const container = new PackContainer(buffer, start, header, stated, isDigestKnown);
  if ((version === PART_VERSION) !== (container.about.part_deg !== undefined)) throw new PackRefused('its version does not fit what it holds');
  return container;
}

/** SHA-256 of bytes 0 to 31 followed by the header. @param {ArrayBuffer} buffer @param {number} start */
async function digestOf(buffer, start) {
  const bytes = new Uint8Array(start - 32);
  bytes.set(new Uint8Array(buffer, 0, 32));
  bytes.set(new Uint8Array(buffer, PREFIX_BYTES, start - PREFIX_BYTES), 32);
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {any} header @param {string} key @returns {Record<string, any>} */
function objectOf(header, key) {
  const value = header?.[key];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PackRefused(`its header has no ${key}`);
  }
  return value;
}

/** Where each array lies; none may point outside the body. @param {Record<string, any>} arrays @param {number} size */
function placesOf(arrays, size) {
  /** @type {Map<string, ArrayPlace>} */
  const places = new Map();
  for (const [name, value] of Object.entries(arrays)) {
    const [type, shape, offset] = Array.isArray(value) ? value : [];
    const isSound =
      Object.hasOwn(BYTES_OF, type) && Array.isArray(shape) && shape.length <= 2 &&
      shape.every((length) => Number.isSafeInteger(length) && length >= 0 && length < 2 ** 40) &&
      Number.isSafeInteger(offset) && offset >= 0 && offset % ALIGN === 0;
    const count = isSound ? shape.reduce((/** @type {number} */ all, /** @type {number} */ n) => all * n, 1) : 0;
    if (!isSound || offset + count * BYTES_OF[type] > size) {
      throw new PackRefused(`its array ${name} is described as ${JSON.stringify(value)}, which cannot be`);
    }
    places.set(name, {type, count, offset});
  }
  return places;
}
