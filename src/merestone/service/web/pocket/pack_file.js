// @ts-check
// A hazard pack as the phone reads it: the same file that Python's src/merestone/bulk/pack.py writes and reads.
import {BoxTree} from './box_tree.js';
import {compactOutlines, isCompact} from './compact_outlines.js';
import {PackRefused, openContainer} from './pack_container.js';

export {PackRefused} from './pack_container.js';

/** What an outline of unstated accuracy is widened by, metres: Python's `terms.WIDENED_M`. */
export const WIDENED_M = 1000;
const OUTSIDE = 'its outlines point outside themselves';

/**
 * What a pack says of itself, for people and for answers. Days are texts, YYYY-MM-DD.
 * @typedef {object} PackAbout
 * @property {string} name its label, or what it is made for
 * @property {string} tier whose view it is: `public`, `partner` or `exact`
 * @property {string} label such as "synthetic exercise data"; empty for real data
 * @property {string} sources who surveyed or published
 * @property {string} notice what no reader may leave unsaid
 * @property {string | null} written_on the day on which the register was last written to
 * @property {string | null} data_first_on @property {string | null} data_last_on the days that sources state
 * @property {number} data_unstated_count @property {number} data_count
 * @property {number} unplaced_count rows that may be hazards and could not be compared with
 * @property {boolean} outlines_generalised whether outlines were made larger than the recorded ones
 * @property {string | null} clock_on @property {string | null} last_written_on
 * @property {number} begin_later_count @property {string | null} begin_later_first_on
 * @property {number} hazard_count @property {number} edge_count
 * @property {[number, number, number, number] | null} bounds_deg west, south, east, north; null: no hazard has a place
 * @property {[number, number, number, number] | null} part_deg of a part of the areas: the box in which it answers; null: the whole
 * @property {number} size_bytes @property {string} identity the SHA-256 of its header, hexadecimal
 */

/**
 * Outlines as the kernel holds them: vertices ring after ring, an edge from each vertex to the next unless it ends.
 * @typedef {object} Outlines
 * @property {Float64Array} lon_deg @property {Float64Array} lat_deg of a part once its coordinates are made
 * @property {(part: number) => void} makeCoordinates to be called before those of a part are read
 * @property {Uint8Array} ends 1: the last vertex of its ring, line or point
 * @property {Float64Array} part_start the first vertex of each part, then how many there are
 * @property {Int32Array} part_hazard which hazard each part belongs to
 * @property {Uint8Array} part_is_area
 * @property {Float64Array} accuracy_m of each hazard; NaN: nobody stated it
 * @property {number} unplaced_count hazards that are in no part
 * @property {number} edge_count
 */

/** An open pack. */
export class Pack {
  /** @param {PackAbout} about @param {Outlines} outlines @param {Names} names @param {Float64Array} boxes */
  constructor(about, outlines, names, boxes) {
    this.about = about;
    this.outlines = outlines;
    this.names = names;
    this.boxes = boxes;
    const widenedM = new Float64Array(outlines.part_hazard.length);
    /** @type {number[][]} */
    const groups = [[], []];
    for (let part = 0; part < widenedM.length; part++) {
      widenedM[part] = this.widenedM(outlines.part_hazard[part]);
      groups[Number.isNaN(outlines.accuracy_m[outlines.part_hazard[part]]) ? 1 : 0].push(part);
    }
    /**
     * Hazards whose accuracy is stated, and those where it is not, apart: the latter can put a position near that
     * another puts inside, and the worse of the two must stand.
     */
    this.trees = groups.filter((parts) => parts.length).map((parts) => new BoxTree(boxes, widenedM, Uint32Array.from(parts)));
  }

  /** By how much a hazard is widened, metres. @param {number} hazard */
  widenedM(hazard) {
    const statedM = this.outlines.accuracy_m[hazard];
    return Number.isNaN(statedM) ? WIDENED_M : statedM;
  }

  /** The parts of a hazard. @param {number} hazard @returns {number[]} */
  partsOf(hazard) {
    const {part_hazard} = this.outlines;
    const parts = [];
    for (let part = part_hazard.indexOf(hazard); part >= 0; part = part_hazard.indexOf(hazard, part + 1)) parts.push(part);
    return parts;
  }

  /** This pack with one hazard alone, which keeps its number. @param {number} hazard */
  withHazard(hazard) {
    /** @type {Pack} */
    const alone = Object.create(this);
    const parts = Uint32Array.from(this.partsOf(hazard));
    const widenedM = new Float64Array(this.outlines.part_hazard.length);
    for (const part of parts) widenedM[part] = this.widenedM(hazard);
    alone.trees = parts.length ? [new BoxTree(this.boxes, widenedM, parts)] : [];
    return alone;
  }

  /** What an answer names of a hazard. @param {number} hazard its number in the pack */
  hazard(hazard) {
    const statedM = this.outlines.accuracy_m[hazard];
    return {
      record_id: this.names.recordId(hazard),
      kind: this.names.kind(hazard),
      accuracy_m: Number.isNaN(statedM) ? null : statedM,
      begins_on: this.names.beginsOn.get(hazard) ?? null,
    };
  }
}

