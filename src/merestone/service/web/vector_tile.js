// @ts-check
// Reads a vector tile without the map library: just what `merestone/tiles/layer.py` writes.
// Source: Mapbox Vector Tile Specification 2.1, section 4.

/** @typedef {string | number | boolean} Value */
/** Points and rings in the tile's units; type 1 are points, 3 areas. @typedef {{type: number, parts: [number, number][][], properties: Record<string, Value>}} Feature */

class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get isAtEnd() {
    return this.at >= this.bytes.length;
  }

  varint() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at];
      this.at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** The next field's number and its content: a number, or bytes. @returns {[number, number | Uint8Array]} */
  field() {
    const key = this.varint();
    const number = key >> 3;
    if ((key & 7) === 0) return [number, this.varint()];
    const length = (key & 7) === 1 ? 8 : this.varint();
    this.at += length;
    return [number, this.bytes.subarray(this.at - length, this.at)];
  }
}

/** @param {number} value */
const signed = (value) => (value % 2 ? -(value + 1) / 2 : value / 2);

/** @param {Uint8Array} bytes @returns {Value} */
function valueOf(bytes) {
  const [number, content] = new Reader(bytes).field();
  if (typeof content === 'number') return number === 7 ? content === 1 : signed(content);
  if (number === 3) return new DataView(content.buffer, content.byteOffset, 8).getFloat64(0, true);
  return new TextDecoder().decode(content);
}

/** The parts that a geometry's commands draw. @param {Uint8Array} bytes */
function partsOf(bytes) {
  const reader = new Reader(bytes);
  /** @type {[number, number][][]} */
  const parts = [];
  let [x, y] = [0, 0];
  while (!reader.isAtEnd) {
    const command = reader.varint();
    if ((command & 7) === 7) continue; // a ring is closed
    for (let count = command >> 3; count > 0; count -= 1) {
      x += signed(reader.varint());
      y += signed(reader.varint());
      if ((command & 7) === 1) parts.push([]);
      parts[parts.length - 1].push([x, y]);
    }
  }
  return parts;
}

/** The features of a tile's only layer. @param {ArrayBuffer} tile @returns {Feature[]} */
export function featuresOf(tile) {
  if (!tile.byteLength) return [];
  const [, layer] = new Reader(new Uint8Array(tile)).field();
  const reader = new Reader(/** @type {Uint8Array} */ (layer));
  /** @type {Uint8Array[]} */
  const features = [];
  /** @type {string[]} */
  const keys = [];
  /** @type {Value[]} */
  const values = [];
  while (!reader.isAtEnd) {
    const [number, content] = reader.field();
    if (typeof content === 'number') continue;
    if (number === 2) features.push(content);
    else if (number === 3) keys.push(new TextDecoder().decode(content));
    else if (number === 4) values.push(valueOf(content));
  }
  return features.map((bytes) => featureOf(bytes, keys, values));
}

/** @param {Uint8Array} bytes @param {string[]} keys @param {Value[]} values @returns {Feature} */
function featureOf(bytes, keys, values) {
  const reader = new Reader(bytes);
  /** @type {Feature} */
  const feature = {type: 0, parts: [], properties: {}};
  while (!reader.isAtEnd) {
    const [number, content] = reader.field();
    if (typeof content === 'number') {
      if (number === 3) feature.type = content;
      continue;
    }
    if (number === 4) feature.parts = partsOf(content);
    for (const tags = new Reader(number === 2 ? content : new Uint8Array()); !tags.isAtEnd;) {
      const key = keys[tags.varint()];
      feature.properties[key] = values[tags.varint()];
    }
  }
  return feature;
}
