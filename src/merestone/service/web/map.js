// @ts-check
// The map page: the areas, what is recorded of one, and the check of a place. No server but our own is called.
import * as maplibregl from './vendor/maplibre-gl/maplibre-gl.mjs';
import {watchAlerts} from './alerts.js';
import {addHatches, showKinds} from './area_layers.js';
import {AreaTiles} from './area_tiles.js';
import {addBaseMap} from './base_map.js';
import {Answers} from './check.js';
import {ringChosen} from './chosen.js';
import {accuracyOf} from './device_accuracy.js';
import {FITTED, isFirstViewShown, removeFirstView} from './first_view.js';
import {Follower} from './follow.js';
import {drawLegend} from './legend.js';
import {suggestPlaces} from './place_search.js';
import {detailsOf, make, showWindow} from './record_details.js';
import {queryOfView, share} from './sharing.js';
import {Sheet} from './sheet.js';
import {queryOf, watch} from './times.js';
import {LANGUAGE, gettext, ngettext, numberText} from './messages.js';

/** @typedef {import('./area_tiles.js').Summary} Summary */
/** @type {{bounds: [number, number, number, number] | null, kinds: string[], summary: Summary | null, is_exact: boolean, chosen: string[], base_map: import('./base_layers.js').BaseMap | null}} */
const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');

/** A click is no more exact than a finger: so many pixels of the map. */
const CLICK_PX = 6;

/** @param {maplibregl.Map} shown @param {number} lat */
function clickAccuracyM(shown, lat) {
  const worldPx = 512 * 2 ** shown.getZoom();
  return Math.ceil((CLICK_PX * 40_075_017 * Math.cos((lat * Math.PI) / 180)) / worldPx);
}

const element = /** @type {HTMLElement} */ (document.getElementById('map'));
const times = /** @type {HTMLFormElement} */ (document.getElementById('times'));

/** The accuracy that a device states, as it is typed: whole metres, rounded up; nothing where it states none. @param {GeolocationCoordinates} coords */
function statedBy(coords) {
  const metres = accuracyOf(coords);
  return metres === null ? '' : String(Math.ceil(metres));
}

/** Check each place that the device comes to. */
const follower = new Follower(() => (Sheet.isUsed ? sheet.panel.offsetHeight : 0), (coords) => {
  input.value = written(coords.longitude, coords.latitude);
  accuracy.value = statedBy(coords);
  void check(accuracy.value, true);
}, () => answers.refuse(gettext('The device gave no position. Type the coordinates instead.')));

/** @returns {maplibregl.Map} */
function makeMap() {
  const map = new maplibregl.Map({
    container: element,
    style: {
      version: 8,
      sources: {place: {type: 'geojson', data: {type: 'FeatureCollection', features: []}}},
      layers: [
        {id: 'sea', type: 'background', paint: {'background-color': '#f3f0e8'}},
        {
          id: 'place', type: 'circle', source: 'place',
          paint: {'circle-radius': 12, 'circle-color': '#ffffff', 'circle-opacity': 0.2, 'circle-stroke-color': '#17566b', 'circle-stroke-width': 4},
        },
      ],
    },
    ...(settings.bounds ? {bounds: settings.bounds, fitBoundsOptions: FITTED} : {center: [0, 20], zoom: 1}),
    attributionControl: {compact: true},
  });
  map.addControl(new maplibregl.NavigationControl({visualizePitch: false}), 'top-right');
  follower.addTo(map);
  map.addControl(new maplibregl.ScaleControl({unit: 'metric'}), 'bottom-left');
  return map;
}

/** @param {maplibregl.Map} map @param {{lon_deg: number, lat_deg: number}} position @param {boolean} isFollowed */
function mark(map, position, isFollowed) {
  const source = /** @type {maplibregl.GeoJSONSource} */ (map.getSource('place'));
  const at = [position.lon_deg, position.lat_deg];
  source.setData({type: 'Feature', properties: {}, geometry: {type: 'Point', coordinates: at}});
  const center = /** @type {[number, number]} */ (at);
  // On a phone the sheet covers the lower half, so the place goes into the middle of what is left.
  if (isFollowed) follower.centre(map);
  else if (Sheet.isUsed) map.easeTo({center, offset: [0, -sheet.panel.offsetHeight / 2]});
  else if (!map.getBounds().contains(center)) map.easeTo({center});
}

