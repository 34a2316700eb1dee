// @ts-check
// A GPX file that is opened on the phone (GPX 1.0 and 1.1): its tracks, routes and waypoints. It is sent nowhere.

import {saySize} from './words.js';

/** @typedef {{lon_deg: number, lat_deg: number}} Place */
/** One line of the file, or one waypoint: joined by legs, in order. @typedef {Place[]} Line */
/** @typedef {{lines: Line[], pointCount: number, unreadCount: number}} GpxRoute */

export const MOST_BYTES = 20_000_000;
export const MOST_POINTS = 100_000;

/** A file that is not read, and why. */
export class GpxRefused extends Error {
  /** @param {string} words @param {Record<string, string | number>} [values] */
  constructor(words, values = {}) {
    super(words);
    this.words = words;
    this.values = values;
  }
}

/** A coordinate as XML Schema writes a decimal; NaN if it is none. @param {string | null} text @param {number} most */
function coordinate(text, most) {
  const value = text !== null && /^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$/.test(text) ? Number(text) : NaN;
  return Math.abs(value) <= most ? value : NaN;
}

/**
 * Read a GPX file. A point without a usable place ends its line there: no leg is drawn across it, and it is counted.
 * @param {string} text @returns {GpxRoute} @throws {GpxRefused}
 */
export function readGpx(text) {
  if (text.length > MOST_BYTES) throw new GpxRefused('route_too_large', {size: saySize(MOST_BYTES)});
  const root = new DOMParser().parseFromString(text, 'application/xml').documentElement;
  if (root.localName !== 'gpx') throw new GpxRefused('route_not_gpx');
  const of = (/** @type {Element | Document} */ within, /** @type {string} */ name) => [...within.getElementsByTagNameNS('*', name)];
  const groups = [
    ...of(root, 'trkseg').map((segment) => of(segment, 'trkpt')), ...of(root, 'rte').map((route) => of(route, 'rtept')),
    ...of(root, 'wpt').map((point) => [point]),
  ];
  /** @type {Line[]} */
  const lines = [];
  let [pointCount, unreadCount] = [0, 0];
  for (const group of groups) {
    /** @type {Line} */
    let line = [];
    for (const point of group) {
      const place = {lon_deg: coordinate(point.getAttribute('lon'), 180), lat_deg: coordinate(point.getAttribute('lat'), 90)};
      if (Number.isNaN(place.lon_deg + place.lat_deg)) {
        unreadCount += 1;
        if (line.length) lines.push(line);
        line = [];
      } else {
        pointCount += 1;
        line.push(place);
      }
    }
    if (line.length) lines.push(line);
  }
  if (pointCount > MOST_POINTS) throw new GpxRefused('route_too_long', {count: MOST_POINTS});
  if (!pointCount) throw new GpxRefused('route_empty');
  return {lines, pointCount, unreadCount};
}
