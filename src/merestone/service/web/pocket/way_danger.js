// @ts-check
// Where along a way a hazard comes near, proven and not sampled, as in Python's screening/shapes/bisection.py.
//
// The distance to a hazard changes by at most one metre for each metre walked. So one measurement at the middle of a
// stretch decides the whole stretch, if the distance there differs from the limit by more than half its length; otherwise
// the stretch is halved, until what is left undecided is `TOLERANCE_M` short. That counts as near, or as inside.
import {footOnOutline, nearestInTree} from './nearest_hazard.js';
import {placeOn} from './way_pieces.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {import('./way_pieces.js').Piece} Piece */

/** Ends of a stretch, and least distances, are found to within this, and rounded towards danger. */
export const TOLERANCE_M = 0.1;
/** More than what rounding can take from a distance or a length. */
const SLACK_M = 0.002;

/**
 * What a place is to the hazards, metres; Infinity where none is within the limit.
 * @typedef {object} Keys
 * @property {{keyM: number, hazard: number, distanceM: number}} near the least distance less what the hazard is widened by
 * @property {{keyM: number, hazard: number, distanceM: number}} inside the least distance less the stated accuracy
 */

/** @typedef {{piece: Piece, t0: number, t1: number, answer: 'inside' | 'near'}} Stretch */
/** @typedef {{piece: Piece, t: number, lon_deg: number, lat_deg: number, distance_m: number, hazard: number}} Closest a place of a way, and the hazard that comes nearest to it there */

/** @param {Pack} pack @param {number} lonDeg @param {number} latDeg @param {number} limitM @returns {Keys} */
function keysAt(pack, lonDeg, latDeg, limitM) {
  const none = {keyM: Infinity, hazard: -1, distanceM: Infinity};
  const keys = {near: none, inside: none};
  for (const tree of pack.trees) {
    const {distance_m: distanceM, hazard} = nearestInTree(pack, tree, lonDeg, latDeg, limitM);
    if (hazard < 0) continue;
    const statedM = pack.outlines.accuracy_m[hazard];
    const nearM = distanceM - pack.widenedM(hazard);
    const insideM = distanceM - (Number.isNaN(statedM) ? 0 : statedM);
    if (nearM < keys.near.keyM) keys.near = {keyM: nearM, hazard, distanceM};
    if (insideM < keys.inside.keyM) keys.inside = {keyM: insideM, hazard, distanceM};
  }
  return keys;
}

/** Half the length of a stretch, rounded up, metres. @param {Piece} piece @param {number} t0 @param {number} t1 @param {number} sagM */
function halfOf(piece, t0, t1, sagM) {
  return 0.5 * (t1 - t0) * piece.mostM + SLACK_M + sagM;
}

/**
 * All stretches inside or near, in the order of the way; every place that is truly so lies in one of them.
 * @param {Pack} pack @param {Piece[]} pieces
 * @param {number} knownM by how much the way is widened, metres
 * @param {number} warnM
 * @param {number} [sagM] how far a piece may leave the way it stands for
 * @returns {import('./turns.js').Work<Stretch[]>}
 */
export function* dangerousStretches(pack, pieces, knownM, warnM, sagM = 0) {
  /** @type {Stretch[]} */
  const stretches = [];
  for (const [nth, piece] of pieces.entries()) {
    yield nth / pieces.length;
    const open = [{t0: 0, t1: 1, isNear: false, isOutside: false}];
    for (let at = open.pop(); at; at = open.pop()) {
      const {t0, t1} = at;
      const middle = 0.5 * (t0 + t1);
      const halfM = halfOf(piece, t0, t1, sagM);
      const {lon_deg, lat_deg} = placeOn(piece, middle);
      const keys = keysAt(pack, lon_deg, lat_deg, warnM + knownM + halfM);
      const nearM = keys.near.keyM - warnM - knownM;
      const insideM = keys.inside.keyM - knownM;
      let deepM = insideM;
      if (!at.isOutside && keys.inside.distanceM === 0 && insideM > -halfM) {
        // A circle about a place as wide as its depth does not leave the hazard: the depth is as good as a distance.
        deepM -= footOnOutline(pack, keys.inside.hazard, lon_deg, lat_deg).distance_m;
      }
      const isOutside = at.isOutside || insideM > halfM;
      const isNear = at.isNear || nearM <= -halfM;
      const isShort = halfM <= 0.5 * TOLERANCE_M + SLACK_M + sagM;
      if (!isOutside && (deepM <= -halfM || isShort)) stretches.push({piece, t0, t1, answer: 'inside'});
      else if (isOutside && nearM > halfM) continue;
      else if (isOutside && (isNear || isShort)) stretches.push({piece, t0, t1, answer: 'near'});
      else open.push({t0: middle, t1, isNear, isOutside}, {t0, t1: middle, isNear, isOutside});
    }
  }
  return stretches;
}

/**
 * The place of some stretches where a hazard comes nearest, counting what it is widened by, by branch and bound.
 * @param {Pack} pack
 * @param {{piece: Piece, t0: number, t1: number, answer: string}[]} stretches inside ones are measured with stated
 *   accuracies only
 * @param {number} maxDistanceM hazards beyond this, less what they are widened by, are not looked for
 * @param {number} [sagM]
 * @returns {import('./turns.js').Work<Closest | null>}
 */
export function* closestPlace(pack, stretches, maxDistanceM, sagM = 0) {
  /** @type {Closest | null} */
  let best = null;
  let bestM = Infinity;
  let open = stretches;
  while (open.length) {
    const next = [];
    const measured = [];
    for (const stretch of open) {
      yield 1;
      const {piece, t0, t1} = stretch;
      const t = 0.5 * (t0 + t1);
      const halfM = halfOf(piece, t0, t1, sagM);
      const {lon_deg, lat_deg} = placeOn(piece, t);
      const keys = keysAt(pack, lon_deg, lat_deg, Math.min(maxDistanceM, bestM) + halfM);
      const {keyM, hazard, distanceM} = stretch.answer === 'inside' ? keys.inside : keys.near;
      if (hazard >= 0 && keyM < bestM) {
        bestM = keyM;
        best = {piece, t, lon_deg, lat_deg, distance_m: distanceM, hazard};
      }
      measured.push({stretch, t, halfM, keyM});
    }
    for (const {stretch, t, halfM, keyM} of measured) {
      // Once a place lies in an outline no other can be nearer.
      const isOpen = best?.distance_m !== 0 && keyM - halfM < Math.min(bestM, maxDistanceM) - TOLERANCE_M;
      if (!isOpen || halfM <= 0.5 * TOLERANCE_M + SLACK_M + sagM) continue;
      next.push({...stretch, t1: t}, {...stretch, t0: t});
    }
    open = next;
  }
  if (best) best.distance_m = Math.max(best.distance_m - TOLERANCE_M, 0);
  return best;
}