/** Identifiers, kinds and later days of hazards, made into texts when they are asked for. */
class Names {
  /** @param {Uint8Array} utf8 @param {Float64Array} start @param {Uint8Array} kindNumber @param {string[]} kinds @param {Map<number, string>} beginsOn */
  constructor(utf8, start, kindNumber, kinds, beginsOn) {
    this.utf8 = utf8;
    this.start = start;
    this.kindNumber = kindNumber;
    this.kinds = kinds;
    this.beginsOn = beginsOn;
    this.decoder = new TextDecoder('utf-8', {fatal: true});
  }

  /** @param {number} hazard */
  recordId(hazard) {
    return this.decoder.decode(this.utf8.subarray(this.start[hazard], this.start[hazard + 1]));
  }

  /** @param {number} hazard */
  kind(hazard) {
    return this.kinds[this.kindNumber[hazard]];
  }
}

/**
 * Open a hazard pack: everything that answers rest on is read, compared with its checksums unless its digest is known, and checked.
 * @param {ArrayBuffer} bytes the whole file
 * @param {{isDigestKnown?: boolean}} [options] as for `openContainer`
 * @returns {Promise<Pack>}
 * @throws {PackRefused} it is damaged, cut off, of a newer version, or says what cannot be
 */
export async function openPack(bytes, options) {
  const file = await openContainer(bytes, options);
  const {boxes, ...outlines} = outlinesOf(file);
  refuseOffGlobe(boxes);
  const names = namesOf(file, outlines.accuracy_m.length);
  return new Pack(aboutOf(file, outlines, boxes), outlines, names, boxes);
}

/** @typedef {import('./pack_container.js').PackContainer} PackContainer */

/** @param {PackContainer} file @returns {Outlines & {boxes: Float64Array}} */
function outlinesOf(file) {
  const floats = (/** @type {string} */ name) => /** @type {Float64Array} */ (file.array(`outlines.${name}`, '<f8'));
  const flags = (/** @type {string} */ name) => /** @type {Uint8Array} */ (file.array(`outlines.${name}`, '|b1'));
  const owners = (/** @type {string} */ name) => /** @type {Int32Array} */ (file.array(`outlines.${name}`, '<i4'));
  const unplaced = owners('unplaced');
  const places = isCompact(file) ? compactOutlines(file) : plainOutlines(file);
  const outlines = {
    ...places,
    part_hazard: owners('part_hazard'),
    part_is_area: flags('part_is_area'),
    accuracy_m: floats('accuracy_m'),
    unplaced_count: unplaced.length,
  };
  const hazards = outlines.accuracy_m.length;
  const isNumbered = (/** @type {Int32Array} */ numbers) => numbers.every((n) => n >= 0 && n < hazards);
  const isSound =
    arePartsSound(outlines) &&
    isNumbered(outlines.part_hazard) &&
    isNumbered(unplaced) &&
    outlines.accuracy_m.every((metres) => Number.isNaN(metres) || (metres >= 0 && metres < Infinity));
  if (!isSound) throw new PackRefused(OUTSIDE);
  return outlines;
}

/** @param {Outlines} outlines */
function arePartsSound({lon_deg, lat_deg, ends, part_start, part_hazard, part_is_area}) {
  const parts = part_hazard.length;
  const areCountsAlike =
    lat_deg.length === lon_deg.length && ends.length === lon_deg.length && part_is_area.length === parts &&
    part_start.length === parts + 1 && part_start[0] === 0 && part_start[parts] === lon_deg.length;
  if (!areCountsAlike) return false;
  for (let part = 0; part < parts; part++) {
    // A point is an edge from itself to itself.
    if (part_start[part + 1] < part_start[part] + 2 || ends[part_start[part + 1] - 1] !== 1) return false;
    if (part_is_area[part] > 1) return false;
  }
  return true;
}

/**
 * Outlines whose coordinates stand as they are.
 * @param {PackContainer} file
 */
function plainOutlines(file) {
  const floats = (/** @type {string} */ name) => /** @type {Float64Array} */ (file.array(`outlines.${name}`, '<f8'));
  const [lon_deg, lat_deg, part_start] = [floats('lon_deg'), floats('lat_deg'), /** @type {Float64Array} */ (file.array('outlines.part_start', '<i8'))];
  const ends = /** @type {Uint8Array} */ (file.array('outlines.ends', '|b1'));
  let edge_count = 0;
  for (let i = 0, before = 1; i < ends.length; i++) {
    if (ends[i] > 1 || (before && ends[i])) throw new PackRefused(OUTSIDE);
    before = ends[i];
    edge_count += 1 - before;
  }
  const boxes = new Float64Array(4 * Math.max(0, part_start.length - 1));
  if (lon_deg.length === lat_deg.length && part_start.at(-1) === lon_deg.length) {
    bound(boxes, 0, lon_deg, part_start);
    bound(boxes, 1, lat_deg, part_start);
  }
  return {lon_deg, lat_deg, ends, part_start, edge_count, boxes, makeCoordinates: () => {}};
}

