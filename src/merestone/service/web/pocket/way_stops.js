// @ts-check
// Each recorded hazard that a way enters or comes near, with its least distance: one by one, for one may hide another.
import {closestPlace} from './way_danger.js';
import {placeOn} from './way_pieces.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {import('./way_danger.js').Stretch} Stretch */
/** @typedef {import('./screen_track.js').TrackStop} TrackStop */

/**
 * @param {Pack} pack @param {Stretch[]} stretches those inside or near
 * @param {number} knownM by how much the way is widened @param {number} warnM @param {number} sagM
 * @returns {import('./turns.js').Work<TrackStop[]>} the nearest first
 */
export function* stopsOf(pack, stretches, knownM, warnM, sagM) {
  /** @type {Map<number, Stretch[]>} */
  const stretchesOf = new Map();
  for (const stretch of stretches) {
    yield 1;
    for (const hazard of hazardsWithin(pack, stretch, knownM + warnM + sagM)) {
      const others = stretchesOf.get(hazard);
      if (others) others.push(stretch);
      else stretchesOf.set(hazard, [stretch]);
    }
  }
  const stops = [];
  for (const [hazard, some] of stretchesOf) {
    const alone = pack.withHazard(hazard);
    const place = yield* closestPlace(alone, some.map((stretch) => ({...stretch, answer: 'near'})), warnM + knownM, sagM);
    if (!place || place.distance_m - pack.widenedM(hazard) - knownM > warnM) continue;
    const named = pack.hazard(hazard);
    const isInside = place.distance_m - (named.accuracy_m ?? 0) - knownM <= 0;
    stops.push({
      answer: /** @type {'inside' | 'near'} */ (isInside ? 'inside' : 'near'), distance_m: place.distance_m,
      hazard_id: named.record_id, hazard_kind: named.kind, hazard_accuracy_m: named.accuracy_m,
    });
  }
  return stops.sort((stop, other) => stop.distance_m - other.distance_m);
}

/** Hazards with a box within reach of a stretch, less what they are widened by. @param {Pack} pack @param {Stretch} stretch @param {number} reachM */
function hazardsWithin(pack, {piece, t0, t1}, reachM) {
  const middle = 0.5 * (t0 + t1);
  const {lon_deg: lon, lat_deg: lat} = placeOn(piece, middle);
  const boundM = reachM + 0.5 * (t1 - t0) * piece.mostM + 0.01;
  /** @type {Set<number>} */
  const hazards = new Set();
  for (const tree of pack.trees) {
    tree.visitNearest(lon, lat, () => boundM, (part) => hazards.add(pack.outlines.part_hazard[part]));
  }
  return hazards;
}
