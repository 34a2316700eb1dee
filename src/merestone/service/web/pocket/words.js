// @ts-check
// Every word that the page for phones shows, in one place, and in the language that the phone speaks (speech.js).
import {filledBy} from '../days.js';
import {amountText, dayText, instantText, isSafe, numberText, spoken} from './speech.js';

/** Mark a message for the catalogues. @param {string} message */
const gettext = (message) => message;
/** Mark a message whose form depends on {count}. @param {string} singular @param {string} plural @returns {[string, string]} */
const ngettext = (singular, plural) => [singular, plural];

/** @typedef {{day: string} | {at: number, isToSecond?: boolean}} When a day (YYYY-MM-DD), or an instant in milliseconds */
/** @typedef {Record<string, string | number | When>} Values */
/** @type {Record<string, string | [string, string]>} */
export const WORDS = {
  // The page itself.
  // safety: on the page for phones
  title: gettext('On the phone'),
  notice: gettext('Not a safety certification. What is not recorded may still be there. Signs on the ground, and people who live there, come before any map.'),
  here_title: gettext('Where you are'),
  place_title: gettext('Check coordinates'),
  route_title: gettext('Check a route'),
  pack_title: gettext('Areas on this phone'),
  install_title: gettext('Keep this page on the phone'),
  map_label: gettext('Small map around you. It shows the recorded areas of the pack.'),
  map_title: gettext('Map'),
  map_zoom_in: gettext('Zoom in'),
  map_zoom_out: gettext('Zoom out'),
  map_sources: gettext('Sources of the map'),
  skip: gettext('Skip to the content'),
  full_site: gettext('The full site (needs a network)'),

  // Age of the pack.
  // safety: on the page for phones
  starting: gettext('This page is starting. Nothing is watched or compared yet.'),
  // safety: on the page for phones
  no_pack: gettext('No areas on this phone yet: nothing can be compared'),
  age_today: gettext('Areas as written on {day}, today'),
  age_days: ngettext('Areas as written on {day}, {count} day ago', 'Areas as written on {day}, {count} days ago'),
  age_one_day: gettext('Areas as written on {day}, yesterday'),
  age_no_record: gettext('The register holds no record'),
  // safety: on the page for phones
  age_old: gettext('Update them when you have a network.'),
  // safety: on the page for phones
  clock_behind: gettext('This phone\'s clock says {today}, which is before the areas were written ({day}). One of the two is wrong, so their age is not known. Set the clock; answers are given all the same.'),
  // safety: on the page for phones
  clock_differs: gettext('This phone\'s clock differs from the server\'s (hours: {hours}). Set the clock: the age shown depends on it.'),
  data_days: gettext('Data from: {days}.'),
  days_between: gettext('{first} to {last}'),
  days_unstated: ngettext('not stated for {unstated} of {count} record', 'not stated for {unstated} of {count} records'),
  days_none: gettext('no records'),
  written: gettext('Compared with the areas as written on {day}.'),
  written_never: gettext('The register holds no record to compare with.'),
  // safety: on the page for phones
  swapped: gettext('This position is far from all recorded areas, but with the two numbers in the other order it is among them: write N, S, E or W.'),
  label: gettext('From: {label}.'),
  label_unreal: gettext('This is {label}: nothing of it stands for a real place.'),
  unplaced: ngettext('{count} row that may be a hazard has no usable place and could not be compared with.', '{count} rows that may be hazards have no usable place and could not be compared with.'),

  // Alerts.
  alerts_title: gettext('Alerts'),
  // safety: when the phone last heard of alerts
  alerts_heard: gettext('Alerts as received on {time}.'),
  // safety: when the phone last heard of alerts
  alerts_heard_days: ngettext('Alerts as received on {time}, {count} day ago.', 'Alerts as received on {time}, {count} days ago.'),
  // safety: no alert, on the page for phones
  alerts_none: gettext('No alert was in force then. That is no assurance: unrecorded danger may be anywhere.'),
  // safety: on the page for phones
  alerts_never: gettext('This phone has not yet received the alerts in force.'),
  // safety: alerts may be missing
  alerts_unheard: gettext('Alerts cannot be loaded now: there may be newer ones than are shown here.'),
  alerts_sent: gettext('Sent: {time}'),
  tell: gettext('Tell me of new alerts'),
  tell_no_more: gettext('Stop telling me'),
  is_told: gettext('This browser receives every new alert, even while this page is closed.'),
  tell_not_allowed: gettext('this browser does not let the page show messages; allow it in its settings'),
  tell_failed: gettext('That did not work: {why}.'),
  tell_about: gettext("The maker of your browser delivers the message encrypted, and learns only that there is one. The service keeps only the address and the keys that your browser gives, and your language, and deletes them when you stop the messages."),

  // Watching.
  start: gettext('Watch my position'),
  stop: gettext('Stop watching'),
  sound: gettext('Sound'),
  vibration: gettext('Vibration'),
  // safety: on the page for phones
  watching: gettext('Watching only while this page is open and the screen is on.'),
  // safety: on the page for phones
  not_watching: gettext('Not watching. Nothing warns you while this page is closed.'),
  screen_stays_on: gettext('The screen stays on.'),
  // safety: on the page for phones
  screen_may_lock: gettext('This browser cannot keep the screen on: keep it from locking yourself.'),
  // safety: on the page for phones
  waiting: gettext('Waiting for a position. It has not been checked yet.'),
  // safety: on the page for phones
  position_stale: gettext('No new position since {time}: the answer shown is for the place where you were then.'),
  // safety: on the page for phones
  denied: gettext('This browser was not allowed to read the position, so nothing is watched. Allow it in the settings of the browser or the phone, or type coordinates below: from another device, a paper map or a GPS receiver.'),
  // safety: on the page for phones
  unavailable: gettext('The phone gives no position now. Go where it sees the sky, or type coordinates below.'),
  // safety: on the page for phones
  timed_out: gettext('The phone has given no position for {time}. It keeps trying; you can type coordinates below.'),
  // safety: on the page for phones
  no_geolocation: gettext('This browser gives no position. Type coordinates below.'),
  position_stays: gettext('Your position is compared on this phone. It is not sent anywhere.'),

  // Answers.
  // safety: headline of an answer; {kind} is a kind of record
  inside: gettext('Inside a recorded {kind}'),
  // safety: headline of an answer; {kind} is a kind of record
  near: gettext('Near a recorded {kind}'),
  // safety: on the page for phones
  none_recorded: gettext('None recorded within {distance}'),
  // safety: on the page for phones
  unknown: gettext('Unknown'),
  // safety: on the page for phones
  turn_back: gettext('Do not go on. Leave the way you came, and ask the mine action authority.'),
  // safety: on the page for phones
  no_assurance: gettext('What is not recorded may still be there: this gives no assurance. Follow warning signs and local advice.'),
  // safety: on the page for phones
  unanswered: gettext('Do not go there because of this answer: it is not known what lies there.'),
  nearest: gettext('Nearest: {kind}, {distance}, record {record}.'),
  nothing_near: gettext('None of these areas lies within {distance} of it.'),
  inside_of: gettext('Record {record}.'),
  at_time: gettext('Position of {time}, accurate to {accuracy}.'),
  at_time_unstated: gettext('Position of {time}; its accuracy is not stated, so more room was taken.'),
  typed_at: gettext('Checked: {position}, accurate to {accuracy}.'),
  typed_unstated: gettext('Checked: {position}; the accuracy is not stated, so more room was taken.'),
  // safety: on the page for phones
  outside_part: gettext('This lies outside the part of the areas on this phone, or too near to its edge: areas around it may be missing. Fetch that part too, or all areas.'),
  // safety: on the page for phones
  ahead_inside: gettext('If you go on, you reach a recorded hazard in about {time}: {kind}. Stop.'),
  // safety: on the page for phones
  ahead_near: gettext('If you go on, you come near a recorded hazard in about {time}: {kind}.'),
  // safety: on the page for phones
  ahead_unknown: gettext('It is not known what lies ahead.'),

  // Kinds of record.
  kind_suspected: gettext('suspected hazardous area'),
  kind_confirmed: gettext('confirmed hazardous area'),
  kind_minefield_record: gettext('minefield record'),
  kind_restricted: gettext('restricted area'),
  kind_accident: gettext('accident'),
  kind_incident: gettext('incident'),
  kind_spot_find: gettext('spot find'),
  kind_other: gettext('hazard'),

  // Typed coordinates.
  coordinates: gettext('Coordinates'),
  coordinates_example: gettext('44.90123 N, 17.10234 E'),
  coordinates_forms: gettext('Degrees (44.90123, 17.10234), degrees and minutes (44°54.074\' N 17°06.14\' E), or with seconds. Latitude first unless letters say otherwise.'),
  accurate_to: gettext('Accurate to'),
  metres_unit: gettext('m'),
  check: gettext('Check'),
  place_empty: gettext('Type a latitude and a longitude, such as 44.90123 N, 17.10234 E.'),
  // safety: on the page for phones
  place_unread: gettext('"{text}" is not a position that this page reads offline. Write degrees such as 44.90123 N, 17.10234 E; UTM and MGRS are read on the full site.'),
  // safety: on the page for phones
  place_comma: gettext('"{text}" could be one decimal number or two numbers. Write a space after the comma, and a point before decimals.'),
  // safety: on the page for phones
  place_range: gettext('"{text}" is out of range: latitudes go to 90 degrees, longitudes to 180, minutes and seconds to 60.'),
  // safety: on the page for phones
  accuracy_unread: gettext('The accuracy "{text}" is not a number of metres from 0 to 100,000.'),

  // Routes.
  route_choose: gettext('Open a GPX file'),
  route_private: gettext('The file stays on this phone.'),
  route_reading: gettext('Reading the route. It has not been checked yet.'),
  // safety: on the page for phones
  route_unread: gettext('{name} could not be read. Nothing of it was checked.'),
  route_not_gpx: gettext('it is not a GPX file'),
  route_damaged: gettext('it is damaged, or cut off'),
  route_empty: gettext('it has no points'),
  route_too_large: gettext('it is larger than {size}'),
  route_too_long: gettext('it has too many points (most: {count})'),
  // safety: on the page for phones
  route_inside: gettext('This route enters recorded areas: {count}'),
  // safety: on the page for phones
  route_near: gettext('This route comes near recorded areas: {count}'),
  // safety: on the page for phones
  route_unknown: gettext('Unknown: the route could not be compared as a whole'),
  // safety: on the page for phones
  route_none: gettext('None recorded within {distance} of this route'),
  route_stop_inside: gettext('Enters: {kind} (record {record})'),
  route_stop_near: gettext('Comes within {distance}: {kind} (record {record})'),
  route_points: gettext('{name}: accurate to {accuracy}; points: {count}.'),
  route_points_unstated: gettext('{name}: the accuracy of the points is not stated, so more room was taken; points: {count}.'),
  // safety: gaps in a recording, on the page for phones
  route_gaps: gettext('Gaps in the recording, where a straight line was assumed: {count}.'),
  // safety: gaps in a recording
  route_gaps_unknown: gettext('The way across its gaps is not known, so a recorded hazard may have been near.'),
  // safety: a route of which the file holds only some points, on the page for phones
  route_left: gettext('Routes with only some points, between which a device chooses the way: {count}. Straight lines between the points were compared; the device may choose another way.'),
  route_unread_points: gettext('Points without a usable position, not checked: {count}.'),

  // The pack.
  region_whole: gettext('All recorded areas of this service'),
  part_label: gettext('Which areas'),
  part_whole: gettext('All (areas: {count}; {size})'),
  part_option: gettext('{places} {bounds} (areas: {count}; {size})'),
  part_words: gettext('A part replaces the areas that are here. Outside the part, the phone answers "Unknown". The people who run the service can see which part you fetched; if you fetch all areas, they learn nothing about where you go.'),
  base_map_choice: gettext('With the map of the region, its roads, waters and places ({size})'),
  base_map_cut: gettext('So that it fits on a phone, its closest views are left out: houses, tracks and small roads may be missing from it.'),
  // safety: on the page for phones
  base_map_damaged: gettext('The map of the region on this phone is damaged and is not drawn. Recorded areas are still drawn and compared. Fetch the map again.'),
  part_line: gettext('A part of the areas: {places} {bounds}.'),
  offer_line: gettext('Areas: {count}. To fetch: {size}.'),
  fetch: gettext('Fetch ({size})'),
  continue: gettext('Continue ({done} of {size} are here)'),
  update: gettext('Update'),
  update_line: gettext('Newer areas are offered, written on {day}. At most {size}; usually much less, because data already on this phone are not fetched again.'),
  up_to_date: gettext('These are the areas that the service offers now.'),
  looking: gettext('Asking the service which areas it offers.'),
  offline: gettext('No network: the areas on this phone are used. Their date is shown above.'),
  no_offer: gettext('The service offers no areas for phones now.'),
  fetching: gettext('Fetching: {done} of {size}'),
  saving: gettext('Checking and saving.'),
  fetched: gettext('{size} were fetched. The areas are on this phone; it needs no network now.'),
  fetched_alone: gettext('{size} were fetched. The areas are on this phone.'),
  // safety: on the page for phones
  page_not_kept: gettext('This browser has not stored the page itself, so it may not start without a network. Open it again while there is a network; if this message appears again, use another browser, or leave the page open.'),
  // safety: on the page for phones
  stopped: gettext('The network ended at {done} of {size}. The data fetched so far are kept: press Continue when there is a network.'),
  // safety: on the page for phones
  storage_full: gettext('Not enough storage on this phone: {needed} are needed. Delete something and try again. The earlier data are unchanged.'),
  storage_may_vanish: gettext('The browser may delete the areas when the phone runs out of storage: look at the date above before each walk.'),
  // safety: on the page for phones
  storage_unusable: gettext('This browser does not let the page store data (private window?), so areas cannot be kept here.'),
  // safety: on the page for phones
  wrong_digest: gettext('The data received are not what was signed (SHA-256 differs). They were thrown away. Try again; if it happens again, tell the people who run this service.'),
  // safety: on the page for phones
  wrong_signature: gettext('The signature does not match the areas offered. They were not fetched. Use another network; if it happens again, tell the people who run this service.'),
  // safety: on the page for phones
  other_key: gettext('The areas offered now are signed by another key ({offered}) than those on this phone ({held}). They were not fetched. Ask the people who run this service which key is right; to accept the new key, remove the areas first.'),
  // safety: on the page for phones
  older_offer: gettext('The service offers older areas (of {offered}) than those on this phone (of {held}). They were not fetched. If it happens again, use another network, and tell the people who run this service.'),
  // safety: on the page for phones
  undated_offer: gettext('The offer does not state when it last changed, and the areas on this phone do ({held}), so it may be older. It was not fetched. Use another network; if it happens again, tell the people who run this service.'),
  // safety: on the page for phones
  wrong_tier: gettext('The areas offered are not of the public tier. They were not fetched.'),
  // safety: on the page for phones
  damaged: gettext('The areas on this phone are damaged and cannot be used. Fetch them again.'),
  fingerprint: gettext('Signed by key {fingerprint}. Compare it with what the authority publishes.'),
  remove: gettext('Remove the areas from this phone'),
  removed: gettext('The areas were removed from this phone.'),
  // safety: on the page for phones
  page_failed: gettext('The page failed. Nothing is being watched. Open it again.'),

  // Install.
  install: gettext('Install'),
  install_hint: gettext('With the menu of the browser: "Install" or "Add to Home screen" (on an iPhone: Share, then "Add to Home Screen"). It then starts without a network.'),
  installed: gettext('Installed: it starts without a network.'),

  // The language.
  language: gettext('Language'),
  draft: gettext('This translation is a draft made with the help of a machine; no speaker of the language has reviewed it yet. What matters for your life is also shown in English.'),
};

