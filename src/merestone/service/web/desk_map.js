// @ts-check
// A map of the desk: what is recorded as this service's viewers see it, the base map, and an outline in one of our layers.
import {LANGUAGE} from './messages.js';

/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} Map */
/** @typedef {{bounds: [number, number, number, number] | null, kinds: string[], base_map: import('./base_layers.js').BaseMap | null}} Settings */

/**
 * Make the map. Of the layers, `outline-fill` is the one that recorded areas lie below, and `place` the one that names do.
 * @param {HTMLElement} element @param {Settings} settings @param {Record<string, any>} sources @param {any[]} layers
 * @param {object} options of the library @param {(map: Map) => void} ready
 * @returns {Promise<Map>}
 */
export async function makeDeskMap(element, settings, sources, layers, options, ready) {
  const [maplibregl, {addHatches}, {AreaTiles}, {addBaseMap}] = await Promise.all([
    import('./vendor/maplibre-gl/maplibre-gl.mjs'), import('./area_layers.js'), import('./area_tiles.js'), import('./base_map.js'),
  ]);
  const map = new maplibregl.Map({
    container: element,
    style: /** @type {any} */ ({version: 8, sources, layers: [{id: 'sea', type: 'background', paint: {'background-color': '#f3f0e8'}}, ...layers]}),
    ...(settings.bounds ? {bounds: settings.bounds, fitBoundsOptions: {padding: 48, maxZoom: 16}} : {center: [0, 20], zoom: 1}),
    attributionControl: {compact: true}, ...options,
  });
  map.addControl(new maplibregl.NavigationControl({visualizePitch: false}), 'top-right');
  map.addControl(new maplibregl.ScaleControl({unit: 'metric'}), 'bottom-left');
  map.once('style.load', async () => {
    addHatches(map);
    ready(map);
    element.dataset.ready = 'yes';
    const answer = await fetch('/map-summary');
    if (answer.ok) new AreaTiles(map, 'outline-fill', () => {}).show('', await answer.json(), settings.kinds, settings.kinds);
    addBaseMap(map, settings.base_map, LANGUAGE);
  });
  Object.assign(window, {merestoneMap: map});
  return map;
}
