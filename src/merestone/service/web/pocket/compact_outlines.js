// @ts-check
// Outlines that stand as steps from each part's first vertex: Python's src/merestone/bulk/_compact_outlines.py. A step is
// a power of two, so that no number here is rounded: the coordinates are to the last bit those that were packed.
import {PackRefused} from './pack_container.js';

/** @typedef {import('./pack_container.js').PackContainer} PackContainer */

const NO_FIT = 'the arrays of its outlines do not fit each other';

/** Whether a pack holds its outlines so. @param {PackContainer} file */
export function isCompact(file) {
  return file.has('outlines.exponent');
}

/**
 * Coordinates, ends and starts of parts.
 * @param {PackContainer} file
 * @returns {{lon_deg: Float64Array, lat_deg: Float64Array, ends: Uint8Array, part_start: Float64Array}}
 * @throws {PackRefused} the arrays do not fit each other
 */
export function expandedOutlines(file) {
  const numbers = (/** @type {string} */ name) => /** @type {Uint32Array} */ (file.array(`outlines.${name}`, '<u4'));
  const exponent = /** @type {Uint8Array} */ (file.array('outlines.exponent', '|u1'));
  const {ends, part_start} = ringsOf(numbers('ring_sizes'), numbers('part_rings'), exponent.length);
  const axis = (/** @type {string} */ name) => expandedAxis(file, name, exponent, part_start);
  return {lon_deg: axis('lon'), lat_deg: axis('lat'), ends, part_start};
}

/** @param {Uint32Array} ringSizes @param {Uint32Array} partRings @param {number} parts */
function ringsOf(ringSizes, partRings, parts) {
  if (partRings.length !== parts) throw new PackRefused(NO_FIT);
  let vertices = 0;
  for (const size of ringSizes) vertices += size;
  if (vertices >= 2 ** 31 || ringSizes.includes(0)) throw new PackRefused(NO_FIT);
  const ends = new Uint8Array(vertices);
  const part_start = new Float64Array(parts + 1);
  let [ring, vertex] = [0, 0];
  for (let part = 0; part < parts; part++) {
    if (!partRings[part] || ring + partRings[part] > ringSizes.length) throw new PackRefused(NO_FIT);
    for (let last = ring + partRings[part]; ring < last; ring++) {
      vertex += ringSizes[ring];
      ends[vertex - 1] = 1;
    }
    part_start[part + 1] = vertex;
  }
  if (ring !== ringSizes.length) throw new PackRefused(NO_FIT);
  return {ends, part_start};
}

/** @param {PackContainer} file @param {string} name @param {Uint8Array} exponent @param {Float64Array} partStart */
function expandedAxis(file, name, exponent, partStart) {
  const parts = exponent.length;
  const first = /** @type {Float64Array} */ (file.array(`outlines.first_${name}_deg`, '<f8'));
  const low = /** @type {Uint32Array} */ (file.array(`outlines.${name}_low`, '<u4'));
  const high = /** @type {Int16Array} */ (file.array(`outlines.${name}_high`, '<i2'));
  const full = /** @type {Float64Array} */ (file.array(`outlines.full_${name}_deg`, '<f8'));
  const values = new Float64Array(partStart[parts]);
  let step = 0;
  let whole = 0;
  for (let part = 0; part < parts; part++) {
    const begin = partStart[part] | 0; // whole numbers in loops, not floats, are quicker by a third
    const end = partStart[part + 1] | 0;
    if (exponent[part] === 0) {
      for (let v = begin; v < end; v++, whole++) values[v] = full[whole];
      continue;
    }
    const base = first[part];
    const stepDeg = 2 ** -exponent[part];
    const highDeg = stepDeg * 4294967296;
    for (let v = begin; v < end; v++, step++) values[v] = base + (high[step] * highDeg + low[step] * stepDeg);
  }
  // What was read beyond an array's end is no number, which no outline may hold; what was left over does not fit.
  if (step !== low.length || step !== high.length || whole !== full.length || first.length !== parts) {
    throw new PackRefused(NO_FIT);
  }
  return values;
}
