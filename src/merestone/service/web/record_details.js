// @ts-check
// What is recorded of one area, as a small table, and the window in which it stands on the map.
import * as maplibregl from './vendor/maplibre-gl/maplibre-gl.mjs';
import {LANGUAGE, dayText, gettext, numberText} from './messages.js';

/** @param {string} tag @param {string} text */
export function make(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** @param {Record<string, any>} properties */
function details(properties) {
  const box = document.createElement('div');
  box.append(make('strong', properties.kind_label[0].toUpperCase() + properties.kind_label.slice(1)));
  const list = document.createElement('dl');
  const accuracy = properties.accuracy_m == null ? gettext('not stated; a check widens it by 1 km') : `${numberText(properties.accuracy_m)} ${gettext('m')}`;
  /** @type {[string, string][]} */
  const rows = [
    [gettext('Record'), properties.record_id],
    [gettext('Outline'), properties.is_exact ? gettext('as recorded') : gettext('generalised outward; it contains the true one')],
    [gettext('Accurate to'), accuracy],
    [gettext('Data of'), properties.data_on ? dayText(properties.data_on) : gettext('not stated')],
    [gettext('True from'), properties.true_from ? dayText(properties.true_from) : gettext('not stated')],
    ...(properties.begins_on
      ? [/** @type {[string, string]} */ ([gettext('Stated to begin'), gettext('{day}; it is warned of already', {day: dayText(properties.begins_on)})])]
      : []),
    [gettext('Recorded'), dayText(properties.recorded_at.slice(0, 10))],
    [gettext('Source'), properties.source?.replace(/^the programme that keeps this register(?=$|, )/, gettext('the programme that keeps this register'))],
    ...Object.entries(properties.attributes)
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => /** @type {[string, string]} */ ([name, typeof value === 'object' ? JSON.stringify(value) : String(value)])),
  ];
  for (const [name, value] of rows) list.append(make('dt', name), make('dd', value));
  if (properties.label) box.append(make('p', properties.label));
  box.append(list);
  const more = /** @type {HTMLAnchorElement} */ (make('a', gettext('All details')));
  more.href = `/areas/${encodeURIComponent(properties.record_id)}`;
  box.append(more);
  return box;
}

/** @param {string} recordId @param {string} query */
export async function detailsOf(recordId, query) {
  try {
    const response = await fetch(`/map-record?record_id=${encodeURIComponent(recordId)}${query && `&${query}`}&lang=${LANGUAGE}`);
    if (response.ok) return details(await response.json());
  } catch {
    // Told below.
  }
  return make('p', gettext('The details of {record_id} could not be loaded. The record still applies.', {record_id: recordId}));
}

/** A window at a place, all of it within the map. @param {maplibregl.Map} map @param {maplibregl.LngLat} at @param {HTMLElement} content */
export function showWindow(map, at, content) {
  content.tabIndex = 0;
  content.setAttribute('role', 'region');
  content.setAttribute('aria-label', gettext('What is recorded here'));
  content.className = 'window';
  // The map is moved below until all of it is seen, so that it may take nearly all of its height: its last line was cut.
  content.style.maxHeight = `${Math.max(120, Math.min(440, map.getContainer().clientHeight - 70))}px`;
  const popup = new maplibregl.Popup({maxWidth: '22rem', focusAfterOpen: false}).setLngLat(at).setDOMContent(content).addTo(map);
  const window_ = popup.getElement().getBoundingClientRect();
  const room = map.getContainer().getBoundingClientRect();
  const beyond = (/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ from, /** @type {number} */ to) =>
    (low < from + 8 ? low - from - 8 : high > to - 8 ? high - to + 8 : 0);
  const by = [beyond(window_.left, window_.right, room.left, room.right), beyond(window_.top, window_.bottom, room.top, room.bottom)];
  if (by[0] || by[1]) map.panBy(/** @type {[number, number]} */ (by), {duration: 200});
}