const form = /** @type {HTMLFormElement} */ (document.getElementById('check'));
const input = /** @type {HTMLInputElement} */ (document.getElementById('position'));
const accuracy = /** @type {HTMLInputElement} */ (document.getElementById('accuracy_m'));
const warn = /** @type {HTMLInputElement} */ (document.getElementById('warn_m'));
const answers = new Answers(/** @type {HTMLElement} */ (document.getElementById('answer')));
const nothing = /** @type {HTMLElement} */ (document.getElementById('nothing'));
const unshown = /** @type {HTMLElement} */ (document.getElementById('unshown'));
/** @type {maplibregl.Map | null} */
let map = null;
/** @type {AreaTiles | null} */
let areas = null;

const sheet = new Sheet(
  /** @type {HTMLElement} */ (document.querySelector('.panel')), /** @type {HTMLButtonElement} */ (document.getElementById('sheet-handle')),
);
const recorded = /** @type {HTMLElement} */ (document.getElementById('recorded'));

/** What to do, and the answer, in view. */
const keepAnswerInView = () => answers.output.firstElementChild?.scrollIntoView({block: 'nearest'});
const showAnswer = () => {
  if (Sheet.isUsed) sheet.open();
  keepAnswerInView();
};
// The panel gives up room when the map comes: an answer to a place in the address must not be left below its edge.
new ResizeObserver(keepAnswerInView).observe(/** @type {Element} */ (answers.output.closest('.panel')));

/** The place that was checked last. @type {{lon_deg: number, lat_deg: number} | null} */
let checked = null;

/** Give the place that was checked, if there was one. @param {string} [accuracyM] @param {boolean} [isFollowed] */
async function check(accuracyM = accuracy.value, isFollowed = false) {
  const answer = await answers.check(input.value, accuracyM, warn.value);
  if (!answer) return null;
  showAnswer();
  if (map && answer.position) mark(map, answer.position, isFollowed);
  checked = answer.position ?? null;
  return checked;
}

/** A place as every page writes it: latitude first, with letters. @param {number} lon @param {number} lat */
function written(lon, lat) {
  return `${Math.abs(lat).toFixed(6)} ${lat >= 0 ? 'N' : 'S'}, ${Math.abs(lon).toFixed(6)} ${lon >= 0 ? 'E' : 'W'}`;
}

/** Check a place of the map: as exact as stated, and never more exact than it was pointed at. @param {maplibregl.LngLat} place */
function checkPlace(place) {
  if (!map) return;
  const {lng, lat} = place.wrap();
  input.value = written(lng, lat);
  const stated = accuracy.value;
  void check(stated === '' ? '' : String(Math.max(Number(stated), clickAccuracyM(map, lat))));
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void check();
});
form.addEventListener('input', () => answers.forget());

// The device's own position is asked for only when the user asks, and is sent only to the server that gave this page.
const here = /** @type {HTMLButtonElement} */ (document.getElementById('here'));
if ('geolocation' in navigator && window.isSecureContext) {
  here.hidden = false;
  here.addEventListener('click', () => {
    const mine = answers.wait(gettext('Asking the device for its position. No place has been checked yet.'));
    navigator.geolocation.getCurrentPosition(
      ({coords}) => {
        if (!answers.isLast(mine)) return;
        input.value = written(coords.longitude, coords.latitude);
        accuracy.value = statedBy(coords);
        void check();
      },
      () => {
        if (!answers.isLast(mine)) return;
        answers.refuse(gettext('The device gave no position. Type the coordinates instead.'));
      },
      {enableHighAccuracy: true, timeout: 20000},
    );
  });
}

/** Let the map and the legend's counts follow the times. @param {maplibregl.Map} shown @param {AreaTiles} tiles */
function followTimes(shown, tiles) {
  /** @type {AbortController | null} */
  let asking = null;
  /** @param {string} query */
  async function follow(query) {
    asking?.abort();
    asking = new AbortController();
    // Better no areas than those of another time under this one's name.
    tiles.clear();
    if (query !== '') removeFirstView();
    tellUnshown(FETCHING);
    element.setAttribute('aria-busy', 'true');
    try {
      const summary = (query === '' && settings.summary) || (await summaryOf(query, asking.signal));
      settings.summary = null; // the register goes on; what came with the page is used once
      count(summary);
      element.dataset.query = query;
      tiles.show(query, summary, settings.kinds, tickedKinds());
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      count({counts: {}, outlines_from_zoom: 0, beyond_count: 0});
      // What could not be had is unknown, which is not nothing.
      nothing.hidden = true;
      tellUnshown(gettext('The areas of that time could not be loaded, and none is shown.'));
      element.removeAttribute('aria-busy');
      addBaseMap(shown, settings.base_map, LANGUAGE);
    }
  }
  watch(times, follow);
  void follow(queryOf(times));
}

