// @ts-check
// The map page: the areas, what is recorded of one, and the check of a place. No server but our own is called.
import * as maplibregl from './vendor/maplibre-gl/maplibre-gl.mjs';
import {readAreas} from './areas_file.js';
import {Answers} from './check.js';
import {queryOf, watch} from './times.js';

/** @type {{bounds: [number, number, number, number] | null, kinds: string[]}} */
const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');

// Fill and outline by kind. Fills of SHA and CHA are those of IMAS Technical Note 07.11/01; lines differ in pattern too,
// so that nobody depends on telling the colours apart.
const FILLS = {confirmed: '#FF0000', suspected: '#F4A718', minefield_record: '#FF0000', restricted: '#6d4aa8',
  cancelled: '#2f7d4f', reduced: '#2f7d4f', cleared: '#2f7d4f'};
const FILL_SHARES = {confirmed: 0.5, suspected: 0.5, minefield_record: 0.12, restricted: 0.18, cancelled: 0.06, reduced: 0.12, cleared: 0.25};
const LINES = {
  confirmed: '#b30000', suspected: '#b87400', minefield_record: '#b30000', restricted: '#6d4aa8',
  cancelled: '#2f7d4f', reduced: '#2f7d4f', cleared: '#2f7d4f', accident: '#7a0019', incident: '#7a0019', spot_find: '#7a0019',
};
const DASHES = {minefield_record: [4, 2], restricted: [6, 2, 1, 2], cancelled: [1, 2], reduced: [1, 2], cleared: [1, 2]};
/** A hatching laid over the fill: colour is never the only sign. */
/** @type {Record<string, {name: string, lines: ('/' | '\\')[]}>} */
const HATCHES = {
  suspected: {name: 'hatch-suspected', lines: ['/']},
  confirmed: {name: 'hatch-confirmed', lines: ['/', '\\']},
  minefield_record: {name: 'hatch-minefield_record', lines: ['/', '\\']},
  restricted: {name: 'hatch-restricted', lines: ['\\']},
};
const HATCH_PX = 24;

/** A tile of slanting lines in a colour. @param {string} colour @param {('/' | '\\')[]} lines */
function hatch(colour, lines) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const data = new Uint8Array(4 * HATCH_PX * HATCH_PX);
  for (let y = 0; y < HATCH_PX; y += 1) {
    for (let x = 0; x < HATCH_PX; x += 1) {
      const rising = (x + y) % HATCH_PX < 3;
      const falling = (x - y + HATCH_PX) % HATCH_PX < 3;
      if ((rising && lines.includes('/')) || (falling && lines.includes('\\'))) data.set([red, green, blue, 190], 4 * (y * HATCH_PX + x));
    }
  }
  return {width: HATCH_PX, height: HATCH_PX, data};
}

/** A click is no more exact than a finger: so many pixels of the map. */
const CLICK_PX = 6;

/** @param {maplibregl.Map} shown @param {number} lat */
function clickAccuracyM(shown, lat) {
  const worldPx = 512 * 2 ** shown.getZoom();
  return Math.ceil((CLICK_PX * 40_075_017 * Math.cos((lat * Math.PI) / 180)) / worldPx);
}

/** @param {Record<string, unknown>} table @param {unknown} otherwise */
const byKind = (table, otherwise) => /** @type {any} */ (['match', ['get', 'kind'], ...Object.entries(table).flat(), otherwise]);

const element = /** @type {HTMLElement} */ (document.getElementById('map'));
const times = /** @type {HTMLFormElement} */ (document.getElementById('times'));

function graticule() {
  const lines = [];
  for (let lon = -180; lon <= 180; lon += 10) lines.push([[lon, -85], [lon, 85]]);
  for (let lat = -80; lat <= 80; lat += 10) lines.push([[-180, lat], [180, lat]]);
  return {type: 'Feature', properties: {}, geometry: {type: 'MultiLineString', coordinates: lines}};
}

