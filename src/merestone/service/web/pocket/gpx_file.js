// @ts-check
// A GPX file that is opened on the phone (GPX 1.0 and 1.1): its tracks, routes and waypoints, read as Python's
// src/merestone/exchange/formats/gpx_tracks.py reads them. It is sent nowhere.

import {ANDROID_TO_95} from '../device_accuracy.js';
import {isPlace} from './way_pieces.js';
import {saySize} from './words.js';

/** @typedef {import('./way_pieces.js').Fix} Fix */
/** @template T @typedef {import('./turns.js').Work<T>} Work */
/**
 * One track, route or waypoint. A fix without a usable place has NaN there and breaks the way; `isRecording`: what lies
 * between its segments was walked, too; `accuracyM`: the worst that an extension states, NaN: stated and unreadable, null: none;
 * `isLeftToDevice`: the file leaves the way between its points to the device that opens it.
 * @typedef {{fixes: Fix[], isRecording: boolean, accuracyM: number | null, isLeftToDevice: boolean}} Way
 */
/** @typedef {{ways: Way[], pointCount: number, unreadCount: number}} GpxFile */

export const MOST_BYTES = 20_000_000;
export const MOST_POINTS = 100_000;

/** A file that is not read, and why. */
export class GpxRefused extends Error {
  /** @param {string} messageKey @param {Record<string, string | number>} [values] */
  constructor(messageKey, values = {}) {
    super(messageKey);
    this.messageKey = messageKey;
    this.values = values;
  }
}

/** Extensions in which receivers state an accuracy in metres. */
const ACCURACY_NAMES = new Set(['accuracy', 'accuracy_m', 'accuracy_horizontal', 'horizontal_accuracy', 'horizontalaccuracy', 'hacc', 'h_acc', 'epe']);

/** A coordinate as XML Schema writes a decimal; NaN if it is none. @param {string | null} text @param {number} most */
function coordinate(text, most) {
  const value = text !== null && /^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$/.test(text) ? Number(text) : NaN;
  return Math.abs(value) <= most ? value : NaN;
}

/** @param {Element} within @param {string} name @returns {Element[]} */
const childrenOf = (within, name) => [...within.children].filter(({localName}) => localName === name);

/** The text of the first child element with this name; empty if no child has it. @param {Element} within @param {string} name */
function textOfChild(within, name) {
  for (let child = within.firstElementChild; child; child = child.nextElementSibling) {
    if (child.localName === name) return child.textContent?.trim() ?? '';
  }
  return '';
}

/** The text of the first element of a name, however deep; empty if there is no such element. @param {Element} within @param {string} name */
const textWithin = (within, name) => within.getElementsByTagNameNS('*', name)[0]?.textContent?.trim() ?? '';

/** When a fix was recorded, milliseconds; null where the file has no time that can be read. A time without its zone is UTC. @param {Element} point */
function timeOf(point) {
  const text = textOfChild(point, 'time');
  const at = Date.parse(/T.*(Z|[-+]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? null : at;
}

/** @param {Element} point @returns {Fix} */
const placeOf = (point) => ({lon_deg: coordinate(point.getAttribute('lon'), 180), lat_deg: coordinate(point.getAttribute('lat'), 90)});

/** The worst accuracy that extensions of some points state. @param {Element[]} points @returns {Work<number | null>} */
function* accuracyOf(points) {
  /** @type {number | null} */
  let worst = null;
  for (const point of points) {
    yield 0;
    for (const element of point.getElementsByTagName('*')) {
      const text = ACCURACY_NAMES.has(element.localName.toLowerCase()) ? element.textContent?.trim() : '';
      if (!text) continue;
      const metres = Number(text) >= 0 ? Number(text) * (element.namespaceURI?.includes('opentracks') ? ANDROID_TO_95 : 1) : NaN;
      worst = worst === null ? metres : Math.max(worst, metres); // NaN if one is
    }
  }
  return worst;
}

/** Its segments one after another; a fix after which its program marks a gap (OsmAnd) ends one. @param {Element} track @returns {Work<Way>} */
function* trackOf(track) {
  /** @type {Fix[]} */
  const fixes = [];
  const points = [];
  for (const segment of childrenOf(track, 'trkseg')) {
    let begins_segment = fixes.length > 0;
    for (const point of childrenOf(segment, 'trkpt')) {
      yield 0;
      points.push(point);
      fixes.push({...placeOf(point), at_ms: timeOf(point), begins_segment});
      begins_segment = textWithin(point, 'profile') === 'gap';
    }
  }
  return {fixes, isRecording: true, accuracyM: yield* accuracyOf(points), isLeftToDevice: false};
}

/**
 * By way of the places that stand in the extensions of its points: the road that was calculated from one to the next.
 * The times of its points say when somebody made them.
 * @param {Element} route @returns {Work<Way>}
 */
function* routeOf(route) {
  const points = childrenOf(route, 'rtept');
  const fixes = points.flatMap((point) => [point, ...[...point.getElementsByTagName('*')].filter((element) => element.hasAttribute('lat') && element.hasAttribute('lon'))].map(placeOf));
  const modes = [...route.getElementsByTagNameNS('*', 'CalculationMode')].map(({textContent}) => textContent?.trim());
  const isLeftToDevice = fixes.length === points.length && modes.some((mode) => mode && mode !== 'Direct');
  return {fixes, isRecording: false, accuracyM: yield* accuracyOf(points), isLeftToDevice};
}

/** @param {Element} point @returns {Work<Way>} */
function* waypointOf(point) {
  return {fixes: [placeOf(point)], isRecording: false, accuracyM: yield* accuracyOf([point]), isLeftToDevice: false};
}

/**
 * Read a GPX file. The browser takes it apart at once; all else can rest at each point. A fix without a usable place breaks its
 * way there: no leg is drawn across it, and it is counted.
 * @param {string} text @returns {Work<GpxFile>} @throws {GpxRefused}
 */
export function* gpxReading(text) {
  if (text.length > MOST_BYTES) throw new GpxRefused('route_too_large', {size: saySize(MOST_BYTES)});
  const parsed = new DOMParser().parseFromString(text, 'application/xml');
  const root = parsed.documentElement;
  // Browsers put what they could read of a damaged file beside this: of one that is cut off, its beginning.
  const isDamaged = parsed.getElementsByTagName('parsererror').length > 0;
  if (isDamaged || root.localName !== 'gpx') throw new GpxRefused(isDamaged ? 'route_damaged' : 'route_not_gpx');
  /** @type {Way[]} */
  const ways = [];
  for (const track of childrenOf(root, 'trk')) ways.push(yield* trackOf(track));
  for (const route of childrenOf(root, 'rte')) ways.push(yield* routeOf(route));
  for (const point of childrenOf(root, 'wpt')) ways.push(yield* waypointOf(point));
  const fixes = ways.flatMap((way) => way.fixes);
  const unreadCount = fixes.filter((fix) => !isPlace(fix)).length;
  const pointCount = fixes.length - unreadCount;
  if (pointCount > MOST_POINTS) throw new GpxRefused('route_too_long', {count: MOST_POINTS});
  if (!pointCount) throw new GpxRefused('route_empty');
  return {ways, pointCount, unreadCount};
}

/** The unbroken lines of a way, to be drawn. @param {Way} way @returns {Fix[][]} */
export function linesOf({fixes}) {
  /** @type {Fix[][]} */
  const lines = [[]];
  for (const fix of fixes) {
    if (!isPlace(fix) || fix.begins_segment) lines.push([]);
    if (isPlace(fix)) lines.at(-1)?.push(fix);
  }
  return lines.filter((line) => line.length);
}
