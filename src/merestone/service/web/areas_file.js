// @ts-check
// Reads the bytes that the server gives the map for all records; merestone/service/areas_file.py says how they lie.

const MARK = 'MSAREAS1';

/** @typedef {{type: string, coordinates?: any, geometries?: any[]}} Geometry */
/** @typedef {{type: 'Feature', geometry: Geometry, properties: {record_id: string, kind: string, is_hazard: boolean}}} Feature */
/** @typedef {{features: Feature[], propertiesOf: (recordId: string) => Record<string, any> | null}} Areas */

/** @param {ArrayBuffer} buffer @returns {Areas} */
export function readAreas(buffer) {
  const view = new DataView(buffer);
  const text = new TextDecoder('utf-8', {fatal: true});
  /** @param {number} at @param {number} length */
  const words = (at, length) => text.decode(new Uint8Array(buffer, at, length));
  if (buffer.byteLength < 16 || words(0, 8) !== MARK) throw new Error('The server gave something else than areas.');
  const headLength = view.getUint32(8, true);
  const count = view.getUint32(12, true);
  /** @type {Record<string, any>[]} */
  const shared = JSON.parse(words(16, headLength));
  const rowsAt = 16 + headLength;
  /** @param {number} row @param {number} column */
  const number = (row, column) => view.getUint32(rowsAt + 16 * row + 4 * column, true);
  let nameAt = rowsAt + 16 * count;
  let attributesAt = nameAt;
  for (let row = 0; row < count; row += 1) attributesAt += number(row, 1);
  const outlines = new Outlines(view, attributesAt);
  for (let row = 0; row < count; row += 1) outlines.at += number(row, 2);
  const features = new Array(count);
  /** @type {Map<string, {row: number, attributesAt: number}>} */
  const places = new Map();
  for (let row = 0; row < count; row += 1) {
    const {kind, is_hazard} = shared[number(row, 0)];
    const record_id = words(nameAt, number(row, 1));
    const end = outlines.at + number(row, 3);
    features[row] = {type: 'Feature', geometry: outlines.next(), properties: {record_id, kind, is_hazard}};
    if (outlines.at !== end) throw new Error(`The outline of ${record_id} is not what it should be.`);
    places.set(record_id, {row, attributesAt});
    nameAt += number(row, 1);
    attributesAt += number(row, 2);
  }
  if (outlines.at !== buffer.byteLength) throw new Error('The areas are not whole.');
  return {
    features,
    propertiesOf(recordId) {
      const place = places.get(recordId);
      if (!place) return null;
      const attributes = JSON.parse(words(place.attributesAt, number(place.row, 2)));
      return {record_id: recordId, ...shared[number(place.row, 0)], attributes};
    },
  };
}

/** Well-known binary, little-endian, in two dimensions: one geometry after the other. */
class Outlines {
  /** @param {DataView} view @param {number} at */
  constructor(view, at) {
    this.view = view;
    this.at = at;
  }

  count() {
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  position() {
    this.at += 16;
    return [this.view.getFloat64(this.at - 16, true), this.view.getFloat64(this.at - 8, true)];
  }

  /** @template T @param {() => T} one @returns {T[]} */
  several(one) {
    const several = new Array(this.count());
    for (let number = 0; number < several.length; number += 1) several[number] = one();
    return several;
  }

  /** @returns {Geometry} */
  next() {
    if (this.view.getUint8(this.at) !== 1) throw new Error('An outline is not little-endian.');
    this.at += 1;
    const line = () => this.several(() => this.position());
    const rings = () => this.several(line);
    const parts = () => this.several(() => this.next());
    const ofParts = () => parts().map((part) => part.coordinates);
    const type = this.count();
    switch (type) {
      case 1: return {type: 'Point', coordinates: this.position()};
      case 2: return {type: 'LineString', coordinates: line()};
      case 3: return {type: 'Polygon', coordinates: rings()};
      case 4: return {type: 'MultiPoint', coordinates: ofParts()};
      case 5: return {type: 'MultiLineString', coordinates: ofParts()};
      case 6: return {type: 'MultiPolygon', coordinates: ofParts()};
      case 7: return {type: 'GeometryCollection', geometries: parts()};
      default: throw new Error(`An outline has type ${type}.`);
    }
  }
}