/** @param {string} query @param {AbortSignal} signal @returns {Promise<Summary>} */
async function summaryOf(query, signal) {
  const response = await fetch(`/map-summary?${query}`, {signal});
  if (!response.ok) throw new Error((await response.json()).detail);
  return response.json();
}

const FETCHING = gettext('Fetching the areas. The map does not show those of this time yet.');
const FAILING = gettext('Areas in view could not be loaded, and are not shown here. The page tries again.');
/** How long tiles may be on their way, once all were there, until the page says so: moving the map is no alarm. */
const PATIENCE_MS = 250;
let patience = 0;

/** Say over the map whether it shows what is recorded. @param {import('./area_tiles.js').State} state */
function tellState(state) {
  window.clearTimeout(patience);
  if (state === 'shown') {
    element.dataset.shown = element.dataset.query ?? '';
    element.removeAttribute('aria-busy');
    unshown.hidden = true;
    removeFirstView();
    if (map) addBaseMap(map, settings.base_map, LANGUAGE);
  } else if (state === 'failing' || !('shown' in element.dataset)) {
    delete element.dataset.shown;
    element.setAttribute('aria-busy', 'true');
    tellUnshown(state === 'failing' ? FAILING : FETCHING);
  } else {
    patience = window.setTimeout(() => {
      delete element.dataset.shown;
      tellState(areas?.state ?? 'fetching');
    }, PATIENCE_MS);
  }
}

/** Say over the map that it does not show what is recorded. @param {string} text */
function tellUnshown(text) {
  delete element.dataset.shown;
  unshown.textContent = text;
  unshown.classList.toggle('waiting', text === FETCHING);
  unshown.hidden = text === FETCHING && isFirstViewShown();
}

/** @param {Summary} summary */
function count({counts, beyond_count: beyond}) {
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-kind]'))) {
    const of = counts[box.dataset.kind ?? ''] ?? 0;
    const line = /** @type {HTMLElement} */ (box.closest('li'));
    line.hidden = of === 0;
    /** @type {HTMLElement} */ (line.querySelector('.count')).textContent = of.toLocaleString(LANGUAGE);
  }
  nothing.hidden = Object.keys(counts).length > 0;
  const note = /** @type {HTMLElement} */ (document.getElementById('beyond'));
  note.hidden = beyond === 0;
  note.textContent = ngettext(
    '{count} record lies wholly or partly nearer to a pole than this map reaches; the check and the list include it.',
    '{count} records lie wholly or partly nearer to a pole than this map reaches; the check and the list include them.', beyond);
}

/** Under the pointer, with the tolerance of a finger. @param {maplibregl.Map} shown @param {maplibregl.Point} point */
function recordsAt(shown, point) {
  const layers = shown.getStyle().layers.map(({id}) => id).filter((id) => /^(record-(fill|point|mark|line)|cell-)/.test(id));
  const of = (/** @type {number} */ px) =>
    shown.queryRenderedFeatures([[point.x - px, point.y - px], [point.x + px, point.y + px]], {layers});
  const exactly = of(0);
  return exactly.length ? exactly : of(CLICK_PX);
}

let lookedAt = 0;

/** What is recorded where somebody clicked, in a small window. @param {maplibregl.Map} shown @param {maplibregl.MapMouseEvent} event */
async function tellRecords(shown, event) {
  lookedAt += 1;
  recorded.hidden = true;
  const mine = lookedAt;
  const records = recordsAt(shown, event.point);
  const box = document.createElement('div');
  const cell = records.find(({source}) => source === 'cells');
  if (cell) box.append(make('p', gettext('Recorded areas in this square: {number}. Zoom in to see each.', {number: numberText(cell.properties.count)})));
  const ids = [...new Set(records.filter(({source}) => source === 'records').map(({properties}) => properties.record_id))];
  const query = element.dataset.query ?? '';
  box.append(...(await Promise.all(ids.map((id) => detailsOf(id, query)))));
  if (!box.childElementCount || mine !== lookedAt || query !== element.dataset.query) return;
  if (Sheet.isUsed) {
    recorded.replaceChildren(box);
    recorded.hidden = false;
  } else {
    showWindow(shown, event.lngLat, box);
  }
}

