// @ts-check
// CRC-32 as in zlib, PNG and Ethernet (reflected, polynomial 0xEDB88320), sixteen bytes at a time.

const WIDTH = 16;
/** Table k * 256 + b: what byte b does to the checksum when k more bytes follow it. */
const TABLES = new Uint32Array(WIDTH * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLES[byte] = value;
}
for (let at = 256; at < TABLES.length; at++) {
  const before = TABLES[at - 256];
  TABLES[at] = (before >>> 8) ^ TABLES[before & 255];
}

/**
 * The checksum of some bytes.
 * @param {Uint8Array} bytes
 * @returns {number} 0 to 2^32 - 1
 */
export function crc32(bytes) {
  let crc = -1;
  let at = 0;
  const T = TABLES;
  for (const last = bytes.length - WIDTH; at <= last; at += WIDTH) {
    const a = crc ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    crc =
      T[3840 + (a & 255)] ^ T[3584 + ((a >>> 8) & 255)] ^ T[3328 + ((a >>> 16) & 255)] ^ T[3072 + (a >>> 24)] ^
      T[2816 + bytes[at + 4]] ^ T[2560 + bytes[at + 5]] ^ T[2304 + bytes[at + 6]] ^ T[2048 + bytes[at + 7]] ^
      T[1792 + bytes[at + 8]] ^ T[1536 + bytes[at + 9]] ^ T[1280 + bytes[at + 10]] ^ T[1024 + bytes[at + 11]] ^
      T[768 + bytes[at + 12]] ^ T[512 + bytes[at + 13]] ^ T[256 + bytes[at + 14]] ^ T[bytes[at + 15]];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ T[(crc ^ bytes[at]) & 255];
  return ~crc >>> 0;
}
