// @ts-check
// How recorded areas are drawn: colours, hatchings and lines by kind, and squares that count them where outlines would run
// together. Both are read from vector tiles (merestone/service/map_tiles.py).

/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').LayerSpecification} Layer */

// Fill and outline by kind. Fills of SHA and CHA are those of IMAS Technical Note 07.11/01; lines differ in pattern too,
// so that nobody depends on telling the colours apart.
const FILLS = {confirmed: '#FF0000', suspected: '#F4A718', minefield_record: '#FF0000', restricted: '#6d4aa8',
  cancelled: '#2f7d4f', reduced: '#2f7d4f', cleared: '#2f7d4f'};
const FILL_SHARES = {confirmed: 0.5, suspected: 0.5, minefield_record: 0.12, restricted: 0.18, cancelled: 0.05, reduced: 0.12, cleared: 0.4};
const LINES = {
  confirmed: '#b30000', suspected: '#b87400', minefield_record: '#b30000', restricted: '#6d4aa8',
  cancelled: '#2f7d4f', reduced: '#2f7d4f', cleared: '#2f7d4f', accident: '#7a0019', incident: '#7a0019', spot_find: '#7a0019',
};
const DASHES = {minefield_record: [4, 2], restricted: [6, 2, 1, 2], cancelled: [1, 2], reduced: [1, 2], cleared: [1, 2]};
/** A hatching laid over the fill: colour is never the only sign. */
/** @typedef {'/' | '\\' | '-' | '|' | 'dot' | 'ring' | 'plus'} Sign */
/** @type {Record<string, Sign[]>} */
const HATCHES = {
  suspected: ['/'], confirmed: ['/', '\\'], minefield_record: ['/', '\\'], restricted: ['\\'],
  accident: ['dot'], incident: ['ring'], spot_find: ['plus'], cancelled: ['-'], reduced: ['|'], cleared: ['-', '|'],
};
/** Kinds that are recorded as points. */
const POINTS = ['accident', 'incident', 'spot_find'];
const HATCH_PX = 24;
/** Radius of a point within its line, and of the dot in it, pixels of the screen. */
export const POINT_PX = 6;
export const DOT_PX = 3.5;
export const POINT_LINE_PX = 2.5;

/** Whether a pixel of the tile belongs to a sign. @type {Record<Sign, (x: number, y: number) => boolean>} */
const SIGNS = {
  '/': (x, y) => (x + y) % HATCH_PX < 3,
  '\\': (x, y) => (x - y + HATCH_PX) % HATCH_PX < 3,
  '-': (_x, y) => y % (HATCH_PX / 2) < 2,
  '|': (x) => x % (HATCH_PX / 2) < 2,
  dot: (x, y) => Math.hypot(x - 11.5, y - 11.5) < 7,
  ring: (x, y) => Math.abs(Math.hypot(x - 11.5, y - 11.5) - 7.5) < 1.5,
  plus: (x, y) => (Math.abs(x - 11.5) < 2 && Math.abs(y - 11.5) < 10) || (Math.abs(y - 11.5) < 2 && Math.abs(x - 11.5) < 10),
};

/** A tile of signs in a colour. @param {string} colour @param {Sign[]} signs */
function hatch(colour, signs) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const data = new Uint8Array(4 * HATCH_PX * HATCH_PX);
  for (let y = 0; y < HATCH_PX; y += 1) {
    for (let x = 0; x < HATCH_PX; x += 1) {
      if (signs.some((sign) => SIGNS[sign](x, y))) data.set([red, green, blue, 190], 4 * (y * HATCH_PX + x));
    }
  }
  return {width: HATCH_PX, height: HATCH_PX, data};
}

/** How a kind is drawn, for the legend. @param {string} kind */
export function styleOf(kind) {
  const table = (/** @type {Record<string, any>} */ of, /** @type {any} */ otherwise) => of[kind] ?? otherwise;
  const line = /** @type {string} */ (table(LINES, '#7a0019'));
  const signs = /** @type {Sign[] | undefined} */ (HATCHES[kind]);
  return {
    fill: /** @type {string} */ (table(FILLS, '#7a0019')), share: /** @type {number} */ (table(FILL_SHARES, 0.12)), line,
    dash: /** @type {number[]} */ (table(DASHES, [])), image: signs ? hatch(line, signs) : null, isPoint: POINTS.includes(kind),
    pointFill: kind === 'accident' ? '#7a0019' : '#ffffff', hasDot: kind === 'spot_find',
  };
}

/** @param {Record<string, unknown>} table @param {unknown} otherwise */
const byKind = (table, otherwise) => /** @type {any} */ (['match', ['get', 'kind'], ...Object.entries(table).flat(), otherwise]);


/** The layers' images. @param {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} map */
export function addHatches(map) {
  for (const [kind, signs] of Object.entries(HATCHES)) {
    map.addImage(`hatch-${kind}`, hatch(/** @type {Record<string, string>} */ (LINES)[kind], signs), {pixelRatio: 2});
  }
}

