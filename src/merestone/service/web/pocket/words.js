// @ts-check
// Every word that the page for phones shows, in one place, so that it can be translated. {name} is filled in.

/** @type {Record<string, string>} */
export const WORDS = {
  // The page itself.
  notice: 'Not a safety certification. What is not recorded may still be there. Signs on the ground, and people who live there, come before any map.',
  here_title: 'Where you are',
  place_title: 'Check coordinates',
  route_title: 'Check a route',
  pack_title: 'Areas on this phone',
  install_title: 'Keep this page on the phone',
  map_label: 'Small map around you. It shows the recorded areas of the pack.',
  skip: 'Skip to the content',
  full_site: 'The full site (needs a network)',

  // Age of the pack.
  no_pack: 'No areas on this phone yet: nothing can be compared',
  age_today: 'Areas as written on {day}, today',
  age_days: 'Areas as written on {day}, {days} days ago',
  age_one_day: 'Areas as written on {day}, yesterday',
  age_no_record: 'The register holds no record',
  age_old: 'Update them when you have a network.',
  clock_behind: 'This phone\'s clock says {today}, which is before the areas were written ({day}). One of the two is wrong, so their age is not known. Set the clock; answers are given all the same.',
  clock_differs: 'This phone\'s clock differs from the server\'s by {hours} hours. Set the clock: the age shown depends on it.',
  data_days: 'Data from: {days}.',
  written: 'Compared with the areas as written on {day}.',
  written_never: 'The register holds no record to compare with.',
  swapped: 'The order of the two numbers was assumed, and only the other order lies among the recorded areas: write N, S, E or W.',
  label: 'From: {label}.',
  label_unreal: 'This is {label}: nothing of it stands for a real place.',
  unplaced: '{count} rows that may be hazards have no usable place and could not be compared with.',

  // Watching.
  start: 'Watch my position',
  stop: 'Stop watching',
  sound: 'Sound',
  vibration: 'Vibration',
  watching: 'Watching only while this page is open and the screen is on.',
  not_watching: 'Not watching. Nothing warns you while this page is closed.',
  screen_stays_on: 'The screen stays on.',
  screen_may_lock: 'This browser cannot keep the screen on: keep it from locking yourself.',
  waiting: 'Waiting for a position. It has not been checked yet.',
  position_stale: 'No new position since {time}: what stands here is about where you were then.',
  denied: 'This browser was not allowed to read the position, so nothing is watched. Allow it in the settings of the browser or the phone, or type coordinates below: from another device, a paper map or a GPS receiver.',
  unavailable: 'The phone gives no position now. Go where it sees the sky, or type coordinates below.',
  timed_out: 'The phone has not given a position for {seconds} s. It goes on trying; you can type coordinates below.',
  no_geolocation: 'This browser gives no position. Type coordinates below.',
  position_stays: 'Your position is compared on this phone. It is not sent anywhere.',

  // Answers.
  inside: 'Inside a recorded {kind}',
  near: 'Near a recorded {kind}',
  none_recorded: 'None recorded within {warn_m} m',
  unknown: 'Unknown',
  turn_back: 'Do not go on. Leave the way you came, and ask the mine action authority.',
  no_assurance: 'What is not recorded may still be there: this gives no assurance. Follow warning signs and local advice.',
  unanswered: 'Do not go there on the strength of this: it is not known what lies there.',
  nearest: 'Nearest: {kind}, {distance}, record {record}.',
  nothing_near: 'These areas have none within {searched_km} km of it.',
  inside_of: 'Record {record}.',
  at_time: 'Position of {time}, accurate to {accuracy}.',
  at_time_unstated: 'Position of {time}; its accuracy is not stated, so more room was taken.',
  typed_at: 'Checked: {position}, accurate to {accuracy}.',
  typed_unstated: 'Checked: {position}; the accuracy is not stated, so more room was taken.',
  outside_part: 'This lies outside the part of the areas on this phone, or too near to its edge: areas around it may be missing. Fetch that part too, or all areas.',
  ahead_inside: 'On this way you reach a recorded {kind} in about {seconds} s. Stop.',
  ahead_near: 'On this way you come near a recorded {kind} in about {seconds} s.',
  ahead_unknown: 'What lies ahead on this way is not known.',
  why: 'Why: {why}',
  metres: '{value} m',
  kilometres: '{value} km',

  // Kinds of record.
  kind_suspected: 'suspected hazardous area',
  kind_confirmed: 'confirmed hazardous area',
  kind_minefield_record: 'minefield record',
  kind_restricted: 'restricted area',
  kind_accident: 'accident',
  kind_incident: 'incident',
  kind_spot_find: 'spot find',
  kind_other: 'hazard',

  // Typed coordinates.
  coordinates: 'Coordinates',
  coordinates_example: '44.90123 N, 17.10234 E',
  coordinates_forms: 'Degrees (44.90123, 17.10234), degrees and minutes (44°54.074\' N 17°06.14\' E), or with seconds. Latitude first unless letters say otherwise.',
  accurate_to: 'Accurate to',
  metres_unit: 'm',
  check: 'Check',
  place_empty: 'Type a latitude and a longitude, such as 44.90123 N, 17.10234 E.',
  place_unread: '"{text}" is not a position that this page reads offline. Write degrees such as 44.90123 N, 17.10234 E; UTM and MGRS are read on the full site.',
  place_comma: '"{text}" could be one decimal number or two numbers. Write a space after the comma, and a point before decimals.',
  place_range: '"{text}" is out of range: latitudes go to 90 degrees, longitudes to 180, minutes and seconds to 60.',
  accuracy_unread: 'The accuracy "{text}" is not a number of metres from 0 to 100,000.',

  // Routes.
  route_choose: 'Open a GPX file',
  route_private: 'The file stays on this phone.',
  route_reading: 'Reading the route. It has not been checked yet.',
  route_unread: '{name} could not be read: {why}. Nothing of it was checked.',
  route_not_gpx: 'it is not a GPX file',
  route_empty: 'it holds no point',
  route_too_large: 'it is larger than {megabytes} MB',
  route_too_long: 'it has more than {count} points',
  route_inside: 'This route enters {count} recorded areas',
  route_near: 'This route comes near {count} recorded areas',
  route_unknown: 'Unknown: the route could not be compared as a whole',
  route_none: 'None recorded within {warn_m} m of this route',
  route_stop_inside: 'Enters a {kind} (record {record})',
  route_stop_near: 'Comes within {distance} of a {kind} (record {record})',
  route_points: '{name}: {points} points, accurate to {accuracy}.',
  route_points_unstated: '{name}: {points} points; their accuracy is not stated, so more room was taken.',
  route_unread_points: '{count} points have no usable position and were not checked.',

  // The pack.
  region_whole: 'All recorded areas of this service',
  part_label: 'Which areas',
  part_whole: 'All ({count} areas, {size})',
  part_option: '{places} {bounds} ({count} areas, {size})',
  part_words: 'A part takes the place of what is here. Outside of it the phone answers "Unknown". Whoever runs the service can see which part was fetched; of all areas, it tells nothing of where you go.',
  part_line: 'A part of the areas: {places} {bounds}.',
  offer_line: '{count} areas, {size} to fetch',
  fetch: 'Fetch ({size})',
  continue: 'Continue ({done} of {size} are here)',
  update: 'Update',
  update_line: 'Newer areas are offered, written on {day}. At most {size}; usually much less, since what is here already is not fetched again.',
  up_to_date: 'These are the areas that the service offers now.',
  looking: 'Asking what is offered.',
  offline: 'No network: what is on this phone is used. Its date stands above.',
  no_offer: 'The service offers no areas for phones: {why}',
  fetching: 'Fetching: {done} of {size}',
  saving: 'Checking and saving.',
  fetched: '{size} were fetched. The areas are on this phone; it needs no network now.',
  stopped: 'The network ended at {done} of {size}. What was fetched is kept: press Continue when there is a network.',
  storage_full: 'Not enough storage on this phone: {needed} are needed. Delete something and try again. What was here before is unchanged.',
  storage_may_vanish: 'The browser may delete the areas when the phone runs out of storage: look at the date above before each walk.',
  storage_unusable: 'This browser lets the page store nothing (private window?), so areas cannot be kept here.',
  wrong_digest: 'What came is not what was signed (SHA-256 differs). It was thrown away. Try again; if it happens again, tell whoever runs this service.',
  wrong_signature: 'The signature does not fit what is offered. It was not fetched. Use another network; if it happens again, tell whoever runs this service.',
  other_key: 'The areas offered now are signed by another key ({offered}) than those on this phone ({held}). They were not fetched. Ask whoever runs this service which is right; to accept the new key, remove the areas first.',
  older_offer: 'The service offers older areas (of {offered}) than those on this phone (of {held}). They were not fetched. If it happens again, use another network, and tell whoever runs this service.',
  undated_offer: 'What is offered does not state when it last changed, and the areas on this phone do ({held}), so it may be older. It was not fetched. Use another network; if it happens again, tell whoever runs this service.',
  wrong_tier: 'What is offered is not of the public tier. It was not fetched.',
  damaged: 'The areas on this phone are damaged and cannot be used ({why}). Fetch them again.',
  fingerprint: 'Signed by key {fingerprint}. Compare it with what the authority publishes.',
  remove: 'Remove the areas from this phone',
  removed: 'The areas were removed from this phone.',
  page_failed: 'The page failed: {why}. Nothing is being watched. Open it anew.',

  // Install.
  install: 'Install',
  install_hint: 'With the menu of the browser: "Install" or "Add to Home screen" (on an iPhone: Share, then "Add to Home Screen"). It then starts without a network.',
  installed: 'Installed: it starts without a network.',
};

