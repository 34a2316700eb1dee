// @ts-check
// To what a corner snaps while an outline is drawn: corners and edges of recorded outlines that the person may see exactly,
// and roads, rivers and railways of the base map.

/** @typedef {import('./outline.js').Corner} Corner */
/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} Map */
/** @typedef {{name: string, corners: Corner[]}} Line */
/** @typedef {{corner: Corner, words: string}} Snapped */

/** From this zoom on outlines are asked for: before it they are too many, and too small to be drawn along. */
const FROM_ZOOM = 13;
const SNAP_PX = 12;

/** The rings and lines of a geometry. @param {any} geometry @returns {Corner[][]} */
function linesOf({type, coordinates}) {
  if (type === 'Point') return [[coordinates]];
  if (type === 'LineString' || type === 'MultiPoint') return [coordinates];
  if (type === 'Polygon' || type === 'MultiLineString') return coordinates;
  return type === 'MultiPolygon' ? coordinates.flat() : [];
}

/** The place of an edge that is nearest to a place, and how far it is, in degrees of latitude. @param {Corner} place @param {Corner} from @param {Corner} to @returns {[number, Corner]} */
export function nearestOn([lon, lat], from, to) {
  const narrow = Math.cos((lat * Math.PI) / 180);
  const [x, y] = [(from[0] - lon) * narrow, from[1] - lat];
  const [dx, dy] = [(to[0] - from[0]) * narrow, to[1] - from[1]];
  const along = Math.max(0, Math.min(1, -(x * dx + y * dy) / (dx * dx + dy * dy || 1)));
  return [Math.hypot(x + along * dx, y + along * dy), [from[0] + along * (to[0] - from[0]), from[1] + along * (to[1] - from[1])]];
}

/** The corner within reach, else the place on an edge within reach; corners come first. @param {Corner} place @param {Line[]} lines @param {number} reach_deg Degrees of latitude. @returns {Snapped | null} */
export function snapTo(place, lines, reach_deg) {
  const edges = lines.flatMap(({name, corners}) => corners.slice(1).map((to, at) => ({name, from: corners[at], to})));
  const ends = lines.flatMap(({name, corners}) => corners.map((corner) => ({name, from: corner, to: corner})));
  for (const [what, parts] of /** @type {const} */ ([['a corner', ends], ['an edge', edges]])) {
    let [least, nearest] = [reach_deg, /** @type {Snapped | null} */ (null)];
    for (const {name, from, to} of parts) {
      const [away, corner] = nearestOn(place, from, to);
      if (away <= least) [least, nearest] = [away, {corner, words: `${what} of ${name}`}];
    }
    if (nearest) return nearest;
  }
  return null;
}

export class Snapping {
  /** @param {Map} map @param {HTMLInputElement} choice Whether to snap at all. @param {string} own The record that is revised: its old outline holds no corner fast. */
  constructor(map, choice, own) {
    this.map = map;
    this.choice = choice;
    this.own = own;
    /** @type {Line[]} */
    this.lines = [];
    this.requests = 0;
    map.on('moveend', () => this.fetch());
    this.fetch();
  }

  /**
   * The outlines in view. Where they cannot be had there is nothing to snap to, and drawing goes on.
   * An answer for a view that was left meanwhile is dropped: it may come after the answer for this view.
   */
  async fetch() {
    const request = ++this.requests;
    if (this.map.getZoom() < FROM_ZOOM) {
      this.lines = [];
      return;
    }
    const [[west, south], [east, north]] = this.map.getBounds().toArray();
    const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(-most, Math.min(most, value));
    const box = [clamp(west, 180), clamp(south, 90), clamp(east, 180), clamp(north, 90)];
    let lines = /** @type {Line[]} */ ([]);
    try {
      const answer = await fetch(`/desk/outlines?bbox=${box.join(',')}`);
      const {outlines} = answer.ok ? await answer.json() : {outlines: []};
      lines = outlines.filter((/** @type {any} */ {record_id}) => record_id !== this.own)
        .flatMap((/** @type {any} */ {record_id, geometry}) => linesOf(geometry).map((corners) => ({name: record_id, corners})));
    } catch (error) {
      console.info(error);
    }
    if (request !== this.requests) return;
    this.lines = lines;
    this.map.getContainer().dataset.snaps = String(this.lines.length);
  }

  /** Where a corner goes that is put at a place of the screen; null: there. @param {{x: number, y: number}} point @returns {Snapped | null} */
  at({x, y}) {
    if (!this.choice.checked) return null;
    const {lng, lat} = this.map.unproject([x, y]).wrap();
    const reach = Math.abs(this.map.unproject([x, y + SNAP_PX]).lat - lat);
    return snapTo([lng, lat], [...this.lines, ...this.baseLines(x, y)], reach);
  }

  /** Lines of the base map near a place of the screen. @param {number} x @param {number} y @returns {Line[]} */
  baseLines(x, y) {
    const layers = this.map.getStyle().layers.filter((layer) => layer.type === 'line' && layer.source === 'base').map(({id}) => id);
    if (!layers.length) return [];
    const features = this.map.queryRenderedFeatures([[x - SNAP_PX, y - SNAP_PX], [x + SNAP_PX, y + SNAP_PX]], {layers});
    return features.flatMap(({geometry, properties, sourceLayer}) => linesOf(geometry).map((corners) => ({name: properties.name ?? sourceLayer ?? 'the base map', corners})));
  }
}