/** @typedef {(key: string, values?: Values) => string} Say */

/** @param {boolean} isEnglish @returns {Say} */
const speaker = (isEnglish) => (key, values = {}) => {
  const message = WORDS[key];
  if (message === undefined) throw new Error(`no words for ${key}`);
  return filledBy(spoken(message, isEnglish).template(Number(values.count)), (name) => {
    const value = values[name] ?? '';
    if (typeof value === 'object') return whenText(value, isEnglish);
    return typeof value === 'number' ? numberText(value, isEnglish) : value;
  });
};

/** @param {When} when @param {boolean} isEnglish */
const whenText = (when, isEnglish) => ('day' in when ? dayText(when.day, isEnglish) : instantText(when.at, isEnglish, when.isToSecond));

/** A sentence in the language of the page. */
export const say = speaker(false);
/** A sentence in English, whatever the page speaks. */
export const sayInEnglish = speaker(true);
/** What stands in English beside the page's language: all on which somebody's life may hang, until a speaker has reviewed it. @param {(say: Say) => string} made */
export const besideInEnglish = (made) => (isSafe() ? '' : made(sayInEnglish));

/** @param {string} kind @param {Say} [speak] */
export const sayKind = (kind, speak = say) => speak(`kind_${kind}` in WORDS ? `kind_${kind}` : 'kind_other');

