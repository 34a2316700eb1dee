// @ts-check
// The nearest recorded hazard of one position, as Python's `HazardIndex.nearest` finds it: boxes say which parts can be
// the nearest, a flat frame which of their edges, and only these are measured on the ellipsoid.
import {R_M, distanceOverChordM, footOnEdge, isOnGlobe, metresPerDegree, onMeridian, wrappedDeg} from './geodesic.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {import('./pack_file.js').Outlines} Outlines */
/** @typedef {import('./box_tree.js').BoxTree} BoxTree */

/**
 * The nearest hazard: the one with the smallest distance less what it is widened by, and those around the place first.
 * @typedef {object} Nearest
 * @property {number} distance_m to its recorded outline, 0 inside; Infinity: none within the limit; NaN: no place, or
 *   nothing to compare with
 * @property {number} hazard its number in the pack; -1: none
 */

/** Where a flat distance may be more wrong than this, relatively, every edge is measured exactly. */
const MOST_ERROR = 0.05;
/** Keys this close are alike, metres: then the hazard that stands first in the pack is named. */
const ALIKE_M = 1e-7;
const RAD = Math.PI / 180;

/** A position's own flat frame, and by how much its distances may be wrong. */
class Frame {
  /** @param {number} lonDeg @param {number} latDeg */
  constructor(lonDeg, latDeg) {
    this.lonDeg = lonDeg;
    this.latDeg = latDeg;
    this.here = onMeridian(latDeg);
    const {lonM, latM} = metresPerDegree(latDeg);
    this.kx = lonM;
    this.ky = latM;
    // As `local_plane.error_growth` of the kernel, twice to be sure: the parallels shrink by tan(lat) per radian.
    this.growth = (2.12 * (Math.tan(Math.min(Math.abs(latDeg), 89.99) * RAD) + 0.03)) / R_M;
    this.flatM = 0;
    this.t = 0;
  }

  /** Fill `flatM` and `t` for the edge that begins at a vertex. @param {Outlines} outlines @param {number} v */
  look(outlines, v) {
    const {lon_deg: lon, lat_deg: lat} = outlines;
    const ax = wrappedDeg(lon[v] - this.lonDeg) * this.kx;
    const ay = (lat[v] - this.latDeg) * this.ky;
    const ux = (lon[v + 1] - lon[v]) * this.kx;
    const uy = (lat[v + 1] - lat[v]) * this.ky;
    const length2 = ux * ux + uy * uy;
    const t = length2 > 0 ? Math.min(Math.max(-(ax * ux + ay * uy) / length2, 0), 1) : 0;
    const px = ax + t * ux;
    const py = ay + t * uy;
    this.flatM = Math.sqrt(px * px + py * py);
    this.t = t;
  }

  /** By how much the flat distance just looked at may be wrong, relatively. */
  error() {
    return 1e-6 + this.growth * this.flatM;
  }
}

/** Edges that may be the nearest, each with the least that its distance can be, less its widening. */
class Candidates {
  /** @param {Outlines} outlines @param {Frame} frame @param {number} limitM */
  constructor(outlines, frame, limitM) {
    this.outlines = outlines;
    this.frame = frame;
    this.boundM = limitM;
    /** @type {number[]} */
    this.vertices = [];
    /** @type {number[]} */
    this.hazards = [];
    /** @type {number[]} */
    this.leastM = [];
    /** @type {(number | null)[]} */
    this.guesses = [];
  }

  /** Look along all edges of a part. @param {number} part @param {number} widenedM */
  lookAlong(part, widenedM) {
    const {outlines, frame} = this;
    const hazard = outlines.part_hazard[part];
    outlines.makeCoordinates(part);
    for (let v = outlines.part_start[part]; v < outlines.part_start[part + 1]; v++) {
      if (outlines.ends[v]) continue;
      frame.look(outlines, v);
      const error = frame.error();
      const isFlat = error < MOST_ERROR;
      const leastM = isFlat ? frame.flatM * (1 - error) - 1e-3 - widenedM : -Infinity;
      if (leastM > this.boundM + 1e-3) continue;
      if (isFlat) this.boundM = Math.min(this.boundM, frame.flatM * (1 + error) + 1e-3 - widenedM);
      this.vertices.push(v);
      this.hazards.push(hazard);
      this.leastM.push(leastM);
      this.guesses.push(isFlat ? frame.t : null);
    }
  }