/** The layers of outlines, the lowest first. @param {string[]} kinds Released land first. @param {number} minzoom @returns {Layer[]} */
export function outlineLayers(kinds, minzoom) {
  const of = {source: 'records', 'source-layer': 'records', minzoom};
  const made = [
    {
      id: 'record-fill', type: 'fill', ...of,
      layout: {'fill-sort-key': ['case', ['get', 'is_hazard'], 1, 0]},
      paint: {'fill-color': byKind(FILLS, '#7a0019'), 'fill-opacity': byKind(FILL_SHARES, 0.12)},
    },
    ...Object.keys(HATCHES).map((kind) => ({id: `record-hatch-${kind}`, type: 'fill', ...of, paint: {'fill-pattern': `hatch-${kind}`}})),
    ...kinds.map((kind) => {
      const dash = /** @type {Record<string, number[]>} */ (DASHES)[kind];
      const colour = /** @type {Record<string, string>} */ (LINES)[kind];
      return {id: `record-line-${kind}`, type: 'line', ...of, paint: {'line-color': colour, 'line-width': 2, ...(dash ? {'line-dasharray': dash} : {})}};
    }),
    {id: 'record-mark', type: 'circle', ...of, paint: {'circle-radius': 2, 'circle-color': '#2f7d4f'}},
    {
      id: 'record-point', type: 'circle', ...of,
      paint: {
        'circle-radius': POINT_PX, 'circle-color': ['match', ['get', 'kind'], 'accident', '#7a0019', '#ffffff'],
        'circle-stroke-color': '#7a0019', 'circle-stroke-width': POINT_LINE_PX,
      },
    },
    {id: 'record-point-dot', type: 'circle', ...of, paint: {'circle-radius': DOT_PX, 'circle-color': '#7a0019'}},
  ];
  return /** @type {Layer[]} */ (/** @type {unknown} */ (made));
}

/** How many records of these kinds a square counts. @param {string[]} kinds */
const countOf = (kinds) => ['+', 0, ...kinds.map((kind) => ['coalesce', ['get', kind], 0])];
/** @param {string[]} kinds */
export const hazardsOf = (kinds) => kinds.filter((kind) => !RELEASED.includes(kind));
const RELEASED = ['cancelled', 'reduced', 'cleared'];

/** The layers of squares. @param {string[]} kinds @param {number} maxzoom @returns {Layer[]} */
export function cellLayers(kinds, maxzoom) {
  const of = {source: 'cells', 'source-layer': 'cells', type: 'fill', maxzoom};
  const made = [
    {id: 'cell-released', ...of, paint: {'fill-color': '#2f7d4f', 'fill-opacity': 0.2, 'fill-antialias': false}},
    {id: 'cell-fill', ...of, paint: {'fill-antialias': false, ...cellPaint(kinds)}},
  ];
  return /** @type {Layer[]} */ (/** @type {unknown} */ (made));
}

/** From which count on a square has which colour and opacity. @type {[number, string, number][]} */
const CELL_STOPS = [[1, '#f4a718', 0.6], [8, '#e0641a', 0.75], [60, '#a51212', 0.9], [400, '#4d0606', 0.9]];
/** The counts that the legend shows. */
export const CELL_COUNTS = CELL_STOPS.map(([from]) => from);

/** How a square that counts so many hazards is drawn without the map library: released land alone is green. @param {number} count */
export function cellColour(count) {
  if (count === 0) return {colour: '#2f7d4f', opacity: 0.2};
  const [, colour, opacity] = CELL_STOPS.findLast(([from]) => from <= count) ?? CELL_STOPS[0];
  return {colour, opacity};
}

/** Darker where more is recorded, so that it is seen without colours too. @param {string[]} kinds */
function cellPaint(kinds) {
  const count = countOf(hazardsOf(kinds));
  return {
    'fill-color': ['interpolate', ['linear'], count, ...CELL_STOPS.flatMap(([from, colour]) => [from, colour])],
    'fill-opacity': ['interpolate', ['linear'], count, ...CELL_STOPS.flatMap(([from, , opacity]) => [from, opacity])],
  };
}

/** Draw some kinds only; the check of a place still knows the others. @param {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} map @param {string[]} kinds */
export function showKinds(map, kinds) {
  const wanted = ['in', ['get', 'kind'], ['literal', kinds]];
  const isArea = ['==', ['geometry-type'], 'Polygon'];
  const isPoint = ['all', ['==', ['geometry-type'], 'Point'], wanted];
  /** @type {Record<string, any>} */
  const filters = {
    'record-fill': ['all', isArea, wanted],
    'record-mark': ['all', isPoint, ['has', 'is_mark']],
    'record-point': ['all', isPoint, ['!', ['has', 'is_mark']]],
    'record-point-dot': ['all', isPoint, ['!', ['has', 'is_mark']], ['==', ['get', 'kind'], 'spot_find']],
    'cell-fill': ['>', countOf(hazardsOf(kinds)), 0],
    'cell-released': ['all', ['==', countOf(hazardsOf(kinds)), 0], ['>', countOf(kinds), 0]],
  };
  for (const {id} of map.getStyle().layers) {
    const [, part, kind] = /^record-(hatch|line)-(.*)$/.exec(id) ?? [];
    const of = ['all', isArea, ['==', ['get', 'kind'], kind], wanted];
    if (part) map.setFilter(id, /** @type {any} */ (of));
    else if (id in filters) map.setFilter(id, filters[id]);
  }
  if (map.getLayer('cell-fill')) {
    for (const [name, value] of Object.entries(cellPaint(kinds))) map.setPaintProperty('cell-fill', /** @type {any} */ (name), value);
  }
}