/** @param {Say} speak */
const isEnglish = (speak) => speak === sayInEnglish;

/** A distance as it is shown: rounded down, so that nothing seems farther than it is. @param {number} distanceM @param {Say} [speak] */
export function sayDistance(distanceM, speak = say) {
  if (distanceM >= 1000) return amountText(Math.floor(distanceM / 100) / 10, 'kilometer', 1, isEnglish(speak));
  if (distanceM >= 10) return amountText(Math.floor(distanceM), 'meter', 0, isEnglish(speak));
  return amountText(Math.floor(distanceM * 10) / 10, 'meter', 1, isEnglish(speak));
}

/** A limit in whole metres or kilometres. @param {number} metres @param {Say} [speak] */
export const sayLimit = (metres, speak = say) => amountText(metres < 1000 ? metres : metres / 1000, metres < 1000 ? 'meter' : 'kilometer', 0, isEnglish(speak));

/** How much of something is done, rounded down. @param {number} share 0 to 1 */
export const sayShare = (share) => amountText(Math.floor(100 * share), 'percent', 0);

/** A time of some seconds. @param {number} seconds @param {Say} [speak] */
export const saySeconds = (seconds, speak = say) => amountText(seconds, 'second', 0, isEnglish(speak));

/** A size of a file, rounded up. @param {number} bytes */
export function saySize(bytes) {
  if (bytes < 1_000_000) return amountText(Math.ceil(bytes / 1000), 'kilobyte', 0);
  return amountText(Math.ceil(bytes / 100_000) / 10, 'megabyte', 1);
}

