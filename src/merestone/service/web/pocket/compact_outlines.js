// @ts-check
// Outlines that stand as steps from each part's first vertex: Python's src/merestone/bulk/_compact_outlines.py. A step is
// a power of two, so that no number here is rounded: the coordinates are to the last bit those that were packed.
import {PackRefused} from './pack_container.js';

/** @typedef {import('./pack_container.js').PackContainer} PackContainer */

/** What one of the upper halves stands for. */
const HIGH = 2 ** 32;
const NO_FIT = 'the arrays of its outlines do not fit each other';

/** Whether a pack holds its outlines so. @param {PackContainer} file */
export function isCompact(file) {
  return file.has('outlines.exponent');
}

/**
 * Ends and starts of parts, and their boxes. Coordinates of a part are made once it is looked at: most never are, and all
 * together take the phone longer than everything else.
 * @param {PackContainer} file
 * @returns {{lon_deg: Float64Array, lat_deg: Float64Array, ends: Uint8Array, part_start: Float64Array, edge_count: number, boxes: Float64Array, makeCoordinates: (part: number) => void}}
 * @throws {PackRefused} the arrays do not fit each other
 */
export function compactOutlines(file) {
  const numbers = (/** @type {string} */ name) => /** @type {Uint32Array} */ (file.array(`outlines.${name}`, '<u4'));
  const exponent = /** @type {Uint8Array} */ (file.array('outlines.exponent', '|u1'));
  const {ends, part_start, edge_count} = ringsOf(numbers('ring_sizes'), numbers('part_rings'), exponent.length);
  const stepStart = stepsOf(exponent, part_start);
  const axes = ['lon', 'lat'].map((name) => new Axis(file, name, exponent, part_start, stepStart));
  const boxes = new Float64Array(4 * exponent.length);
  axes.forEach((axis, nth) => axis.bound(boxes, nth));
  const isMade = new Uint8Array(exponent.length);
  const makeCoordinates = (/** @type {number} */ part) => {
    if (isMade[part]) return;
    for (const axis of axes) axis.make(part);
    isMade[part] = 1;
  };
  const [lon_deg, lat_deg] = axes.map(({values}) => values);
  return {lon_deg, lat_deg, ends, part_start, edge_count, boxes, makeCoordinates};
}

/** @param {Uint32Array} ringSizes @param {Uint32Array} partRings @param {number} parts */
function ringsOf(ringSizes, partRings, parts) {
  if (partRings.length !== parts) throw new PackRefused(NO_FIT);
  const rings = ringSizes.length;
  let vertices = 0;
  for (let ring = 0; ring < rings; ring++) {
    if (ringSizes[ring] < 2) throw new PackRefused(NO_FIT); // a point is an edge from itself to itself
    vertices += ringSizes[ring];
  }
  if (vertices >= 2 ** 31) throw new PackRefused(NO_FIT);
  const ends = new Uint8Array(vertices);
  const part_start = new Float64Array(parts + 1);
  let [ring, vertex] = [0, 0];
  for (let part = 0; part < parts; part++) {
    const last = ring + partRings[part];
    if (!partRings[part] || last > rings) throw new PackRefused(NO_FIT);
    for (; ring < last; ring++) {
      vertex += ringSizes[ring];
      ends[vertex - 1] = 1;
    }
    part_start[part + 1] = vertex;
  }
  if (ring !== rings) throw new PackRefused(NO_FIT);
  return {ends, part_start, edge_count: vertices - rings};
}

/** How many vertices that stand as steps come before each part, then how many there are. @param {Uint8Array} exponent @param {Float64Array} partStart */
function stepsOf(exponent, partStart) {
  const stepStart = new Float64Array(exponent.length + 1);
  for (let part = 0; part < exponent.length; part++) {
    stepStart[part + 1] = stepStart[part] + (exponent[part] ? partStart[part + 1] - partStart[part] : 0);
  }
  return stepStart;
}

/** Longitudes or latitudes. */
class Axis {
  /** @param {PackContainer} file @param {string} name @param {Uint8Array} exponent @param {Float64Array} partStart @param {Float64Array} stepStart */
  constructor(file, name, exponent, partStart, stepStart) {
    const parts = exponent.length;
    this.exponent = exponent;
    this.partStart = partStart;
    this.stepStart = stepStart;
    this.first = /** @type {Float64Array} */ (file.array(`outlines.first_${name}_deg`, '<f8'));
    this.low = /** @type {Uint32Array} */ (file.array(`outlines.${name}_low`, '<u4'));
    this.high = /** @type {Int16Array} */ (file.array(`outlines.${name}_high`, '<i2'));
    this.full = /** @type {Float64Array} */ (file.array(`outlines.full_${name}_deg`, '<f8'));
    const steps = stepStart[parts];
    const isFit = steps === this.low.length && steps === this.high.length && partStart[parts] - steps === this.full.length && this.first.length === parts;
    if (!isFit) throw new PackRefused(NO_FIT);
    this.values = new Float64Array(partStart[parts]);
  }

  /** Make the coordinates of a part. @param {number} part */
  make(part) {
    const {values, low, high, full} = this;
    const end = this.partStart[part + 1];
    let v = this.partStart[part];
    if (this.exponent[part] === 0) {
      for (let whole = v - this.stepStart[part]; v < end; v++, whole++) values[v] = full[whole];
      return;
    }
    const base = this.first[part];
    const stepDeg = 2 ** -this.exponent[part];
    for (let step = this.stepStart[part]; v < end; v++, step++) values[v] = base + (high[step] * HIGH + low[step]) * stepDeg;
  }

  /** The least and the largest coordinate of each part; NaN if one of them is not a number. @param {Float64Array} boxes @param {number} nth where they stand in each box */
  bound(boxes, nth) {
    const {exponent, partStart, stepStart, first, low, high, full} = this;
    for (let part = 0; part < exponent.length; part++) {
      let [least, most] = [Infinity, -Infinity];
      const isStepped = exponent[part] > 0;
      let at = (isStepped ? stepStart[part] : partStart[part] - stepStart[part]) | 0; // whole numbers in loops, not floats, are quicker
      const end = (at + partStart[part + 1] - partStart[part]) | 0;
      if (isStepped) {
        for (; at < end; at++) {
          const steps = high[at] * HIGH + low[at];
          if (steps < least) least = steps;
          if (steps > most) most = steps;
        }
        const stepDeg = 2 ** -exponent[part];
        least = first[part] + least * stepDeg;
        most = first[part] + most * stepDeg;
      } else {
        for (; at < end; at++) {
          least = Math.min(least, full[at]);
          most = Math.max(most, full[at]);
        }
      }
      boxes[4 * part + nth] = least;
      boxes[4 * part + nth + 2] = most;
    }
  }
}
