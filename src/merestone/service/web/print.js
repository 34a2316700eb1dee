// @ts-check
// A sheet of paper with the map: it is printed as it stands on the screen, and only once the areas are there.
import * as maplibregl from './vendor/maplibre-gl/maplibre-gl.mjs';
import {addHatches} from './area_layers.js';
import {AreaTiles} from './area_tiles.js';
import {addBaseMap} from './base_map.js';
import {ringChosen} from './chosen.js';
import {drawLegend} from './legend.js';
import {LANGUAGE, dayText, gettext} from './messages.js';

/** @type {{place: [number, number], zoom: number, kinds: string[], summary: import('./area_tiles.js').Summary, is_exact: boolean, chosen: string[], base_map: import('./base_layers.js').BaseMap | null}} */
const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');
const element = /** @type {HTMLElement} */ (document.getElementById('map'));
const button = /** @type {HTMLButtonElement} */ (document.getElementById('print'));
const unshown = /** @type {HTMLElement} */ (document.getElementById('unshown'));
const printed = /** @type {HTMLTimeElement} */ (document.getElementById('printed'));
const today = dayText(new Date().toISOString().slice(0, 10));
printed.textContent = today;
const after = printed.nextSibling;
if (today.endsWith('.') && after instanceof Text) after.data = after.data.replace(/^\./, ''); // a day may end with a full stop of its own

/** @param {import('./area_tiles.js').State} state */
function tellState(state) {
  const isShown = state === 'shown';
  button.disabled = !isShown;
  unshown.hidden = isShown;
  if (state === 'failing') unshown.textContent = gettext('Areas in view could not be loaded, and are not shown here. Do not print this.');
  if (isShown) {
    element.dataset.shown = 'yes';
    addBaseMap(map, settings.base_map, LANGUAGE);
  } else {
    delete element.dataset.shown;
  }
}

const map = new maplibregl.Map({
  container: element,
  style: {
    version: 8,
    // Of what was chosen no single place is meant: the middle between two areas may be anywhere.
    sources: {place: {type: 'geojson', data: settings.chosen.length ? {type: 'FeatureCollection', features: []} : {type: 'Point', coordinates: settings.place}}},
    layers: [
      {id: 'sea', type: 'background', paint: {'background-color': '#f3f0e8'}},
      {
        id: 'place', type: 'circle', source: 'place',
        paint: {'circle-radius': 10, 'circle-color': '#ffffff', 'circle-opacity': 0.2, 'circle-stroke-color': '#17566b', 'circle-stroke-width': 4},
      },
    ],
  },
  center: settings.place, zoom: settings.zoom, pixelRatio: Math.max(2, window.devicePixelRatio),
  canvasContextAttributes: {preserveDrawingBuffer: true}, // what is printed is what was drawn
  attributionControl: false, dragRotate: false, touchPitch: false, pitchWithRotate: false,
});
map.addControl(new maplibregl.NavigationControl({showCompass: false}), 'top-left');
map.addControl(new maplibregl.ScaleControl({unit: 'metric', maxWidth: 200}), 'bottom-left');
map.touchZoomRotate.disableRotation();
map.on('load', () => {
  addHatches(map);
  const tiles = new AreaTiles(map, 'place', tellState);
  tiles.show('', settings.summary, settings.kinds, settings.kinds);
  void ringChosen(map, settings.chosen, '').catch(console.warn);
  drawLegend(settings.is_exact);
  const counting = document.getElementById('counting');
  map.on('render', () => { if (counting) counting.hidden = !tiles.isCounting; });
});
const region = settings.base_map?.attribution;
if (region) /** @type {HTMLElement} */ (document.getElementById('sources')).append(` ${region.replace(/<[^>]*>/g, '')}.`);
button.addEventListener('click', () => window.print());
Object.assign(window, {merestoneMap: map});