/** @returns {maplibregl.Map} */
function makeMap() {
  const map = new maplibregl.Map({
    container: element,
    style: {
      version: 8,
      sources: {
        land: {type: 'geojson', data: '/web/base_map/land.geojson', attribution: 'Natural Earth'},
        borders: {type: 'geojson', data: '/web/base_map/borders.geojson'},
        graticule: {type: 'geojson', data: /** @type {any} */ (graticule())},
        records: {type: 'geojson', data: {type: 'FeatureCollection', features: []}},
        place: {type: 'geojson', data: {type: 'FeatureCollection', features: []}},
      },
      layers: [
        {id: 'sea', type: 'background', paint: {'background-color': '#cddbe3'}},
        {id: 'land', type: 'fill', source: 'land', paint: {'fill-color': '#f3f0e8'}},
        {id: 'graticule', type: 'line', source: 'graticule', paint: {'line-color': '#9fb0b8', 'line-width': 0.5, 'line-opacity': 0.6}},
        {id: 'borders', type: 'line', source: 'borders', paint: {'line-color': '#8b8378', 'line-width': 1}},
      ],
    },
    ...(settings.bounds ? {bounds: settings.bounds, fitBoundsOptions: {padding: 48, maxZoom: 14}} : {center: [0, 20], zoom: 1}),
    attributionControl: {compact: true},
  });
  map.addControl(new maplibregl.NavigationControl({visualizePitch: false}), 'top-left');
  map.addControl(new maplibregl.ScaleControl({unit: 'metric'}), 'bottom-left');
  return map;
}

/** @param {maplibregl.Map} map */
function addRecords(map) {
  map.addLayer({
    id: 'record-fill', type: 'fill', source: 'records', filter: ['==', ['geometry-type'], 'Polygon'],
    layout: {'fill-sort-key': ['case', ['get', 'is_hazard'], 1, 0]},
    paint: {'fill-color': byKind(FILLS, '#7a0019'), 'fill-opacity': byKind(FILL_SHARES, 0.12)},
  });
  for (const kind of Object.keys(HATCHES)) {
    const {name, lines} = HATCHES[kind];
    map.addImage(name, hatch(/** @type {Record<string, string>} */ (LINES)[kind], lines), {pixelRatio: 2});
    map.addLayer({
      id: `record-hatch-${kind}`, type: 'fill', source: 'records', minzoom: 9,
      filter: ['all', ['==', ['get', 'kind'], kind], ['==', ['geometry-type'], 'Polygon']],
      paint: {'fill-pattern': name},
    });
  }
  for (const kind of settings.kinds) {
    const dash = /** @type {Record<string, number[]>} */ (DASHES)[kind];
    map.addLayer({
      id: `record-line-${kind}`, type: 'line', source: 'records',
      filter: ['all', ['==', ['get', 'kind'], kind], ['!=', ['geometry-type'], 'Point']],
      paint: {'line-color': /** @type {any} */ (LINES)[kind], 'line-width': 2, ...(dash ? {'line-dasharray': dash} : {})},
    });
  }
  map.addLayer({
    id: 'record-point', type: 'circle', source: 'records', filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-radius': 6, 'circle-color': ['match', ['get', 'kind'], 'accident', '#7a0019', '#ffffff'],
      'circle-stroke-color': '#7a0019', 'circle-stroke-width': 2.5,
    },
  });
  map.addLayer({
    id: 'place', type: 'circle', source: 'place',
    paint: {'circle-radius': 8, 'circle-color': '#ffffff', 'circle-stroke-color': '#17566b', 'circle-stroke-width': 4},
  });
}

