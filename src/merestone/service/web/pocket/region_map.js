// @ts-check
// The operator's own base map on the phone: roads, waters and names of the region, from the archive that came with the pack.
// Its tiles are given to the map library from memory, so that nothing is asked of a network.
import * as maplibregl from '../vendor/maplibre-gl/maplibre-gl.mjs';
import {baseLayers} from '../base_layers.js';
import {TileArchive} from './tile_archive.js';
import {language} from './speech.js';

/** @typedef {import('./offer.js').BaseMapOffered} BaseMapOffered */

const SCHEME = 'merestone-region';
const SOURCES = ['base', 'region'];
/** From this zoom on, the region's own names stand alone. */
const REGION_ZOOM = 9;
const LAND = '#f3f0e8';
/** @type {TileArchive | null} */
let archive = null;

/** A tile by its address. @param {string} url @returns {Promise<ArrayBuffer>} */
async function tileAt(url) {
  const [zoom = 0, column = 0, row = 0] = url.split('/').slice(-3).map(Number);
  return (await archive?.tile(zoom, column, row)) ?? new ArrayBuffer(0);
}

/** Let the library ask here for tiles. */
export function offerTiles() {
  maplibregl.addProtocol(SCHEME, async ({url}) => ({data: await tileAt(url)}));
}

/**
 * Draw the region below the areas, its names above them; null: draw none.
 * @param {maplibregl.Map} map @param {{about: BaseMapOffered, bytes: ArrayBuffer} | null} region
 * @param {{areas: string, above: string}} layers the lowest layer of areas, and the one that names stand below
 */
export function drawRegion(map, region, {areas, above}) {
  for (const {id, source} of /** @type {any[]} */ (map.getStyle().layers)) if (SOURCES.includes(source)) map.removeLayer(id);
  for (const name of SOURCES) if (map.getSource(name)) map.removeSource(name);
  archive = region ? new TileArchive(region.bytes) : null;
  map.setLayerZoomRange('towns', 0, region ? REGION_ZOOM : 24);
  if (!region) return;
  const {schema, zooms, bounds_deg: bounds, attribution} = region.about;
  const [west, south, east, north] = bounds;
  const named = document.createElement('span');
  named.textContent = attribution.replace(/<[^>]*>/g, '');
  map.addSource('base', {
    type: 'vector', tiles: [`${SCHEME}://${region.about.sha256}/{z}/{x}/{y}`], bounds, minzoom: zooms[0], maxzoom: zooms[1], attribution: named.innerHTML,
  });
  // The packaged coast is too coarse beside the region's own: land first, and the region's water on it.
  const box = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  map.addSource('region', {type: 'geojson', data: {type: 'Feature', properties: {}, geometry: {type: 'Polygon', coordinates: [box]}}});
  if (schema !== 'protomaps') map.addLayer({id: 'region', type: 'fill', source: 'region', paint: {'fill-color': LAND}}, areas);
  for (const layer of baseLayers({schema, zooms, bounds, attribution}, language())) map.addLayer(layer, layer.type === 'symbol' ? above : areas);
}
