// @ts-check
// The small map: the base map that came with the pack, the recorded areas around the person, the person, and a route that
// was opened. Nothing is drawn while the page is hidden; what changed meanwhile is drawn when it is seen again.
import * as maplibregl from '../vendor/maplibre-gl/maplibre-gl.mjs';
import {addHatches, outlineLayers} from '../area_layers.js';
import {drawRegion, offerTiles} from './region_map.js';
import {say} from './words.js';

/** @typedef {import('./pack_file.js').Pack} Pack */
/** @typedef {import('./watching.js').Fix} Fix */

const WORKER = '/pocket/map-worker.mjs';
const KINDS = ['suspected', 'confirmed', 'minefield_record', 'restricted', 'accident', 'incident', 'spot_find'];
const ZOOM = 14;
/** Outlines are drawn from this zoom on; further out, so many would run together. */
const OUTLINES_FROM_ZOOM = 9;
/** More than can be told apart on a screen; far more than lie on one from that zoom on. */
const MOST_PARTS = 20_000;
const EMPTY = /** @type {any} */ ({type: 'FeatureCollection', features: []});

/** @param {unknown} geometry @param {Record<string, unknown>} [properties] */
const feature = (geometry, properties = {}) => /** @type {any} */ ({type: 'Feature', properties, geometry});

/** The rings of a part as GeoJSON has them. @param {Pack['outlines']} outlines @param {number} part */
function ringsOf({lon_deg, lat_deg, ends, part_start, makeCoordinates}, part) {
  makeCoordinates(part);
  /** @type {[number, number][][]} */
  const rings = [[]];
  for (let at = /** @type {number} */ (part_start[part]); at < /** @type {number} */ (part_start[part + 1]); at++) {
    rings.at(-1)?.push([/** @type {number} */ (lon_deg[at]), /** @type {number} */ (lat_deg[at])]);
    if (ends[at] && at + 1 < /** @type {number} */ (part_start[part + 1])) rings.push([]);
  }
  return rings;
}

/** The recorded areas that meet a box, as GeoJSON. @param {Pack} pack @param {[number, number, number, number]} box west, south, east, north */
export function areasWithin({outlines, boxes, names}, [west, south, east, north]) {
  const features = [];
  for (let part = 0; part < outlines.part_hazard.length && features.length < MOST_PARTS; part++) {
    const at = 4 * part;
    const meets = boxes[at] <= east && boxes[at + 2] >= west && boxes[at + 1] <= north && boxes[at + 3] >= south;
    if (!meets) continue;
    const rings = ringsOf(outlines, part);
    const geometry = outlines.part_is_area[part] ? {type: 'Polygon', coordinates: rings} : {type: 'MultiLineString', coordinates: rings};
    features.push(feature(geometry, {kind: names.kind(/** @type {number} */ (outlines.part_hazard[part])), is_hazard: true}));
  }
  return /** @type {any} */ ({type: 'FeatureCollection', features});
}

/** @param {[number, number, number, number]} box west, south, east, north */
const boxRing = ([west, south, east, north]) => [[west, south], [east, south], [east, north], [west, north], [west, south]];

/** A circle of metres around a place, as a ring. @param {{lon_deg: number, lat_deg: number}} place @param {number} radiusM */
function circle({lon_deg, lat_deg}, radiusM) {
  const perDegM = 111_320;
  const ring = Array.from({length: 49}, (_, nth) => {
    const angle = (2 * Math.PI * nth) / 48;
    const lon = lon_deg + (radiusM * Math.cos(angle)) / (perDegM * Math.max(0.01, Math.cos((lat_deg * Math.PI) / 180)));
    return [lon, lat_deg + (radiusM * Math.sin(angle)) / perDegM];
  });
  return {type: 'Polygon', coordinates: [ring]};
}

/** What the map's own controls say. */
const controlWords = () => ({
  'NavigationControl.ZoomIn': say('map_zoom_in'), 'NavigationControl.ZoomOut': say('map_zoom_out'), 'Map.Title': say('map_title'),
  'AttributionControl.ToggleAttribution': say('map_sources'),
});

