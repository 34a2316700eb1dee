// @ts-check
// The two other ways to ask: coordinates that are typed, and a route that is opened. Both are answered on the phone.
import {answerShown, placeWords, restsOn, showAnswer, showWords, toDoOf, writtenWords} from './answer_words.js';
import {GpxRefused, MOST_BYTES, gpxReading, linesOf} from './gpx_file.js';
import {OUTSIDE_PART} from './part_reach.js';
import {screenPosition, wayScreening} from './screen_position.js';
import {inTurns} from './turns.js';
import {PlaceRefused, typedAccuracy, typedPlace} from './typed_place.js';
import {besideInEnglish, say, sayAccuracy, sayDistance, sayKind, sayLimit, sayShare, saySize} from './words.js';

/** @typedef {import('./pack_section.js').InUse} InUse */
/** @typedef {import('./position_answer.js').PositionAnswer} PositionAnswer */

/** So far around the recorded areas a place is taken to be among them. */
const FAR_DEG = 1;
const CODES = /** @type {const} */ (['inside', 'near', 'unknown', 'none recorded']);

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const accuracyTyped = () => typedAccuracy(/** @type {HTMLInputElement} */ (byId('accuracy')).value);

/** @param {[number, number, number, number] | null} bounds @param {number} lonDeg @param {number} latDeg */
function isAmong(bounds, lonDeg, latDeg) {
  if (!bounds) return false;
  return lonDeg >= bounds[0] - FAR_DEG && lonDeg <= bounds[2] + FAR_DEG && latDeg >= bounds[1] - FAR_DEG && latDeg <= bounds[3] + FAR_DEG;
}

/**
 * Answer for a place that was typed: what the digits leave open widens the accuracy, and an order that was assumed is doubted
 * where only the other one lies among the areas (as src/merestone/screening/written.py does).
 * @param {InUse} inUse @param {string} text @param {number | null} accuracyM
 */
export function answerTyped({pack, about}, text, accuracyM) {
  const place = typedPlace(text);
  const accuracy_m = accuracyM === null ? null : accuracyM + place.resolution_m;
  const answer = screenPosition(pack, {lon_deg: place.lon_deg, lat_deg: place.lat_deg, accuracy_m});
  const {bounds_deg} = pack.about;
  const isSwapped = place.isOrderAssumed && answer.answer === 'none recorded' &&
    !isAmong(bounds_deg, place.lon_deg, place.lat_deg) && isAmong(bounds_deg, place.lat_deg, place.lon_deg);
  const position = placeWords(place.lon_deg, place.lat_deg);
  const where = accuracy_m === null ? say('typed_unstated', {position}) : say('typed_at', {position, accuracy: sayAccuracy(accuracy_m)});
  const shown = answerShown(isSwapped ? {...answer, answer: 'unknown'} : answer, about, where);
  return {place, accuracy_m, shown: isSwapped ? {...shown, lines: [say('swapped'), ...shown.lines]} : shown};
}

export class TypedSection {
  /** @type {InUse | null} */
  inUse = null;

  /** @param {import('./small_map.js').SmallMap | null} map */
  constructor(map) {
    this.map = map;
    byId('place').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#check();
    });
    byId('route').addEventListener('change', () => void this.#openRoute());
  }

  #check() {
    const output = byId('answer');
    if (!this.inUse) return showWords(output, (speak) => speak('no_pack'));
    try {
      const {place, accuracy_m, shown} = answerTyped(this.inUse, /** @type {HTMLInputElement} */ (byId('position')).value, accuracyTyped());
      showAnswer(output, shown);
      byId('said').textContent = shown.headline;
      byId('ahead').hidden = true;
      this.map?.person(place, accuracy_m);
    } catch (error) {
      if (!(error instanceof PlaceRefused)) throw error;
      showWords(output, (speak) => speak(error.messageKey, {text: error.text}));
    }
    output.scrollIntoView({block: 'nearest'});
  }

  async #openRoute() {
    const input = /** @type {HTMLInputElement} */ (byId('route'));
    const output = byId('route-answer');
    const file = input.files?.[0];
    if (!file) return;
    const {inUse} = this;
    if (!inUse) return showWords(output, (speak) => speak('no_pack'));
    showWords(output, (speak) => speak('route_reading'), 'unknown');
    input.disabled = true; // one file at a time
    try {
      if (file.size > MOST_BYTES) throw new GpxRefused('route_too_large', {size: saySize(MOST_BYTES)});
      const route = await inTurns(gpxReading(await file.text()), () => {});
      let tenths = 0;
      const compared = await comparedWays(inUse.pack, route, accuracyTyped(), (share) => {
        if (Math.floor(10 * share) === tenths) return; // a screen reader says each of them
        tenths = Math.floor(10 * share);
        showWords(output, (speak) => `${speak('route_reading')} ${sayShare(tenths / 10)}`, 'unknown');
      });
      showAnswer(output, routeShown(inUse, file.name, route, compared));
      this.map?.route(route.ways.flatMap(linesOf));
    } catch (error) {
      const why = error instanceof GpxRefused ? error : error instanceof PlaceRefused ? {messageKey: error.messageKey, values: {text: error.text}} : null;
      showWords(output, (speak) => `${speak('route_unread', {name: file.name})}${why ? ` (${speak(why.messageKey, why.values)})` : ''}`, 'refused', why ? '' : String(error));
    } finally {
      input.disabled = false;
      input.value = ''; // the same file can be opened again
    }
  }
}

