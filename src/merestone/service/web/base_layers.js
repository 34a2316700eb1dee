// @ts-check
// How the user's own base map is drawn: water, forest, buildings, tracks, roads, rivers, borders and names, from tiles of
// the Protomaps basemap or of OpenMapTiles. Pale, so that areas stand out. No glyphs are shipped: without them, the library
// draws names in the reader's own fonts, in every script that the device has.

/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').LayerSpecification} Layer */
/** @typedef {{schema: 'protomaps' | 'openmaptiles', zooms: [number, number], bounds: [number, number, number, number], attribution: string}} BaseMap */

const WATER = '#bcd3df';
const INK = '#4a4a45';

/** Layers by their meaning, and what tells features apart in each. */
const SCHEMAS = {
  protomaps: {
    earth: 'earth', water: 'water', rivers: 'water', landuse: ['landuse', 'landcover'], roads: 'roads', buildings: 'buildings', places: 'places',
    borders: 'boundaries', roadNames: 'roads', kind: 'kind',
    wood: ['forest', 'wood', 'nature_reserve', 'grassland', 'scrub'],
    large: ['highway', 'major_road'], small: ['minor_road', 'other'], tracks: ['path'],
    towns: ['locality', 'city', 'town', 'village', 'hamlet'],
  },
  openmaptiles: {
    earth: '', water: 'water', rivers: 'waterway', landuse: ['landcover', 'landuse'], roads: 'transportation', buildings: 'building', places: 'place',
    borders: 'boundary', roadNames: 'transportation_name', kind: 'class',
    wood: ['wood', 'forest', 'grass', 'scrub'],
    large: ['motorway', 'trunk', 'primary', 'secondary'], small: ['tertiary', 'minor', 'service', 'busway'], tracks: ['track', 'path'],
    towns: ['city', 'town', 'village', 'hamlet', 'suburb', 'isolated_dwelling'],
  },
};

/** A name in the reader's language where the data have it, else the local one. @param {string} language */
export function nameIn(language) {
  const short = language.split('-')[0];
  return ['coalesce', ['get', `name:${short}`], ['get', `name_${short}`], ['get', 'name'], ['get', 'name:en'], ['get', 'name_en']];
}

/** The layers, the lowest first. @param {BaseMap} baseMap @param {string} language @returns {Layer[]} */
export function baseLayers(baseMap, language) {
  const schema = SCHEMAS[baseMap.schema];
  /** @param {string} id @param {string} type @param {string} layer @param {unknown} filter @param {object} rest */
  const of = (id, type, layer, filter, rest) => ({id: `base-${id}`, type, source: 'base', 'source-layer': layer, ...(filter ? {filter} : {}), ...rest});
  const isKind = (/** @type {string[]} */ kinds) => ['in', ['get', schema.kind], ['literal', kinds]];
  const isArea = ['==', ['geometry-type'], 'Polygon'];
  const isLine = ['==', ['geometry-type'], 'LineString'];
  const wider = (/** @type {number} */ at8, /** @type {number} */ at16) => ['interpolate', ['exponential', 1.6], ['zoom'], 8, at8, 16, at16];
  const text = {'text-field': nameIn(language), 'text-font': ['sans-serif']};
  const halo = {'text-color': INK, 'text-halo-color': '#ffffff', 'text-halo-width': 1.5};
  const made = [
    ...(schema.earth ? [of('earth', 'fill', schema.earth, isArea, {paint: {'fill-color': '#f3f0e8'}})] : []),
    ...schema.landuse.map((layer) => of(`wood-${layer}`, 'fill', layer, ['all', isArea, isKind(schema.wood)], {paint: {'fill-color': '#dfe8d3'}})),
    of('water', 'fill', schema.water, isArea, {paint: {'fill-color': WATER}}),
    of('rivers', 'line', schema.rivers, isLine, {paint: {'line-color': WATER, 'line-width': wider(0.7, 4)}}),
    of('buildings', 'fill', schema.buildings, isArea, {minzoom: 13, paint: {'fill-color': '#d9d2c5', 'fill-outline-color': '#bdb4a3'}}),
    of('tracks', 'line', schema.roads, ['all', isLine, isKind(schema.tracks)], {minzoom: 11, paint: {'line-color': '#a59a86', 'line-width': wider(0.5, 2), 'line-dasharray': [3, 2]}}),
    of('small-roads', 'line', schema.roads, ['all', isLine, isKind(schema.small)], {minzoom: 9, paint: {'line-color': '#b9b1a2', 'line-width': wider(0.4, 5)}}),
    of('large-roads', 'line', schema.roads, ['all', isLine, isKind(schema.large)], {paint: {'line-color': '#948b7b', 'line-width': wider(1, 8)}}),
    of('borders', 'line', schema.borders, isLine, {paint: {'line-color': '#8b8378', 'line-width': 1, 'line-dasharray': [4, 2]}}),
    of('road-names', 'symbol', schema.roadNames, isLine, {minzoom: 13, layout: {...text, 'text-size': 11, 'symbol-placement': 'line'}, paint: halo}),
    of('river-names', 'symbol', schema.rivers, isLine, {minzoom: 11, layout: {...text, 'text-size': 11, 'symbol-placement': 'line'}, paint: {...halo, 'text-color': '#33647d'}}),
    of('places', 'symbol', schema.places, isKind(schema.towns), {layout: {...text, 'text-size': ['interpolate', ['linear'], ['zoom'], 6, 11, 14, 15], 'text-max-width': 8}, paint: halo}),
  ];
  return /** @type {Layer[]} */ (/** @type {unknown} */ (made));
}
