// @ts-check
// How the user's own base map is drawn: water, forest, buildings, tracks, roads, rivers, borders and names, from tiles of
// `merestone basemap build`, of the Protomaps basemap or of OpenMapTiles. Pale, so that areas stand out. No glyphs are shipped:
// without them, the library draws names in the reader's own fonts, in every script that the device has.

/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').LayerSpecification} Layer */
/** @typedef {{schema: 'protomaps' | 'openmaptiles' | 'merestone', zooms: [number, number], bounds: [number, number, number, number], attribution: string}} BaseMap */
/** A layer of the tiles, and the kinds of its features that are meant; none: all. @typedef {[string, string[]?]} Part */

const WATER = '#bcd3df';
const INK = '#4a4a45';

/** Each schema: the property that tells kinds apart, and where each thing that is drawn stands. @type {Record<string, {kind: string} & Record<string, string | Part[]>>} */
const SCHEMAS = {
  protomaps: {
    kind: 'kind', earth: [['earth']], water: [['water']], rivers: [['water']],
    wood: [['landuse', ['forest', 'wood', 'nature_reserve', 'grassland', 'scrub']], ['landcover', ['forest', 'wood', 'nature_reserve', 'grassland', 'scrub']]],
    buildings: [['buildings']], tracks: [['roads', ['path']]], small: [['roads', ['minor_road', 'other']]], large: [['roads', ['highway', 'major_road']]],
    borders: [['boundaries']], roadNames: [['roads']], riverNames: [['water']], towns: [['places', ['locality', 'city', 'town', 'village', 'hamlet']]],
  },
  openmaptiles: {
    kind: 'class', water: [['water']], rivers: [['waterway']],
    wood: [['landcover', ['wood', 'forest', 'grass', 'scrub']], ['landuse', ['wood', 'forest', 'grass', 'scrub']]],
    buildings: [['building']], tracks: [['transportation', ['track', 'path']]], small: [['transportation', ['tertiary', 'minor', 'service', 'busway']]],
    large: [['transportation', ['motorway', 'trunk', 'primary', 'secondary']]], borders: [['boundary']], roadNames: [['transportation_name']],
    riverNames: [['waterway']], towns: [['place', ['city', 'town', 'village', 'hamlet', 'suburb', 'isolated_dwelling']]],
  },
  merestone: {
    kind: 'class', relief: [['large_relief'], ['relief']], sea: [['sea']], coast: [['coast']], water: [['large_water'], ['water']], rivers: [['rivers'], ['streams']], wood: [['large_forest'], ['forest']],
    buildings: [['buildings']], rails: [['railways']], tracks: [['tracks']], small: [['streets']], large: [['roads']], borders: [['borders']],
    roadNames: [['roads'], ['streets'], ['tracks']], riverNames: [['rivers'], ['streams']], waterNames: [['large_water'], ['water']],
    peaks: [['peaks']], villages: [['villages']], towns: [['towns']],
  },
};

/** A name in the reader's language where the data have it, else the local one. @param {string} language */
export function nameIn(language) {
  const short = language.split('-')[0];
  return ['coalesce', ['get', `name:${short}`], ['get', `name_${short}`], ['get', 'name'], ['get', 'name:en'], ['get', 'name_en']];
}