/** @param {string} key @param {Record<string, string | number>} [values] */
export function say(key, values = {}) {
  const template = WORDS[key];
  if (template === undefined) throw new Error(`no words for ${key}`);
  return template.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** @param {string} kind */
export const sayKind = (kind) => say(`kind_${kind}` in WORDS ? `kind_${kind}` : 'kind_other');

/** A distance as it is shown: rounded down, so that nothing seems farther than it is. @param {number} distanceM */
export function sayDistance(distanceM) {
  if (distanceM >= 1000) return say('kilometres', {value: (Math.floor(distanceM / 100) / 10).toFixed(1)});
  return say('metres', {value: distanceM < 10 ? (Math.floor(distanceM * 10) / 10).toFixed(1) : Math.floor(distanceM)});
}

/** A size of a file, rounded up. @param {number} bytes */
export function saySize(bytes) {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return `${(Math.ceil(bytes / 100_000) / 10).toFixed(1)} MB`;
}

/** An accuracy, rounded up. @param {number} accuracyM */
export const sayAccuracy = (accuracyM) => say('metres', {value: Math.ceil(accuracyM)});

/** The time of day by this phone's clock. @param {number} at milliseconds */
export const sayTime = (at) => new Date(at).toTimeString().slice(0, 8);

/** Fill in the words of every element that names some. @param {ParentNode} root */
export function fillWords(root) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-words]'))) {
    element.textContent = say(element.dataset.words ?? '');
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-label]'))) {
    element.setAttribute('aria-label', say(element.dataset.label ?? ''));
  }
  for (const element of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll('[data-placeholder]'))) {
    element.placeholder = say(element.dataset.placeholder ?? '');
  }
}
