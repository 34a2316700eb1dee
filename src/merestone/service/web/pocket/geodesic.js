// @ts-check
// The geodesic mathematics of the Python kernel (src/merestone/screening/kernel/numpy_query.py) in plain JavaScript:
// the squared chord through space is minimised along an edge by Newton's method, on WGS 84, in formulae that know no
// pole and no antimeridian. Beyond 20 km the distance is GeographicLib's.
import geographiclib from '../vendor/geographiclib/geographiclib-geodesic.mjs';

const WGS84 = geographiclib.Geodesic.WGS84;
const RAD = Math.PI / 180;
/** WGS 84: semi-major axis, and first eccentricity squared (NIMA TR8350.2). */
export const A_M = 6378137;
const F = 1 / 298.257223563;
export const E2 = F * (2 - F);
/** Mean radius; the chord formula needs it within 0.6 % only. */
export const R_M = 6371008.8;
/**
 * Taken off every distance, so that it errs towards danger. The kernel takes off 0.1 mm, and its quickest formulae are
 * right to 0.02 mm; with half as much again no rounding makes a distance here the greater of the two.
 */
export const ROUNDING_M = 1.5e-4;
/** Beyond this the distance is GeographicLib's, between the position and the foot on the edge. */
export const SERIES_M = 20000;

/**
 * Where a latitude lies in its meridian's plane, and how fast it moves there.
 * @typedef {{axisM: number, heightM: number, axisSlope: number, heightSlope: number}} OnMeridian distance from the axis
 *   and from the equator's plane, metres; minus the first one's and the second one's derivative, metres per radian
 */

/** @param {number} latDeg @param {OnMeridian} [out] filled and given back @returns {OnMeridian} */
export function onMeridian(latDeg, out = {axisM: 0, heightM: 0, axisSlope: 0, heightSlope: 0}) {
  const lat = latDeg * RAD;
  const sin = Math.sin(lat);
  const cos = Math.cos(lat);
  const w2 = 1 - E2 * sin * sin;
  const n = A_M / Math.sqrt(w2);
  const m = (n * (1 - E2)) / w2;
  out.axisM = n * cos;
  out.heightM = n * (1 - E2) * sin;
  out.axisSlope = m * sin;
  out.heightSlope = m * cos;
  return out;
}

/** Metres that a degree of longitude, and one of latitude, measure at a latitude. @param {number} latDeg */
export function metresPerDegree(latDeg) {
  const {axisM, axisSlope, heightSlope} = onMeridian(latDeg);
  return {lonM: axisM * RAD, latM: Math.hypot(axisSlope, heightSlope) * RAD};
}

/** The arc over a chord on the mean sphere, metres. @param {number} chordM */
export function arcM(chordM) {
  return 2 * R_M * Math.asin(Math.min(chordM / (2 * R_M), 1));
}

/**
 * Whether these are a place on the globe. What is no number at all, such as null, is none: it would count as 0.
 * @param {unknown} lonDeg @param {unknown} latDeg
 */
export function isOnGlobe(lonDeg, latDeg) {
  return typeof lonDeg === 'number' && typeof latDeg === 'number' && Math.abs(lonDeg) <= 180 && Math.abs(latDeg) <= 90;
}

/** Longitudes' difference, -180 to 180 degrees. @param {number} deg */
export function wrappedDeg(deg) {
  return deg - 360 * Math.round(deg / 360);
}

const STEPS = 6;
const along = onMeridian(0);

/**
 * The nearest place of an edge that is straight in longitude and latitude.
 *
 * @param {number} lonDeg the position's longitude
 * @param {OnMeridian} here the position's `onMeridian`
 * @param {number} x0 @param {number} y0 where the edge begins, degrees
 * @param {number} dx @param {number} dy how far it runs, degrees
 * @param {number | null} guess about where on it, 0 to 1; null: look from both ends and the middle
 * @param {{chord2: number, t: number}} out filled: the squared chord in square metres, and where on the edge, 0 to 1
 */
export function footOnEdge(lonDeg, here, x0, y0, dx, dy, guess, out) {
  const east = dx * RAD;
  const north = dy * RAD;
  out.chord2 = Infinity;
  out.t = 0;
  for (let start = 0; start < (guess === null ? 3 : 1); start++) {
    let t = guess === null ? (start === 2 ? 0.5 : start) : guess;
    for (let step = 0; step < STEPS; step++) {
      const at = onMeridian(y0 + t * dy, along);
      const lon = (x0 + t * dx - lonDeg) * RAD;
      const half = Math.sin(lon / 2);
      const dp = at.axisM - here.axisM;
      const dz = at.heightM - here.heightM;
      const chord2 = dp * dp + dz * dz + 4 * at.axisM * here.axisM * half * half;
      if (chord2 < out.chord2) {
        out.chord2 = chord2;
        out.t = t;
      }
      const slope =
        north * (dz * at.heightSlope - dp * at.axisSlope) +
        here.axisM * (-at.axisSlope * north * 2 * half * half + at.axisM * Math.sin(lon) * east);
      const bend =
        north * north * (at.axisSlope * at.axisSlope + at.heightSlope * at.heightSlope) +
        at.axisM * at.axisM * east * east;
      const moved = Math.min(Math.max(t - (bend > 0 ? slope / bend : 0), 0), 1);
      // It stays there, as at the end of an edge; or what another step could win is less than a micrometre.
      const movedM2 = (moved - t) * (moved - t) * bend;
      if (moved === t || movedM2 * movedM2 < 1e-12 * chord2) break;
      t = moved;
    }
  }
}

/**
 * The distance over a chord, rounded towards danger, metres.
 * @param {number} lonDeg @param {number} latDeg @param {number} chord2
 * @param {number} footLonDeg @param {number} footLatDeg the chord's other end
 */
export function distanceOverChordM(lonDeg, latDeg, chord2, footLonDeg, footLatDeg) {
  const nearM = arcM(Math.sqrt(chord2));
  const exactM = nearM > SERIES_M ? geodesicM(lonDeg, latDeg, footLonDeg, footLatDeg) : nearM;
  return Math.max(exactM - ROUNDING_M, 0);
}

/** Geodesic distance between two positions, metres. @param {number} lon1 @param {number} lat1 @param {number} lon2 @param {number} lat2 */
export function geodesicM(lon1, lat1, lon2, lat2) {
  return WGS84.Inverse(lat1, lon1, lat2, lon2).s12;
}

/** Direction in which the geodesic leaves the first position, degrees clockwise of north. @param {number} lon1 @param {number} lat1 @param {number} lon2 @param {number} lat2 */
export function azimuthDeg(lon1, lat1, lon2, lat2) {
  return (WGS84.Inverse(lat1, lon1, lat2, lon2).azi1 + 360) % 360;
}

/** Where a geodesic leads. @param {number} lonDeg @param {number} latDeg @param {number} azimuth degrees @param {number} distanceM */
export function destination(lonDeg, latDeg, azimuth, distanceM) {
  const end = WGS84.Direct(latDeg, lonDeg, azimuth, distanceM);
  return {lon_deg: end.lon2, lat_deg: end.lat2};
}
