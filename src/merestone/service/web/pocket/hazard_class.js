// @ts-check
// The classes of Python's kernel (src/merestone/screening/kernel/nearest.py), and what is assumed where nothing is said.
import {WIDENED_M} from './pack_file.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {'inside' | 'near' | 'none recorded' | 'unknown'} HazardClass */

/** How far an answer looks for the nearest hazard to name, metres. */
export const SEARCHED_M = 10000;
/** The warning distance that is taken where none is given, metres. */
export const WARN_M = 150;

/** @param {string} name @param {number} metres @throws {RangeError} it is not a distance */
export function refuseNoDistance(name, metres) {
  if (!(metres >= 0 && metres < Infinity)) throw new RangeError(`${name}: give metres, 0 or more`);
}

/** An accuracy as it may be used: metres, or null where nobody stated a usable one. @param {unknown} metres */
export function statedAccuracyM(metres) {
  return typeof metres === 'number' && metres >= 0 && metres < Infinity ? metres : null;
}

/**
 * The class of a measured distance. It begins as unknown, so that what no rule reaches stays so. Only an accuracy that
 * was stated can put a position inside; one that was not widens the warning.
 * @param {Pack} pack @param {number} distanceM @param {number} hazard -1: none
 * @param {number | null} accuracyM of the position @param {number} warnM
 * @returns {HazardClass}
 */
export function classOf(pack, distanceM, hazard, accuracyM, warnM) {
  const statedM = hazard < 0 ? 0 : pack.outlines.accuracy_m[hazard];
  const knownM = accuracyM ?? 0;
  const insideM = distanceM - (Number.isNaN(statedM) ? 0 : statedM) - knownM;
  const nearM = distanceM - (Number.isNaN(statedM) ? WIDENED_M : statedM) - knownM;
  if (insideM <= 0) return 'inside';
  if (nearM <= warnM) return 'near';
  if (nearM > warnM && accuracyM !== null) return 'none recorded';
  return 'unknown';
}
