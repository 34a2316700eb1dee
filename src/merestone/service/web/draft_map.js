// @ts-check
// Where the outline of a draft lies: on the map, among what is recorded, with roads and names; so not too near.
import {makeDeskMap} from './desk_map.js';

const INK = '#17566b';
const is = (/** @type {string} */ type) => ['==', ['geometry-type'], type];

/** @param {object | null} geometry */
const source = (geometry) => ({
  type: 'geojson', data: {type: 'FeatureCollection', features: geometry ? [{type: 'Feature', properties: {}, geometry}] : []},
});

const opener = /** @type {HTMLDetailsElement | null} */ (document.getElementById('draft-map'));
if (opener) {
  opener.hidden = false;
  opener.addEventListener('toggle', () => {
    const settings = JSON.parse(/** @type {HTMLElement} */ (document.getElementById('settings')).textContent ?? '{}');
    makeDeskMap(/** @type {HTMLElement} */ (document.getElementById('outline-map')), settings,
      {outline: source(settings.outline), before: source(settings.before)},
      [
        {id: 'outline-fill', type: 'fill', source: 'outline', filter: is('Polygon'), paint: {'fill-color': INK, 'fill-opacity': 0.25}},
        {id: 'before', type: 'line', source: 'before', paint: {'line-color': '#4a4a45', 'line-width': 2, 'line-dasharray': [2, 2]}},
        {id: 'outline-line', type: 'line', source: 'outline', filter: ['!', is('Point')], paint: {'line-color': INK, 'line-width': 3}},
        {id: 'place', type: 'circle', source: 'outline', filter: is('Point'), paint: {'circle-radius': 8, 'circle-color': '#ffffff', 'circle-stroke-color': INK, 'circle-stroke-width': 4}},
      ], {fitBoundsOptions: {padding: 48, maxZoom: 13}}, () => {}).catch((error) => {
      /** @type {HTMLElement} */ (opener.querySelector('p')).textContent = 'This browser cannot draw the map.';
      console.info(error);
    });
  }, {once: true});
}
