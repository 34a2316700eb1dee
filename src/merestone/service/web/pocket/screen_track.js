// @ts-check
// A recording or a route on the phone: which parts lie inside or near, where it is closest, where nobody knows the way.
import {SEARCHED_M, WARN_M, refuseNoDistance, statedAccuracyM} from './hazard_class.js';
import {atOnce} from './turns.js';
import {WIDENED_M} from './pack_file.js';
import {OUTSIDE_PART, holdsAllAround} from './part_reach.js';
import {closestPlace, dangerousStretches} from './way_danger.js';
import {stopsOf} from './way_stops.js';
import {isPlace, layOut, metresAt} from './way_pieces.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {import('./way_pieces.js').Fix} Fix */
/** @typedef {import('./way_pieces.js').Leg} Leg */
/** @typedef {import('./way_pieces.js').Piece} Piece */
/** @typedef {import('./way_danger.js').Stretch} Stretch */
/** @typedef {import('./hazard_class.js').HazardClass} HazardClass */

/**
 * Where a hazard comes nearest, less what it is widened by. The distance is too small by at most 0.1 m, never too large.
 * @typedef {{lon_deg: number, lat_deg: number, distance_m: number, at_m: number, at_ms: number | null, hazard_id: string,
 *   hazard_kind: string, hazard_accuracy_m: number | null, begins_on: string | null}} ClosestPlace
 */
/**
 * @typedef {{answer: 'inside' | 'near', start_m: number, end_m: number, start_ms: number | null, end_ms: number | null,
 *   closest: ClosestPlace | null}} TrackPart
 */
/**
 * Where a recording says nothing for long or for far. The straight way was screened; where it led is not known.
 * @typedef {{start_m: number, end_m: number, seconds: number | null}} TrackGap
 */
/**
 * A recorded hazard that the way enters or comes near, once, with its least distance.
 * @typedef {{answer: 'inside' | 'near', distance_m: number, hazard_id: string, hazard_kind: string,
 *   hazard_accuracy_m: number | null}} TrackStop
 */
/**
 * @typedef {object} TrackAnswer
 * @property {HazardClass} answer the worst along the way: inside, near, then unknown, and only then none recorded
 * @property {string} fault why something could not be answered; empty where there is no reason
 * @property {number} length_m @property {number} inside_m @property {number} near_m near and not inside
 * @property {TrackPart[]} parts in the order of the way; ends are stretched by up to 0.1 m
 * @property {ClosestPlace | null} closest of the worst parts, or of all of it
 * @property {TrackStop[]} stops
 * @property {TrackGap[]} gaps @property {number} unusable_fixes
 * @property {number | null} accuracy_m @property {number} warn_m
 */
/** @typedef {{accuracy_m?: number | null, warn_m?: number, sag_m?: number, isRecording?: boolean}} WayOptions */

/** Two fixes of a recording farther apart than one of these are a gap in it: Python's `screening.shapes.track`. */
const GAP_M = 500;
const GAP_S = 300;
/** Fixes nearer to each other than this are no gap, however long the rest was. */
const STILL_M = 30;
/** A position so far outside all hazards, whose swapped twin lies among them, is taken for swapped. */
const FAR_DEG = 5;

/**
 * Screen a recording or a route, all at once. Of a long one see `wayScreening`.
 * @param {Pack} pack @param {Fix[]} fixes @param {WayOptions} [options] @returns {TrackAnswer}
 */
export const screenTrack = (pack, fixes, options) => atOnce(wayScreening(pack, fixes, options));

/**
 * Screen a recording (fixes with times) or a route (points without). Nothing is sampled: every metre is decided.
 * @param {Pack} pack @param {Fix[]} fixes
 * @param {WayOptions} [options] the accuracy of all fixes, metres; left
 *   out: the worst of theirs. Where one is not stated a way is never none recorded. `sag_m`: how far the way may leave the
 *   straight legs. `isRecording`: whether a segment continues the one before; left out: if a fix has a time
 * @returns {import('./turns.js').Work<TrackAnswer>}
 */