/** The layers, the lowest first. @param {BaseMap} baseMap @param {string} language @returns {Layer[]} */
export function baseLayers(baseMap, language) {
  const schema = SCHEMAS[baseMap.schema] ?? SCHEMAS.merestone;
  const isArea = ['==', ['geometry-type'], 'Polygon'];
  const isLine = ['==', ['geometry-type'], 'LineString'];
  const isPoint = ['==', ['geometry-type'], 'Point'];
  /** One layer for each part of the tiles in which the thing stands. @param {string} id @param {string} type @param {string} thing @param {unknown[]} shape @param {object} rest */
  const of = (id, type, thing, shape, rest) => /** @type {Part[]} */ (schema?.[thing] ?? []).map(([layer, kinds], nth) => ({
    id: `base-${id}${nth ? `-${nth}` : ''}`, type, source: 'base', 'source-layer': layer,
    filter: kinds ? ['all', shape, ['in', ['get', schema?.kind], ['literal', kinds]]] : shape, ...rest,
  }));
  const wider = (/** @type {number} */ at8, /** @type {number} */ at16) => ['interpolate', ['exponential', 1.6], ['zoom'], 8, at8, 16, at16];
  const text = {'text-field': nameIn(language), 'text-font': ['sans-serif']};
  const halo = {'text-color': INK, 'text-halo-color': '#ffffff', 'text-halo-width': 1.5};
  const along = {...text, 'text-size': 11, 'symbol-placement': 'line'};
  const made = [
    ...of('earth', 'fill', 'earth', isArea, {paint: {'fill-color': '#f3f0e8'}}),
    ...of('sea', 'fill', 'sea', isArea, {paint: {'fill-color': WATER}}),
    // A line of the coast has the sea on its right, so that a band there is sea also where the sea's outline is not closed.
    ...of('coast-band', 'line', 'coast', isLine, {minzoom: 9, paint: {'line-color': WATER, 'line-width': 14, 'line-offset': 7}}),
    ...of('wood', 'fill', 'wood', isArea, {paint: {'fill-color': '#dfe8d3'}}),
    ...of('relief', 'fill', 'relief', isArea, {paint: {
      'fill-color': ['match', ['get', 'class'], 'light', '#ffffff', '#3b3226'], 'fill-antialias': false,
      'fill-opacity': ['match', ['get', 'class'], 'light', 0.35, 'shade_1', 0.08, 'shade_2', 0.15, 0.24],
    }}),
    ...of('water', 'fill', 'water', isArea, {paint: {'fill-color': WATER}}),
    ...of('coast', 'line', 'coast', isLine, {paint: {'line-color': '#7fa3b6', 'line-width': 1}}),
    ...of('rivers', 'line', 'rivers', isLine, {paint: {'line-color': WATER, 'line-width': wider(0.7, 4)}}),
    ...of('buildings', 'fill', 'buildings', isArea, {minzoom: 13, paint: {'fill-color': '#d9d2c5', 'fill-outline-color': '#bdb4a3'}}),
    ...of('rails', 'line', 'rails', isLine, {minzoom: 9, paint: {'line-color': '#8d8d92', 'line-width': wider(0.6, 2.5), 'line-dasharray': [6, 2]}}),
    ...of('tracks', 'line', 'tracks', isLine, {minzoom: 11, paint: {'line-color': '#a59a86', 'line-width': wider(0.5, 2), 'line-dasharray': [3, 2]}}),
    ...of('small-roads', 'line', 'small', isLine, {minzoom: 9, paint: {'line-color': '#b9b1a2', 'line-width': wider(0.4, 5)}}),
    ...of('large-roads', 'line', 'large', isLine, {paint: {'line-color': '#948b7b', 'line-width': wider(1, 8)}}),
    ...of('borders', 'line', 'borders', isLine, {paint: {'line-color': '#8b8378', 'line-width': 1, 'line-dasharray': [4, 2]}}),
    ...of('road-names', 'symbol', 'roadNames', isLine, {minzoom: 13, layout: along, paint: halo}),
    ...of('river-names', 'symbol', 'riverNames', isLine, {minzoom: 11, layout: along, paint: {...halo, 'text-color': '#33647d'}}),
    ...of('water-names', 'symbol', 'waterNames', isArea, {minzoom: 10, layout: {...text, 'text-size': 11, 'text-max-width': 7}, paint: {...halo, 'text-color': '#33647d'}}),
    ...of('peaks', 'symbol', 'peaks', isPoint, {minzoom: 11, layout: {...text, 'text-size': 11, 'text-max-width': 7}, paint: halo}),
    ...of('villages', 'symbol', 'villages', isPoint, {layout: {...text, 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 11, 14, 14], 'text-max-width': 8}, paint: halo}),
    ...of('places', 'symbol', 'towns', isPoint, {layout: {...text, 'text-size': ['interpolate', ['linear'], ['zoom'], 6, 11, 14, 15], 'text-max-width': 8}, paint: halo}),
  ];
  return /** @type {Layer[]} */ (/** @type {unknown} */ (made));
}