/** @param {string} tag @param {string} words */
function make(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

/** What is recorded of one area, as a small table. @param {Record<string, any>} properties */
function details(properties) {
  const box = document.createElement('div');
  box.append(make('strong', properties.kind_label[0].toUpperCase() + properties.kind_label.slice(1)));
  const list = document.createElement('dl');
  const accuracy = properties.accuracy_m == null ? 'not stated; a check widens it by 1 km' : `${properties.accuracy_m} m`;
  /** @type {[string, string][]} */
  const rows = [
    ['Record', properties.record_id],
    ['Outline', properties.is_exact ? 'as recorded' : 'generalised outward; it contains the true one'],
    ['Accurate to', accuracy],
    ['Data of', properties.data_on ?? 'not stated'],
    ['True from', properties.true_from ?? 'not stated'],
    ...(properties.begins_on
      ? [/** @type {[string, string]} */ (['Stated to begin', `on ${properties.begins_on}; it is warned of already`])]
      : []),
    ['Recorded', properties.recorded_at.slice(0, 10)],
    ['Source', properties.source],
    ...Object.entries(properties.attributes)
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => /** @type {[string, string]} */ ([name, typeof value === 'object' ? JSON.stringify(value) : String(value)])),
  ];
  for (const [name, value] of rows) list.append(make('dt', name), make('dd', value));
  if (properties.label) box.append(make('p', properties.label));
  box.append(list);
  const more = /** @type {HTMLAnchorElement} */ (make('a', 'All that is shown of it'));
  more.href = `/areas/${encodeURIComponent(properties.record_id)}`;
  box.append(more);
  return box;
}

/** @param {maplibregl.Map} map @param {{lon_deg: number, lat_deg: number}} position */
function mark(map, position) {
  const source = /** @type {maplibregl.GeoJSONSource} */ (map.getSource('place'));
  const at = [position.lon_deg, position.lat_deg];
  source.setData({type: 'Feature', properties: {}, geometry: {type: 'Point', coordinates: at}});
  if (!map.getBounds().contains(/** @type {[number, number]} */ (at))) map.easeTo({center: /** @type {[number, number]} */ (at)});
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
/** What is shown. @type {import('./areas_file.js').Areas | null} */
let areas = null;

/** Give the place that was checked, if there was one. @param {string} [accuracyM] */
async function check(accuracyM = accuracy.value) {
  const answer = await answers.check(input.value, accuracyM, warn.value);
  if (!answer) return null;
  answers.output.firstElementChild?.scrollIntoView({block: 'nearest'});
  if (map && answer.position) mark(map, answer.position);
  return answer.position ?? null;
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
    const mine = answers.wait('Asking the device for its position. No place has been checked yet.');
    navigator.geolocation.getCurrentPosition(
      ({coords}) => {
        if (!answers.isLast(mine)) return;
        input.value = written(coords.longitude, coords.latitude);
        accuracy.value = String(Math.ceil(coords.accuracy));
        void check();
      },
      (error) => {
        if (!answers.isLast(mine)) return;
        answers.refuse(`The device gave no position (${error.message}). Type the coordinates instead.`);
      },
      {enableHighAccuracy: true, timeout: 20000},
    );
  });
}

/** Let the map and the legend's counts follow the times. @param {maplibregl.Map} shown */
function followTimes(shown) {
  /** @type {AbortController | null} */
  let asking = null;
  /** @param {string} query */
  async function follow(query) {
    asking?.abort();
    asking = new AbortController();
    element.setAttribute('aria-busy', 'true');
    tellUnshown(FETCHING);
    const source = /** @type {maplibregl.GeoJSONSource} */ (shown.getSource('records'));
    try {
      const response = await fetch(`/map-areas?${query}`, {signal: asking.signal});
      if (!response.ok) throw new Error((await response.json()).detail);
      areas = readAreas(await response.arrayBuffer());
      source.setData(/** @type {any} */ ({type: 'FeatureCollection', features: areas.features}));
      count(areas.features);
      element.dataset.shown = query;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      // Better no areas than those of another time under this one's name.
      areas = null;
      source.setData({type: 'FeatureCollection', features: []});
      count([]);
      delete element.dataset.shown;
      // What could not be had is unknown, which is not nothing.
      nothing.hidden = true;
      tellUnshown(`The areas of that time could not be had, and none is shown. ${error instanceof Error ? error.message : ''}`);
    }
    element.removeAttribute('aria-busy');
  }
  watch(times, follow);
  void follow(queryOf(times));
}