export function* wayScreening(pack, fixes, {accuracy_m: statedM = worstAccuracyM(fixes), warn_m = WARN_M, sag_m = 0, isRecording = hasTimes(fixes)} = {}) {
  refuseNoDistance('warn_m', warn_m);
  const accuracy_m = statedAccuracyM(statedM);
  const knownM = accuracy_m ?? 0;
  const {legs, pieces, lengthM, unusable} = yield* layOut(fixes, isRecording);
  const stretches = yield* dangerousStretches(pack, pieces, knownM, warn_m, sag_m);
  /** @param {Parameters<typeof closestPlace>[1]} some @param {number} maxM @returns {import('./turns.js').Work<ClosestPlace | null>} */
  function* toClosest(some, maxM) {
    return closestOf(pack, fixes, yield* closestPlace(pack, some, maxM, sag_m));
  }
  /** @type {TrackPart[]} */
  const parts = [];
  for (const run of joined(stretches)) {
    const [first, last] = [run[0], run[run.length - 1]];
    parts.push({
      answer: first.answer,
      start_m: metresAt(first.piece, first.t0), end_m: metresAt(last.piece, last.t1),
      start_ms: timeAt(fixes, first.piece, first.t0), end_ms: timeAt(fixes, last.piece, last.t1),
      closest: yield* toClosest(run, warn_m + knownM),
    });
  }
  const gaps = isRecording ? gapsOf(fixes, legs) : [];
  const metresOf = (/** @type {string} */ answer) =>
    parts.reduce((sum, part) => sum + (part.answer === answer ? part.end_m - part.start_m : 0), 0);
  const whole = pieces.map((piece) => ({piece, t0: 0, t1: 1, answer: 'near'}));
  return {
    ...classOfWay(pack, fixes, parts, gaps, accuracy_m, pieces.length, Math.max(SEARCHED_M, warn_m) + knownM),
    length_m: lengthM, inside_m: metresOf('inside'), near_m: metresOf('near'), parts,
    closest: parts.length ? worstOf(parts) : yield* toClosest(whole, Math.max(SEARCHED_M, warn_m)),
    stops: yield* stopsOf(pack, stretches, knownM, warn_m, sag_m), gaps, unusable_fixes: unusable, accuracy_m, warn_m,
  };
}

/** The worst accuracy of some fixes; null where one does not state it. @param {Fix[]} fixes */
function worstAccuracyM(fixes) {
  const stated = fixes.map((fix) => statedAccuracyM(fix.accuracy_m));
  if (!stated.length || stated.includes(null)) return null;
  return stated.reduce((/** @type {number} */ worst, metres) => Math.max(worst, metres ?? 0), 0);
}

/** Stretches that follow each other with one answer. @param {Stretch[]} stretches */
function joined(stretches) {
  /** @type {Stretch[][]} */
  const runs = [];
  for (const stretch of stretches) {
    const run = runs[runs.length - 1];
    const before = run?.[run.length - 1];
    const follows =
      before?.answer === stretch.answer &&
      (before.piece === stretch.piece
        ? before.t1 === stretch.t0
        : before.t1 === 1 && stretch.t0 === 0 && before.piece.leg.line === stretch.piece.leg.line &&
          Math.abs(before.piece.startM + before.piece.lengthM - stretch.piece.startM) < 1e-6);
    if (follows) run.push(stretch);
    else runs.push([stretch]);
  }
  return runs;
}

/** @param {TrackPart[]} parts */
function worstOf(parts) {
  const worst = parts.filter((part) => part.answer === 'inside');
  const key = (/** @type {TrackPart} */ part) =>
    part.closest ? part.closest.distance_m - (part.closest.hazard_accuracy_m ?? (part.answer === 'inside' ? 0 : WIDENED_M)) : Infinity;
  const sorted = [...(worst.length ? worst : parts)].sort((a, b) =>
    Number((a.closest?.distance_m ?? 1) > 0) - Number((b.closest?.distance_m ?? 1) > 0) || key(a) - key(b));
  return sorted[0].closest;
}

/** @param {Pack} pack @param {Fix[]} fixes @param {import('./way_danger.js').Closest | null} place @returns {ClosestPlace | null} */
function closestOf(pack, fixes, place) {
  if (!place) return null;
  const named = pack.hazard(place.hazard);
  return {
    lon_deg: place.lon_deg, lat_deg: place.lat_deg, distance_m: place.distance_m,
    at_m: metresAt(place.piece, place.t), at_ms: timeAt(fixes, place.piece, place.t),
    hazard_id: named.record_id, hazard_kind: named.kind, hazard_accuracy_m: named.accuracy_m, begins_on: named.begins_on,
  };
}

