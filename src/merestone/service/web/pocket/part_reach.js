// @ts-check
// How far a pack of a part of the areas can be believed: within its box it answers as the whole pack does, beyond it nobody knows.

/** @typedef {import('./pack_file.js').Pack} Pack */

/** A part holds all hazards within 25 km of its box (src/merestone/bulk/pack_part.py); so far around a place it is asked. */
const KNOWN_M = 20_000;

/** Why a way cannot be answered. */
export const OUTSIDE_PART = 'outside the part of the areas on this phone';

/**
 * Whether a pack holds all hazards within a distance of a place. Of a whole pack, it does everywhere.
 * @param {Pack} pack @param {number} lonDeg @param {number} latDeg @param {number} limitM
 */
export function holdsAllAround(pack, lonDeg, latDeg, limitM) {
  const {part_deg} = pack.about;
  if (!part_deg) return true;
  const [west, south, east, north] = part_deg;
  return limitM <= KNOWN_M && lonDeg >= west && lonDeg <= east && latDeg >= south && latDeg <= north;
}