/** The least and the largest coordinate of each part; NaN if one of them is not a number. @param {Float64Array} boxes @param {number} nth @param {Float64Array} values @param {Float64Array} partStart */
function bound(boxes, nth, values, partStart) {
  for (let part = 0; part < partStart.length - 1; part++) {
    let [least, most] = [Infinity, -Infinity];
    const end = Math.min(partStart[part + 1], values.length);
    for (let v = partStart[part]; v < end; v++) {
      least = Math.min(least, values[v]);
      most = Math.max(most, values[v]);
    }
    boxes[4 * part + nth] = least;
    boxes[4 * part + nth + 2] = most;
  }
}

/** No vertex may be off the globe. @param {Float64Array} boxes west, south, east and north of each part, degrees */
function refuseOffGlobe(boxes) {
  for (let at = 0; at < boxes.length; at += 4) {
    // A coordinate that is not a number is not within these either.
    const isOnGlobe = boxes[at] >= -180 && boxes[at + 2] <= 180 && boxes[at + 1] >= -90 && boxes[at + 3] <= 90;
    if (!isOnGlobe) throw new PackRefused('its outlines lie off the globe');
  }
}

/** @param {PackContainer} file @param {number} hazards */
function namesOf(file, hazards) {
  const utf8 = /** @type {Uint8Array} */ (file.array('record_ids.utf8', '|u1'));
  const start = /** @type {Float64Array} */ (file.array('record_ids.start', '<i8'));
  const kindNumber = /** @type {Uint8Array} */ (file.array('kinds', '|u1'));
  const {kinds} = file.about;
  const isSound =
    start.length === hazards + 1 && start[0] === 0 && start[hazards] === utf8.length &&
    start.every((at, i) => i === 0 || at >= start[i - 1]) && kindNumber.length === hazards;
  if (!isSound) throw new PackRefused('its identifiers do not fit its hazards');
  if (!Array.isArray(kinds) || !kindNumber.every((n) => typeof kinds[n] === 'string')) {
    throw new PackRefused('its kinds point outside their list');
  }
  const beginsOn = new Map(Object.entries(file.about.begins_on ?? {}).map(([at, day]) => [Number(at), String(day)]));
  return new Names(utf8, start, kindNumber, kinds, beginsOn);
}

/** @param {PackContainer} file @param {Outlines} outlines @param {Float64Array} boxes @returns {PackAbout} */
function aboutOf(file, outlines, boxes) {
  const stated = file.about;
  const text = (/** @type {string} */ key) => {
    if (typeof stated[key] !== 'string') throw new PackRefused(`its header has no ${key}`);
    return stated[key];
  };
  const day = (/** @type {string} */ key) => (typeof stated[key] === 'string' ? stated[key] : null);
  const count = (/** @type {string} */ key, /** @type {number | undefined} */ absent) => {
    const value = stated[key] ?? absent;
    if (!Number.isSafeInteger(value) || value < 0) throw new PackRefused(`its header has no ${key}`);
    return value;
  };
  if (!['straight', 'geodesic'].includes(stated.edges)) throw new PackRefused('its header has no edges');
  const tier = text('audience');
  const label = text('label');
  return {
    name: label || `Hazards, ${tier} view`,
    tier, label, sources: text('sources'), notice: text('notice'),
    written_on: day('written_on') ?? day('data_on'), // the latter in packs of before 2026-11-28
    data_first_on: day('data_first_on'), data_last_on: day('data_last_on'),
    data_unstated_count: count('data_unstated_count', 0), data_count: count('data_count', 0),
    unplaced_count: count('unplaced_count', undefined) + count('unplaced_rows', undefined) + outlines.unplaced_count,
    outlines_generalised: stated.outlines_generalised !== false,
    clock_on: day('clock_on'), last_written_on: day('last_written_on'),
    begin_later_count: count('begin_later_count', 0), begin_later_first_on: day('begin_later_first_on'),
    hazard_count: outlines.accuracy_m.length, edge_count: outlines.edge_count,
    bounds_deg: boundsOf(boxes), part_deg: partOf(stated.part_deg),
    size_bytes: file.buffer.byteLength, identity: file.identity,
  };
}

/** @param {unknown} bounds @returns {[number, number, number, number] | null} */
function partOf(bounds) {
  if (bounds === undefined) return null;
  if (!Array.isArray(bounds) || bounds.length !== 4 || !bounds.every(Number.isFinite)) throw new PackRefused('its header has no part_deg');
  return [bounds[0], bounds[1], bounds[2], bounds[3]];
}

/** @param {Float64Array} boxes @returns {[number, number, number, number] | null} */
function boundsOf(boxes) {
  if (!boxes.length) return null;
  /** @type {[number, number, number, number]} */
  const all = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < boxes.length; at += 4) {
    all[0] = Math.min(all[0], boxes[at]);
    all[1] = Math.min(all[1], boxes[at + 1]);
    all[2] = Math.max(all[2], boxes[at + 2]);
    all[3] = Math.max(all[3], boxes[at + 3]);
  }
  return all;
}