/** @param {Fix} fix */
function timeOf(fix) {
  return typeof fix.at_ms === 'number' && Number.isFinite(fix.at_ms) ? fix.at_ms : null;
}

/** The time at a place, between those of the fixes beside it; null where they lack one or run backwards. @param {Fix[]} fixes @param {Piece} piece @param {number} t */
function timeAt(fixes, {leg, first, share}, t) {
  const at = first + t * share;
  const [before, after] = [timeOf(fixes[leg.from]), timeOf(fixes[leg.to])];
  if (at === 0) return before;
  if (at === 1) return after;
  return before === null || after === null || after < before ? null : Math.round(before + (after - before) * at);
}

/** @param {Fix[]} fixes */
const hasTimes = (fixes) => fixes.some((fix) => timeOf(fix) !== null);

/** Gaps of a recording; of one without times, those between its segments. @param {Fix[]} fixes @param {Leg[]} legs @returns {TrackGap[]} */
function gapsOf(fixes, legs) {
  // Where fixes lack a time, the time that passed between those around them is the most that one of them stands for.
  const earlier = fixes.map(timeOf);
  const later = [...earlier];
  for (let i = 1; i < fixes.length; i++) earlier[i] ??= earlier[i - 1];
  for (let i = fixes.length - 2; i >= 0; i--) later[i] ??= later[i + 1];
  const areTimesStated = hasTimes(fixes);
  const gaps = [];
  for (const {from, to, startM, lengthM, isJoin} of legs) {
    if (from === to || !(areTimesStated || isJoin)) continue;
    const [most0, most1] = [earlier[from], later[to]];
    const passedMs = most0 === null || most1 === null ? 0 : Math.abs(most1 - most0);
    if (!(lengthM > GAP_M || (passedMs > 1000 * GAP_S && lengthM > STILL_M))) continue;
    const [before, after] = [timeOf(fixes[from]), timeOf(fixes[to])];
    const seconds = before === null || after === null || after < before ? null : (after - before) / 1000;
    gaps.push({start_m: startM, end_m: startM + lengthM, seconds});
  }
  return gaps;
}

/**
 * The worst class, and the reason where it cannot be answered as it stands.
 * @param {Pack} pack @param {Fix[]} fixes @param {TrackPart[]} parts @param {TrackGap[]} gaps
 * @param {number | null} accuracyM @param {number} pieceCount @param {number} limitM how far around a place hazards are looked for
 * @returns {{answer: HazardClass, fault: string}}
 */
function classOfWay(pack, fixes, parts, gaps, accuracyM, pieceCount, limitM) {
  let fault = '';
  if (accuracyM === null) fault = 'accuracy not stated';
  if (!pack.trees.length) fault = 'no hazard to compare with';
  // A box has no bays: a straight leg between two places in it does not leave it.
  if (fixes.some(({lon_deg, lat_deg}) => !holdsAllAround(pack, lon_deg, lat_deg, limitM))) fault = OUTSIDE_PART;
  if (lookSwapped(pack, fixes)) fault = 'axes seem swapped';
  if (!pieceCount) fault = 'position missing';
  if (fixes.some((fix) => !isPlace(fix))) fault = 'out of range';
  if (fixes.some(({lon_deg, lat_deg}) => !Number.isFinite(lon_deg) || !Number.isFinite(lat_deg))) fault = 'position missing';
  if (parts.some((part) => part.answer === 'inside')) return {answer: 'inside', fault};
  if (parts.length) return {answer: 'near', fault};
  if (fault) return {answer: 'unknown', fault};
  return gaps.length ? {answer: 'unknown', fault: 'not all of the way was recorded'} : {answer: 'none recorded', fault};
}

/** Whether all fixes lie far from all hazards, and among them with their axes swapped. @param {Pack} pack @param {Fix[]} fixes */
function lookSwapped(pack, fixes) {
  const places = fixes.filter(isPlace);
  if (!pack.about.bounds_deg || !places.length) return false;
  const [west, south, east, north] = [-1, -1, 1, 1].map((sign, i) => /** @type {number[]} */ (pack.about.bounds_deg)[i] + sign * FAR_DEG);
  return places.every(({lon_deg: lon, lat_deg: lat}) =>
    (lon < west || lon > east || lat < south || lat > north) && lat >= west && lat <= east && lon >= south && lon <= north);
}