export class SmallMap {
  /** @type {Pack | null} */
  #pack = null;
  /** @type {Map<string, any>} what is to be drawn, by source, while the page is hidden or the map not there yet */
  #waiting = new Map();
  #isReady = false;
  /** @type {{lon_deg: number, lat_deg: number} | null} */
  #centre = null;
  /** @type {Parameters<typeof drawRegion>[1]} */
  #region = null;
  #lowestArea = '';

  /** @param {HTMLElement} element */
  constructor(element) {
    maplibregl.setWorkerUrl(WORKER);
    offerTiles();
    const sources = Object.fromEntries(['sea', 'land', 'waters', 'borders', 'records', 'alerts', 'places', 'route', 'accuracy', 'person'].map((name) => [name, {type: 'geojson', data: EMPTY, ...(name === 'land' ? {attribution: 'Natural Earth, GeoNames'} : {})}]));
    this.map = new maplibregl.Map({
      container: element, center: [0, 20], zoom: 1, attributionControl: {compact: true}, locale: controlWords(), pitchWithRotate: false, dragRotate: false,
      style: {version: 8, sources: /** @type {any} */ (sources), layers: [{id: 'beyond', type: 'background', paint: {'background-color': '#e2e2de'}}]},
    });
    this.map.addControl(new maplibregl.NavigationControl({showCompass: false}), 'top-right');
    this.map.addControl(new maplibregl.ScaleControl({unit: 'metric'}), 'bottom-left');
    this.map.on('load', () => this.#begin());
    this.map.on('moveend', () => this.#drawAreas());
    document.addEventListener('visibilitychange', () => this.#flush());
  }

  #begin() {
    addHatches(this.map);
    const text = {'text-font': ['sans-serif'], 'text-size': 12, 'text-max-width': 8};
    const areas = outlineLayers(KINDS, OUTLINES_FROM_ZOOM).map((layer) => ownSource(layer));
    this.#lowestArea = areas[0].id;
    const layers = [
      {id: 'sea', type: 'fill', source: 'sea', paint: {'fill-color': '#cddbe3'}},
      {id: 'land', type: 'fill', source: 'land', paint: {'fill-color': '#f3f0e8'}},
      {id: 'lakes', type: 'fill', source: 'waters', filter: ['==', ['geometry-type'], 'Polygon'], paint: {'fill-color': '#bcd3df'}},
      {id: 'rivers', type: 'line', source: 'waters', filter: ['==', ['geometry-type'], 'LineString'], paint: {'line-color': '#bcd3df', 'line-width': 1.5}},
      {id: 'borders', type: 'line', source: 'borders', paint: {'line-color': '#8b8378', 'line-width': 1}},
      ...areas,
      {id: 'alert-fill', type: 'fill', source: 'alerts', paint: {'fill-color': '#d4006a', 'fill-opacity': 0.18}},
      {id: 'alert-line', type: 'line', source: 'alerts', paint: {'line-color': '#d4006a', 'line-width': 3, 'line-dasharray': [2, 1]}},
      {id: 'towns', type: 'symbol', source: 'places', layout: {...text, 'text-field': ['get', 'name'], 'symbol-sort-key': ['-', 0, ['get', 'population']]}, paint: {'text-color': '#4a4a45', 'text-halo-color': '#ffffff', 'text-halo-width': 1.5}},
      {id: 'route', type: 'line', source: 'route', paint: {'line-color': '#17566b', 'line-width': 4, 'line-opacity': 0.8}},
      {id: 'accuracy', type: 'fill', source: 'accuracy', paint: {'fill-color': '#17566b', 'fill-opacity': 0.15}},
      {id: 'person', type: 'circle', source: 'person', paint: {'circle-radius': 8, 'circle-color': '#17566b', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 3}},
    ];
    for (const layer of layers) this.map.addLayer(/** @type {any} */ (layer));
    this.#isReady = true;
    this.region(this.#region);
    this.#drawAreas();
    this.#flush();
    this.map.getContainer().dataset.ready = '';
  }

  /** Show a pack with its base map; null: none is here. @param {Pack | null} pack @param {ArrayBuffer | null} base */
  show(pack, base) {
    this.#pack = pack;
    const {layers, bounds_deg: box} = base ? JSON.parse(new TextDecoder().decode(base)) : {layers: {}, bounds_deg: null};
    this.#draw('sea', box ? feature({type: 'Polygon', coordinates: [boxRing(box)]}) : EMPTY);
    for (const name of ['land', 'waters', 'borders', 'places']) this.#draw(name, layers[name] ?? EMPTY);
    const bounds = pack?.about.bounds_deg;
    if (bounds && !this.#centre) this.map.fitBounds(bounds, {padding: 24, maxZoom: ZOOM, animate: false});
    this.#drawAreas();
  }

  /** Show the base map of the region that came with the pack; null: there is none. @param {Parameters<typeof drawRegion>[1]} region */
  region(region) {
    this.#region = region;
    if (!this.#isReady) return;
    drawRegion(this.map, region, {areas: this.#lowestArea, above: 'route'});
    this.map.getContainer().toggleAttribute('data-region', region !== null);
  }

  /** Show where the person is, and keep that in the middle. @param {{lon_deg: number, lat_deg: number}} place @param {number | null} accuracyM */
  person(place, accuracyM) {
    const isFirst = this.#centre === null;
    this.#centre = place;
    this.#draw('person', feature({type: 'Point', coordinates: [place.lon_deg, place.lat_deg]}));
    this.#draw('accuracy', accuracyM ? feature(circle(place, accuracyM)) : EMPTY);
    if (document.visibilityState === 'visible') this.#follow(isFirst ? Math.max(ZOOM, this.map.getZoom()) : this.map.getZoom());
  }

  /** Show the areas of alerts, above everything that is recorded. @param {{identifier: string, area: object}[]} alerts */
  alerts(alerts) {
    this.#draw('alerts', {type: 'FeatureCollection', features: alerts.map(({identifier, area}) => feature(area, {identifier}))});
  }

  /** Show a route, and look at all of it. @param {{lon_deg: number, lat_deg: number}[][]} lines */
  route(lines) {
    const coordinates = lines.map((line) => line.map(({lon_deg, lat_deg}) => /** @type {[number, number]} */ ([lon_deg, lat_deg])));
    this.#draw('route', feature({type: 'MultiLineString', coordinates: coordinates.filter((line) => line.length > 1)}));
    const bounds = new maplibregl.LngLatBounds();
    for (const place of coordinates.flat()) bounds.extend(place);
    if (!bounds.isEmpty()) this.map.fitBounds(bounds, {padding: 30, maxZoom: ZOOM, animate: false});
  }

  /** @param {number} zoom */
  #follow(zoom) {
    if (this.#centre) this.map.jumpTo({center: [this.#centre.lon_deg, this.#centre.lat_deg], zoom});
  }

  #drawAreas() {
    if (!this.#pack || !this.#isReady || this.map.getZoom() < OUTLINES_FROM_ZOOM) return;
    const bounds = this.map.getBounds();
    this.#draw('records', areasWithin(this.#pack, [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]));
  }

  /** @param {string} source @param {any} data */
  #draw(source, data) {
    this.#waiting.set(source, data);
    this.#flush();
  }

  #flush() {
    if (!this.#isReady || document.visibilityState !== 'visible') return;
    for (const [source, data] of this.#waiting) /** @type {maplibregl.GeoJSONSource} */ (this.map.getSource(source))?.setData(data);
    const hasPerson = this.#waiting.has('person');
    this.#waiting.clear();
    if (hasPerson) this.#follow(this.map.getZoom());
  }
}

/** A layer of vector tiles, over a source of GeoJSON. @param {any} layer */
function ownSource(layer) {
  const {'source-layer': _, ...rest} = layer;
  const isArea = ['==', ['geometry-type'], 'Polygon'];
  const kind = /^record-(?:hatch|line)-(.*)$/.exec(rest.id)?.[1];
  if (rest.type === 'circle') return {...rest, filter: ['==', ['geometry-type'], 'Point']};
  if (kind) return {...rest, filter: ['all', rest.type === 'fill' ? isArea : ['literal', true], ['==', ['get', 'kind'], kind]]};
  return {...rest, filter: isArea};
}