/**
 * The worst of the ways of a file; each recorded area that one enters or comes near, once; the worst accuracy, null where one is not known.
 * @param {import('./pack_file.js').Pack} pack @param {import('./gpx_file.js').GpxFile} file @param {number | null} typedM
 * @param {(share: number) => void} [rests] is called before each rest, with how much is done
 */
export async function comparedWays(pack, {ways, unreadCount}, typedM, rests = () => {}) {
  /** @type {Map<string, import('./screen_track.js').TrackStop>} */
  const stops = new Map();
  /** @type {(number | null)[]} */
  const accuraciesM = [];
  let worst = unreadCount ? 2 : 3;
  let [isOutsidePart, gapCount, fixCount] = [false, 0, 0];
  const allCount = ways.reduce((sum, {fixes}) => sum + fixes.length, 0);
  for (const {fixes, isRecording, accuracyM} of ways) {
    const ownM = accuracyM === null ? typedM : accuracyM >= 0 ? Math.max(accuracyM, typedM ?? 0) : null; // the worse of the two
    accuraciesM.push(ownM);
    const doneCount = fixCount;
    const answer = await inTurns(wayScreening(pack, fixes, {accuracy_m: ownM, isRecording}), (share) => rests((doneCount + share * fixes.length) / allCount));
    fixCount += fixes.length;
    worst = Math.min(worst, CODES.indexOf(answer.answer));
    isOutsidePart ||= answer.fault === OUTSIDE_PART;
    gapCount += answer.gaps.length;
    for (const stop of answer.stops) {
      const before = stops.get(stop.hazard_id);
      if (!before || stop.distance_m < before.distance_m) stops.set(stop.hazard_id, stop);
    }
  }
  const accuracy_m = accuraciesM.includes(null) ? null : Math.max(...accuraciesM.map(Number));
  return {code: CODES[worst] ?? 'unknown', stops: [...stops.values()], isOutsidePart, gapCount, accuracy_m};
}

/**
 * A route's answer, in words.
 * @param {InUse} inUse @param {string} name @param {import('./gpx_file.js').GpxFile} file
 * @param {Awaited<ReturnType<typeof comparedWays>>} compared
 */
function routeShown({about}, name, file, {code, stops, isOutsidePart, gapCount, accuracy_m}) {
  const {pointCount, unreadCount} = file;
  const leftCount = file.ways.filter(({isLeftToDevice}) => isLeftToDevice).length;
  const listed = stops.sort((stop, other) => stop.distance_m - other.distance_m);
  const entered = listed.filter((stop) => stop.answer === 'inside').length;
  const headline = (/** @type {import('./words.js').Say} */ speak) => ({
    inside: () => speak('route_inside', {count: entered}), near: () => speak('route_near', {count: listed.length}),
    unknown: () => speak('route_unknown'), 'none recorded': () => speak('route_none', {distance: sayLimit(150, speak)}),
  })[code]();
  const doubts = (/** @type {import('./words.js').Say} */ speak) => [
    ...(gapCount ? [speak('route_gaps', {count: gapCount}), speak('route_gaps_unknown')] : []),
    ...(leftCount ? [speak('route_left', {count: leftCount})] : []),
  ];
  const points = accuracy_m === null ? say('route_points_unstated', {name, count: pointCount}) : say('route_points', {name, count: pointCount, accuracy: sayAccuracy(accuracy_m)});
  return {
    code, headline: headline(say), inEnglish: besideInEnglish((speak) => [toDoOf(code, speak), headline(speak), ...doubts(speak)].join(' ')),
    lines: [points, ...(unreadCount ? [say('route_unread_points', {count: unreadCount})] : []), ...doubts(say), isOutsidePart ? say('outside_part') : '', writtenWords(about)],
    items: listed.map((stop) => say(stop.answer === 'inside' ? 'route_stop_inside' : 'route_stop_near', {kind: sayKind(stop.hazard_kind), record: stop.hazard_id, distance: sayDistance(stop.distance_m)})),
    below: restsOn(about),
  };
}
