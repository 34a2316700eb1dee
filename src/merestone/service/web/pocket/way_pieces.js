// @ts-check
// A way laid out for measuring: short pieces, each straight in longitude and latitude, with their metres along the way.
// Longitudes run on past 180 where it crosses the antimeridian; `placeOn` gives them back within -180 to 180.
import {isOnGlobe, metresPerDegree, wrappedDeg} from './geodesic.js';

/** Longer legs are cut into pieces, so that hazards need not be looked for farther than half of this beyond a limit. */
const PIECE_M = 2000;
/** Gauss's nodes and weights of three points on 0 to 1: exact to micrometres for a piece. */
const NODES = [0.5 - Math.sqrt(0.15), 0.5, 0.5 + Math.sqrt(0.15)];
const WEIGHTS = [5 / 18, 8 / 18, 5 / 18];
const SLACK_M = 0.001;

/**
 * A fix of a recording, or a point of a route. A time is milliseconds since 1970, UTC; null or left out: none.
 * @typedef {{lon_deg: number, lat_deg: number, accuracy_m?: number | null, at_ms?: number | null,
 *   begins_segment?: boolean}} Fix
 */

/**
 * Between two fixes that follow each other, straight in longitude and latitude; or a lone fix.
 * @typedef {{from: number, to: number, line: number, isJoin: boolean, startM: number, lengthM: number}} Leg numbers of
 *   its fixes; which unbroken line it is of; whether it joins two segments; metres from the start of the way
 */

/**
 * @typedef {{leg: Leg, first: number, share: number, lon0: number, lat0: number, run: number, climb: number,
 *   startM: number, lengthM: number, mostM: number}} Piece where on its leg it begins and how much of it it is, 0 to 1;
 *   `mostM` is not less than any geodesic between two places of it
 */

/** @param {Fix} fix */
export function isPlace({lon_deg, lat_deg}) {
  return isOnGlobe(lon_deg, lat_deg);
}

/**
 * Lay a way out. A fix that is no place breaks its line.
 * @param {Fix[]} fixes
 * @param {boolean} isRecording whether a segment continues the one before, as in a recording; of a route's it is not known
 * @returns {import('./turns.js').Work<{legs: Leg[], pieces: Piece[], lengthM: number, unusable: number}>}
 */
export function* layOut(fixes, isRecording) {
  /** @type {Leg[]} */
  const legs = [];
  /** @type {Piece[]} */
  const pieces = [];
  let [lengthM, line, before, unrolledLon, unusable] = [0, 0, -1, 0, 0];
  let isJoined = true;
  for (const [i, fix] of fixes.entries()) {
    yield 0;
    if (!isPlace(fix)) {
      unusable += 1;
      closeLine();
      continue;
    }
    const begins = Boolean(fix.begins_segment) && before >= 0;
    if (begins && !isRecording) closeLine();
    if (before >= 0) {
      lengthM += addLeg({from: before, to: i, line, isJoin: begins, startM: lengthM, lengthM: 0}, unrolledLon);
      isJoined = true;
    } else {
      isJoined = false;
    }
    unrolledLon = before < 0 ? fix.lon_deg : unrolledLon + wrappedDeg(fix.lon_deg - unrolledLon);
    before = i;
  }
  closeLine();
  return {legs, pieces, lengthM, unusable};

  /** A line that had one place only is a lone fix. */
  function closeLine() {
    if (before >= 0 && !isJoined) {
      addLeg({from: before, to: before, line, isJoin: false, startM: lengthM, lengthM: 0}, fixes[before].lon_deg);
    }
    before = -1;
    isJoined = true;
    line += 1;
  }

  /** @param {Leg} leg @param {number} lon0 where it begins, unrolled @returns {number} its length, metres */
  function addLeg(leg, lon0) {
    const run = wrappedDeg(fixes[leg.to].lon_deg - lon0);
    const lat0 = fixes[leg.from].lat_deg;
    const climb = fixes[leg.to].lat_deg - lat0;
    const count = Math.max(1, Math.ceil(mostMetres(lat0, run, climb) / PIECE_M));
    for (let nth = 0; nth < count; nth++) {
      const at = {lon0: lon0 + (nth / count) * run, lat0: lat0 + (nth / count) * climb, run: run / count, climb: climb / count};
      const metres = metresAlong(at.lat0, at.run, at.climb);
      pieces.push({
        leg, first: nth / count, share: 1 / count, ...at, startM: leg.startM + leg.lengthM, lengthM: metres,
        mostM: mostMetres(at.lat0, at.run, at.climb),
      });
      leg.lengthM += metres;
    }
    legs.push(leg);
    return leg.lengthM;
  }
}

/** The place at `t` (0 to 1) along a piece, its longitude within -180 to 180. @param {Piece} piece @param {number} t */
export function placeOn(piece, t) {
  const lon = piece.lon0 + t * piece.run;
  return {
    lon_deg: Math.abs(lon) > 180 ? wrappedDeg(lon) : lon,
    lat_deg: Math.min(Math.max(piece.lat0 + t * piece.climb, -90), 90),
  };
}

/** Metres from the start of the way. @param {Piece} piece @param {number} t */
export function metresAt(piece, t) {
  return piece.startM + metresAlong(piece.lat0, t * piece.run, t * piece.climb);
}

/** The length of a straight edge, metres. @param {number} lat0 @param {number} run @param {number} climb degrees */
function metresAlong(lat0, run, climb) {
  let total = 0;
  for (let i = 0; i < NODES.length; i++) {
    const {lonM, latM} = metresPerDegree(lat0 + NODES[i] * climb);
    total += WEIGHTS[i] * Math.hypot(lonM * run, latM * climb);
  }
  return total;
}

/** Not less than the length of a straight edge: each degree taken as long as it is anywhere on it. @param {number} lat0 @param {number} run @param {number} climb */
function mostMetres(lat0, run, climb) {
  const lat1 = lat0 + climb;
  const polewards = Math.max(Math.abs(lat0), Math.abs(lat1));
  const low = lat0 * lat1 <= 0 ? 0 : Math.min(Math.abs(lat0), Math.abs(lat1));
  return Math.hypot(metresPerDegree(low).lonM * run, metresPerDegree(polewards).latM * climb) + SLACK_M;
}