/** Which kinds are ticked in the legend. */
function tickedKinds() {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-kind]'));
  return [...boxes].filter((box) => box.checked).map((box) => box.dataset.kind ?? '');
}

/** The place that was checked, or the middle of the map. @param {maplibregl.Map} shown */
function viewOf(shown) {
  const {lng, lat} = shown.getCenter().wrap();
  const zoom = shown.getZoom();
  return checked && !answers.output.hidden ? {...checked, zoom} : {lon_deg: lng, lat_deg: lat, zoom};
}

function start() {
  map = makeMap();
  const shown = map;
  tellUnshown(FETCHING);
  // Not `load`, which waits for a first drawing: on a phone that costs a quarter of a second before any tile is asked for.
  shown.once('style.load', () => {
    addHatches(shown);
    const tiles = new AreaTiles(shown, 'place', tellState);
    areas = tiles;
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-kind]'))) {
      box.addEventListener('change', () => showKinds(shown, tickedKinds()));
    }
    followTimes(shown, tiles);
    // They are on the map like all others, and it was fitted to them; without the rings they are only not told apart.
    void ringChosen(shown, settings.chosen, queryOf(times)).catch(console.warn);
    const counting = /** @type {HTMLElement} */ (document.getElementById('counting'));
    shown.on('render', () => { counting.hidden = !tiles.isCounting; });
    element.dataset.ready = 'yes';
  });
  // Once the map moves, the first picture no longer lies where the areas do; `resize` comes before anything is drawn.
  for (const moved of /** @type {const} */ (['movestart', 'resize'])) shown.on(moved, () => { if (element.dataset.ready) removeFirstView(); });
  shown.on('click', (event) => {
    checkPlace(event.lngLat);
    void tellRecords(shown, event);
  });
  shown.getCanvas().addEventListener('keydown', (event) => {
    if (event.key === 'Enter') checkPlace(shown.getCenter());
  });
  // A place named in the address, as the list's links do: show it, and answer for it.
  const asked = new URLSearchParams(location.search);
  const at = asked.get('at');
  if (at) {
    input.value = at;
    const zoom = Math.min(Math.max(Number(asked.get('zoom') ?? 13) || 13, 1), 22);
    void check().then((position) => position && shown.jumpTo({center: [position.lon_deg, position.lat_deg], zoom}));
  }
  // A place that is only to be shown, as `merestone serve` prints for a base map apart from the records: nobody asked of it.
  const place = /^([\d.]+)([NS]),([\d.]+)([EW])$/.exec(asked.get('show') ?? '');
  if (place && !at) {
    const center = /** @type {[number, number]} */ ([
      Number(place[3]) * (place[4] === 'E' ? 1 : -1), Number(place[1]) * (place[2] === 'N' ? 1 : -1)]);
    shown.jumpTo({center, zoom: Math.min(Math.max(Number(asked.get('zoom') ?? 10) || 10, 1), 22)});
  }
  const find = /** @type {HTMLFormElement} */ (document.getElementById('find'));
  find.hidden = false;
  suggestPlaces(find, ({lon_deg: lon, lat_deg: lat}) => {
    // A town is no place to check: its middle is marked by nobody. The map goes there, and the reader points at the spot.
    shown.jumpTo({center: [lon, lat], zoom: Math.max(13, shown.getZoom())});
  });
  for (const button of document.querySelectorAll('#share, #print')) /** @type {HTMLElement} */ (button).hidden = false;
  document.getElementById('share')?.addEventListener('click', () => share(viewOf(shown)));
  document.getElementById('print')?.addEventListener('click', () => {
    location.assign(`/print?${queryOfView(viewOf(shown))}`);
  });
  Object.assign(window, {merestoneMap: shown});
}

const alerts = /** @type {HTMLElement} */ (document.getElementById('alerts'));
watchAlerts(alerts, () => (element.dataset.ready ? map : null));

drawLegend(settings.is_exact);
try {
  start();
} catch (error) {
  // No WebGL: the check and the list still work, and the reader is told why there is no map.
  map = null;
  removeFirstView();
  element.replaceChildren(make('p', gettext('This browser cannot draw the map. The check and the list work without it.')));
  element.classList.add('no-map');
  console.info(error);
}