  /**
   * Measure what is left, on the ellipsoid.
   * @param {(hazard: number) => number} widenedOf
   * @returns {{distance_m: number, hazard: number, keyM: number, lonDeg: number, latDeg: number}} hazard -1: none
   */
  best(widenedOf) {
    const {lon_deg: lon, lat_deg: lat} = this.outlines;
    const {lonDeg, latDeg, here} = this.frame;
    const foot = {chord2: 0, t: 0};
    let best = {distance_m: Infinity, hazard: -1, keyM: Infinity, lonDeg: NaN, latDeg: NaN};
    for (let i = 0; i < this.vertices.length; i++) {
      if (this.leastM[i] > Math.min(this.boundM, best.keyM) + 1e-3) continue;
      const v = this.vertices[i];
      const hazard = this.hazards[i];
      const dx = lon[v + 1] - lon[v];
      const dy = lat[v + 1] - lat[v];
      footOnEdge(lonDeg, here, lon[v], lat[v], dx, dy, this.guesses[i], foot);
      const footLon = lon[v] + foot.t * dx;
      const footLat = lat[v] + foot.t * dy;
      const measuredM = distanceOverChordM(lonDeg, latDeg, foot.chord2, footLon, footLat);
      const keyM = measuredM - widenedOf(hazard);
      const isAlike = Math.abs(keyM - best.keyM) <= ALIKE_M;
      if (isAlike ? hazard < best.hazard : keyM < best.keyM) {
        best = {distance_m: measuredM, hazard, keyM, lonDeg: footLon, latDeg: footLat};
      }
    }
    return best;
  }
}

/**
 * How often a part's edges go around a position, by the same rule and in the same arithmetic as the kernel: half-open in
 * latitude, so that a vertex on the ray counts once. On an edge it may count either way; the distance there is 0.
 * @param {Outlines} outlines @param {number} part @param {number} lonDeg @param {number} latDeg
 */
export function windingNumber(outlines, part, lonDeg, latDeg) {
  const {lon_deg: lon, lat_deg: lat, ends} = outlines;
  let turns = 0;
  outlines.makeCoordinates(part);
  for (let v = outlines.part_start[part]; v < outlines.part_start[part + 1]; v++) {
    if (ends[v]) continue;
    const y0 = lat[v] - latDeg;
    const y1 = lat[v + 1] - latDeg;
    if (y0 <= 0 === y1 <= 0) continue;
    const left = (lon[v] - lonDeg) * y1 - (lon[v + 1] - lonDeg) * y0;
    if (y0 <= 0 && left > 0) turns += 1;
    else if (y0 > 0 && left < 0) turns -= 1;
  }
  return turns;
}

/**
 * The nearest hazard within a limit.
 * @param {Pack} pack
 * @param {number} lonDeg @param {number} latDeg
 * @param {number} knownM the position's accuracy, metres; 0 where it is not stated
 * @param {number} limitM hazards are looked for as far as this, plus what they are widened by
 * @returns {Nearest}
 */
export function nearestHazard(pack, lonDeg, latDeg, knownM, limitM) {
  const isPlace = isOnGlobe(lonDeg, latDeg);
  let best = {distance_m: isPlace && pack.trees.length ? Infinity : NaN, hazard: -1};
  if (!isPlace) return best;
  let bestKeyM = Infinity;
  for (const tree of pack.trees) {
    const nearest = nearestInTree(pack, tree, lonDeg, latDeg, limitM);
    if (nearest.hazard < 0) continue;
    const statedM = pack.outlines.accuracy_m[nearest.hazard];
    const isInside = nearest.distance_m - (Number.isNaN(statedM) ? 0 : statedM) - knownM <= 0;
    const keyM = isInside ? -Infinity : nearest.distance_m - pack.widenedM(nearest.hazard);
    if (keyM < bestKeyM || best.hazard < 0) {
      best = nearest;
      bestKeyM = keyM;
    }
  }
  return best;
}

/** @param {Pack} pack @param {BoxTree} tree @param {number} lonDeg @param {number} latDeg @param {number} limitM @returns {Nearest} */
export function nearestInTree(pack, tree, lonDeg, latDeg, limitM) {
  const {outlines} = pack;
  let around = -1;
  for (const part of tree.partsAround(lonDeg, latDeg)) {
    if (!outlines.part_is_area[part] || !windingNumber(outlines, part, lonDeg, latDeg)) continue;
    const hazard = outlines.part_hazard[part];
    if (around < 0 || hazard < around) around = hazard;
  }
  if (around >= 0) return {distance_m: 0, hazard: around};
  const candidates = new Candidates(outlines, new Frame(lonDeg, latDeg), limitM);
  tree.visitNearest(
    lonDeg, latDeg,
    () => candidates.boundM,
    (part) => candidates.lookAlong(part, pack.widenedM(outlines.part_hazard[part])),
  );
  const best = candidates.best((hazard) => pack.widenedM(hazard));
  return best.keyM <= limitM ? {distance_m: best.distance_m, hazard: best.hazard} : {distance_m: Infinity, hazard: -1};
}

/**
 * The distance from a position to one hazard's outline, from whichever side, and the outline's nearest point.
 * @param {Pack} pack @param {number} hazard @param {number} lonDeg @param {number} latDeg
 */
export function footOnOutline(pack, hazard, lonDeg, latDeg) {
  const candidates = new Candidates(pack.outlines, new Frame(lonDeg, latDeg), Infinity);
  for (const part of pack.partsOf(hazard)) candidates.lookAlong(part, 0);
  const {distance_m, lonDeg: lon_deg, latDeg: lat_deg} = candidates.best(() => 0);
  return {distance_m, lon_deg, lat_deg};
}