const FETCHING = 'Fetching the areas. The map does not show those of this time yet.';

/** Say over the map that it does not show what is recorded. @param {string} words */
function tellUnshown(words) {
  unshown.textContent = words;
  unshown.classList.toggle('waiting', words === FETCHING);
  unshown.hidden = false;
}

/** @param {{properties: {kind: string}}[]} features */
function count(features) {
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-kind]'))) {
    const of = features.filter((feature) => feature.properties.kind === box.dataset.kind).length;
    const line = /** @type {HTMLElement} */ (box.closest('li'));
    line.hidden = of === 0;
    /** @type {HTMLElement} */ (line.querySelector('.count')).textContent = of.toLocaleString('en');
  }
  nothing.hidden = features.length > 0;
  unshown.hidden = true;
}

function start() {
  map = makeMap();
  const shown = map;
  tellUnshown(FETCHING);
  shown.on('load', () => {
    addRecords(shown);
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-kind]'))) {
      box.addEventListener('change', () => filter(shown));
    }
    followTimes(shown);
    element.dataset.ready = 'yes';
  });
  shown.on('click', (event) => {
    checkPlace(event.lngLat);
    const layers = ['record-fill', 'record-point'].filter((layer) => shown.getLayer(layer));
    const found = shown.queryRenderedFeatures(event.point, {layers});
    if (!found.length) return;
    const box = document.createElement('div');
    const seen = new Set();
    for (const {properties: {record_id}} of found) {
      const told = seen.has(record_id) ? null : areas?.propertiesOf(record_id);
      if (told) box.append(details(told));
      seen.add(record_id);
    }
    if (!box.childElementCount) return;
    new maplibregl.Popup({maxWidth: '22rem'}).setLngLat(event.lngLat).setDOMContent(box).addTo(shown);
  });
  shown.getCanvas().addEventListener('keydown', (event) => {
    if (event.key === 'Enter') checkPlace(shown.getCenter());
  });
  // A place named in the address, as the list's links do: show it, and answer for it.
  const at = new URLSearchParams(location.search).get('at');
  if (at) {
    input.value = at;
    void check().then((position) => position && shown.jumpTo({center: [position.lon_deg, position.lat_deg], zoom: 13}));
  }
  Object.assign(window, {merestoneMap: shown});
}

/** Hide the kinds whose box is not ticked; the check of a place still knows them. @param {maplibregl.Map} shown */
function filter(shown) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[data-kind]'));
  const kinds = [...boxes].filter((box) => box.checked).map((box) => box.dataset.kind ?? '');
  const wanted = ['in', ['get', 'kind'], ['literal', kinds]];
  shown.setFilter('record-fill', /** @type {any} */ (['all', ['==', ['geometry-type'], 'Polygon'], wanted]));
  shown.setFilter('record-point', /** @type {any} */ (['all', ['==', ['geometry-type'], 'Point'], wanted]));
  for (const kind of settings.kinds) {
    const visibility = kinds.includes(kind) ? 'visible' : 'none';
    shown.setLayoutProperty(`record-line-${kind}`, 'visibility', visibility);
    if (kind in HATCHES) shown.setLayoutProperty(`record-hatch-${kind}`, 'visibility', visibility);
  }
}

try {
  start();
} catch (error) {
  // No WebGL: the check and the list still work, and the reader is told why there is no map.
  map = null;
  element.replaceChildren(make('p', 'This browser cannot draw the map. The check and the list work without it.'));
  element.classList.add('no-map');
  console.info(error);
}