/** An accuracy, rounded up. @param {number} accuracyM */
export const sayAccuracy = (accuracyM) => amountText(Math.ceil(accuracyM), 'meter', 0);

/** The time of day by this phone's clock. @param {number} at milliseconds */
export const sayTime = (at) => new Date(at).toTimeString().slice(0, 8);

/** Show a sentence on which somebody's life may hang, English beside it where nobody reviewed it. @param {HTMLElement} element @param {(say: Say) => string} made */
export function showSafety(element, made) {
  const english = besideInEnglish(made);
  const parts = [made(say), ...(english ? [' ', englishElement(english)] : [])];
  const shown = parts.map((part) => (typeof part === 'string' ? part : part.textContent)).join('');
  if (element.textContent !== shown) element.replaceChildren(...parts);
}

/** @param {string} text @param {string} [name] of the element */
export function englishElement(text, name = 'span') {
  return Object.assign(document.createElement(name), {textContent: text, className: 'in-english', lang: 'en', dir: 'ltr'});
}

/** Fill in the words of every element that names some. @param {ParentNode} root */
export function fillWords(root) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-words]'))) {
    element.textContent = say(element.dataset.words ?? '');
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-safety]'))) {
    showSafety(element, (speak) => speak(element.dataset.safety ?? ''));
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-label]'))) {
    element.setAttribute('aria-label', say(element.dataset.label ?? ''));
  }
  for (const element of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll('[data-placeholder]'))) {
    element.placeholder = say(element.dataset.placeholder ?? '');
  }
}
