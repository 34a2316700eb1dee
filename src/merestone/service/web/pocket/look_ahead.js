// @ts-check
// What lies ahead of a walker who goes straight on: the way is screened as a route, every metre of it.
import {destination} from './geodesic.js';
import {WARN_M, refuseNoDistance, statedAccuracyM} from './hazard_class.js';
import {screenPosition} from './position_answer.js';
import {screenTrack} from './screen_track.js';
import {isPlace} from './way_pieces.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {import('./hazard_class.js').HazardClass} HazardClass */

const STEP_M = 100;
/** Between places a step apart a geodesic leaves the straight line by less than this, up to the latitude below. */
const SAG_M = 0.02;
const MOST_LAT_DEG = 89;

/**
 * @typedef {object} AheadAnswer
 * @property {HazardClass} answer the worst on the way
 * @property {number | null} in_m how far ahead that begins, metres @property {number | null} in_s and how soon, seconds;
 *   null where nothing lies on the way, or no direction is known
 * @property {number | null} distance_m the least distance on the way to the outline of the hazard that is named
 * @property {string | null} hazard_id @property {string | null} hazard_kind @property {number | null} hazard_accuracy_m
 */

/**
 * What lies ahead for some seconds; where no direction is known, what lies within reach all around.
 * @param {Pack} pack @param {import('./position_answer.js').Position} position
 * @param {number | null} speedMS metres per second; null, NaN or 0: not moving
 * @param {number | null} headingDeg clockwise from north; null or NaN: not known
 * @param {number} seconds
 * @param {{warn_m?: number}} [options]
 * @returns {AheadAnswer}
 */
export function lookAhead(pack, position, speedMS, headingDeg, seconds, {warn_m = WARN_M} = {}) {
  refuseNoDistance('warn_m', warn_m);
  const speed = typeof speedMS === 'number' && speedMS > 0 && speedMS < Infinity ? speedMS : 0;
  const reachM = seconds > 0 && seconds < Infinity ? speed * seconds : 0;
  const isDirected = reachM > 0 && typeof headingDeg === 'number' && Number.isFinite(headingDeg);
  if (!isDirected || !isPlace(position) || Math.abs(position.lat_deg) > MOST_LAT_DEG - reachM / 111_000) {
    return allAround(pack, position, warn_m + reachM);
  }
  const steps = Math.ceil(reachM / STEP_M);
  const {lon_deg, lat_deg} = position;
  const fixes = Array.from({length: steps + 1}, (_, i) =>
    i ? destination(lon_deg, lat_deg, headingDeg, (i / steps) * reachM) : {lon_deg, lat_deg});
  const accuracy_m = statedAccuracyM(position.accuracy_m);
  const way = screenTrack(pack, fixes, {accuracy_m, warn_m, sag_m: SAG_M});
  const first = way.parts.find((part) => part.answer === way.answer);
  const {closest} = way;
  return {
    answer: way.answer, in_m: first ? first.start_m : null, in_s: first ? first.start_m / speed : null,
    distance_m: closest?.distance_m ?? null, hazard_id: closest?.hazard_id ?? null,
    hazard_kind: closest?.hazard_kind ?? null, hazard_accuracy_m: closest?.hazard_accuracy_m ?? null,
  };
}

/** Whichever way is taken, it leads no farther than its reach. @param {Pack} pack @param {import('./position_answer.js').Position} position @param {number} warnM */
function allAround(pack, position, warnM) {
  const {answer, distance_m, hazard_id, hazard_kind, hazard_accuracy_m} = screenPosition(pack, position, {warn_m: warnM});
  return {answer, in_m: null, in_s: null, distance_m, hazard_id, hazard_kind, hazard_accuracy_m};
}
