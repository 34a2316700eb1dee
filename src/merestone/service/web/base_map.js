// @ts-check
// What lies below and above the areas: land, waters and towns of the packaged small world, and the user's own region.
import {baseLayers, nameIn} from './base_layers.js';

/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} Map */
/** @typedef {import('./base_layers.js').BaseMap} BaseMap */

const SEA = '#cddbe3';
const LAND = '#f3f0e8';
const WATER = '#bcd3df';
/** From this zoom on, a region's own names stand alone within it. */
const REGION_ZOOM = 9;

function graticule() {
  const lines = [];
  for (let lon = -180; lon <= 180; lon += 10) lines.push([[lon, -85], [lon, 85]]);
  for (let lat = -80; lat <= 80; lat += 10) lines.push([[-180, lat], [180, lat]]);
  return {type: 'Feature', properties: {}, geometry: {type: 'MultiLineString', coordinates: lines}};
}

/** The names of places in the script that somebody reads, else as GeoNames has them. @param {string} language */
export function nameInScript(language) {
  let script = '';
  try {
    script = new Intl.Locale(language).maximize().script ?? '';
  } catch {
    // A language that the browser does not know: the Latin name.
  }
  const code = {Hans: 'Hani', Hant: 'Hani', Kore: 'Hang'}[script] ?? script;
  return ['coalesce', ['get', `name:${code}`], ['get', 'name']];
}

/**
 * Draw the base map. It comes after the areas: a megabyte must not hold up a warning.
 * @param {Map} map @param {BaseMap | null} region @param {string} language
 */
export function addBaseMap(map, region, language) {
  if (map.getSource('land')) return;
  const above = map.getStyle().layers[1].id;
  map.setPaintProperty('sea', 'background-color', SEA);
  map.addSource('land', {type: 'geojson', data: '/web/base_map/land.geojson', attribution: 'Natural Earth, GeoNames'});
  map.addSource('borders', {type: 'geojson', data: '/web/base_map/borders.geojson'});
  map.addSource('waters', {type: 'geojson', data: '/web/base_map/waters.geojson'});
  map.addSource('graticule', {type: 'geojson', data: /** @type {any} */ (graticule())});
  map.addSource('small-world', {type: 'vector', tiles: [`${location.origin}/small-world/{z}/{x}/{y}`], minzoom: 0, maxzoom: 9});
  map.addLayer({id: 'land', type: 'fill', source: 'land', paint: {'fill-color': LAND}}, above);
  map.addLayer({id: 'lakes', type: 'fill', source: 'waters', filter: ['==', ['geometry-type'], 'Polygon'], paint: {'fill-color': WATER}}, above);
  map.addLayer({
    id: 'rivers', type: 'line', source: 'waters', filter: ['all', ['==', ['geometry-type'], 'LineString'], ['<=', ['get', 'from_zoom'], ['+', ['zoom'], 2]]],
    paint: {'line-color': WATER, 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 0.6, 9, 2]},
  }, above);
  map.addLayer({id: 'graticule', type: 'line', source: 'graticule', paint: {'line-color': '#9fb0b8', 'line-width': 0.5, 'line-opacity': 0.6}}, above);
  map.addLayer({id: 'borders', type: 'line', source: 'borders', paint: {'line-color': '#8b8378', 'line-width': 1}}, above);
  if (region) addRegion(map, region, above, language);
  map.addLayer(townLayer(region, language), 'place');
}

/** The outline of what a region's file covers. @param {BaseMap} region */
function boxOf({bounds: [west, south, east, north]}) {
  return {type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]]};
}

/** Lets a region's own names stand alone within it. @param {BaseMap} region @returns {{maxzoom: number} | {filter: any}} */
function beyond(region) {
  const [west, , east] = region.bounds;
  // MapLibre 6 takes the other way around the earth for the inside of what is wider than half of it.
  if (east - west >= 180) return {maxzoom: REGION_ZOOM};
  return {filter: ['any', ['<', ['zoom'], REGION_ZOOM], ['!', ['within', boxOf(region)]]]};
}

/** Towns and villages of the small world. @param {BaseMap | null} region @param {string} language @returns {import('./base_layers.js').Layer} */
function townLayer(region, language) {
  return {
    id: 'base-towns', type: 'symbol', source: 'small-world', 'source-layer': 'places',
    ...(region ? beyond(region) : {}),
    layout: {
      'text-field': /** @type {any} */ (nameInScript(language)), 'text-font': ['sans-serif'], 'text-max-width': 8,
      'text-size': ['interpolate', ['linear'], ['get', 'population'], 1000, 11, 1_000_000, 15],
      'symbol-sort-key': ['-', 0, ['get', 'population']], 'text-padding': 4,
    },
    paint: {'text-color': '#4a4a45', 'text-halo-color': '#ffffff', 'text-halo-width': 1.5},
  };
}

/** The user's own region, with names above the areas. @param {Map} map @param {BaseMap} region @param {string} above @param {string} language */
function addRegion(map, region, above, language) {
  const attribution = document.createElement('span');
  attribution.textContent = region.attribution.replace(/<[^>]*>/g, '');
  map.addSource('base', {
    type: 'vector', tiles: [`${location.origin}/base-map/{z}/{x}/{y}`], bounds: region.bounds,
    minzoom: region.zooms[0], maxzoom: region.zooms[1], attribution: attribution.innerHTML,
  });
  // The packaged coast is too coarse beside the region's own: land first, and the region's water on it.
  map.addSource('region', {type: 'geojson', data: {type: 'Feature', properties: {}, geometry: /** @type {any} */ (boxOf(region))}});
  if (region.schema !== 'protomaps') map.addLayer({id: 'region', type: 'fill', source: 'region', paint: {'fill-color': LAND}}, above);
  for (const layer of baseLayers(region, language)) map.addLayer(layer, layer.type === 'symbol' ? 'place' : above);
}

export {nameIn};
