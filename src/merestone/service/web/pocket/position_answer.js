// @ts-check
// One position, answered on the phone: the same classes, distances and words as Python's `screening.answer.answer_for`.
import {azimuthDeg} from './geodesic.js';
import {SEARCHED_M, WARN_M, classOf, refuseNoDistance, statedAccuracyM} from './hazard_class.js';
import {holdsAllAround} from './part_reach.js';
import {footOnOutline, nearestHazard} from './nearest_hazard.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {import('./hazard_class.js').HazardClass} HazardClass */

/**
 * A position. An accuracy that is null, negative or no number is not stated: then nothing is ever "none recorded".
 * @typedef {{lon_deg: number, lat_deg: number, accuracy_m?: number | null}} Position
 */

/**
 * @typedef {object} PositionAnswer
 * @property {HazardClass} answer `inside` also where the stated accuracies allow that the position is inside
 * @property {boolean} is_outside_part whether hazards around it may be missing from the pack, which holds a part of the areas
 * @property {boolean} is_certainly_inside whether the position as given lies in the outline as recorded
 * @property {number | null} distance_m to the nearest outline, 0 inside; null: none within the search limit, or unknown
 * @property {number | null} depth_m inside only: how far the position lies from the outline
 * @property {number | null} azimuth_away_deg clockwise from north, away from that hazard's nearest point, or out
 *   through it from inside; another hazard may lie that way
 * @property {{lon_deg: number, lat_deg: number} | null} nearest_point the outline's
 * @property {string | null} hazard_id its record's identifier
 * @property {string | null} hazard_kind such as `suspected_hazardous_area`
 * @property {number | null} hazard_accuracy_m of its outline; null: not stated, and widened by 1,000 m
 * @property {string | null} begins_on the later day on which it is stated to begin; it is warned of already
 * @property {number} lon_deg @property {number} lat_deg
 * @property {number | null} accuracy_m of the position, as it was taken
 * @property {number} warn_m
 */

/**
 * Screen one position. Nothing of it leaves this device: the pack holds all that is compared with.
 * @param {Pack} pack
 * @param {Position} position
 * @param {{warn_m?: number}} [options] the warning distance, metres
 * @returns {PositionAnswer}
 * @throws {RangeError} the warning distance is not one
 */
export function screenPosition(pack, position, {warn_m = WARN_M} = {}) {
  refuseNoDistance('warn_m', warn_m);
  const {lon_deg, lat_deg} = position;
  const accuracy_m = statedAccuracyM(position.accuracy_m);
  const knownM = accuracy_m ?? 0;
  const limitM = Math.max(SEARCHED_M, warn_m) + knownM;
  const {distance_m, hazard} = nearestHazard(pack, lon_deg, lat_deg, knownM, limitM);
  const measured = classOf(pack, distance_m, hazard, accuracy_m, warn_m);
  const is_outside_part = !holdsAllAround(pack, lon_deg, lat_deg, limitM);
  /** @type {HazardClass} */
  const answer = is_outside_part && measured === 'none recorded' ? 'unknown' : measured;
  const common = {answer, is_outside_part, lon_deg, lat_deg, accuracy_m, warn_m};
  if (hazard < 0) {
    return {
      ...common, is_certainly_inside: false, distance_m: null, depth_m: null, azimuth_away_deg: null, nearest_point: null,
      hazard_id: null, hazard_kind: null, hazard_accuracy_m: null, begins_on: null,
    };
  }
  const named = pack.hazard(hazard);
  const foot = footOnOutline(pack, hazard, lon_deg, lat_deg);
  const isInside = distance_m === 0;
  const towards = foot.distance_m > 0 ? azimuthDeg(lon_deg, lat_deg, foot.lon_deg, foot.lat_deg) : null;
  return {
    ...common, is_certainly_inside: isInside, distance_m,
    depth_m: isInside ? foot.distance_m : null,
    azimuth_away_deg: towards === null ? null : isInside ? towards : (towards + 180) % 360,
    nearest_point: {lon_deg: foot.lon_deg, lat_deg: foot.lat_deg},
    hazard_id: named.record_id, hazard_kind: named.kind, hazard_accuracy_m: named.accuracy_m, begins_on: named.begins_on,
  };
}
