// @ts-check
// Drawing an outline on a map at the desk. The text field of the form stays what is sent: each change is written there.
import {makeDeskMap} from './desk_map.js';
import {Outline} from './outline.js';
import {Snapping} from './snapping.js';

/** @typedef {import('./outline.js').Corner} Corner */
/** @typedef {import('./outline.js').Shape} Shape */
/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} Map */
/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').MapMouseEvent} MouseEvent */
/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').MapTouchEvent} TouchEvent */

/** So near an edge or a corner, in pixels, is on it; a finger is broader than a mouse. */
const NEAR_PX = matchMedia('(pointer: coarse)').matches ? 20 : 10;
const NAMES = {polygon: 'area', line: 'line', point: 'point'};

/** @template {HTMLElement} T @param {string} selector @returns {T} */
const part = (selector) => /** @type {T} */ (document.querySelector(selector));

class OutlineEditor {
  /** @param {Map} map @param {HTMLTextAreaElement} field @param {any} geodesic */
  constructor(map, field, geodesic) {
    this.map = map;
    this.field = field;
    this.geodesic = geodesic;
    this.selected = -1;
    this.snapping = new Snapping(map, part('#outline-snap'), part('#outline-drawing').dataset.record ?? '');
    /** What a corner was snapped to last. @type {import('./snapping.js').Snapped | null} */
    this.snapped = null;
    this.outline = new Outline(/** @type {Shape} */ (this.shapes.value), [], field.value);
    /** Whether the form has an outline that cannot be drawn here. */
    this.isText = false;
    this.isWriting = false;
    this.read();
    map.on('click', (event) => this.clicked(event));
    map.on('mousedown', (event) => this.grab(event));
    map.on('touchstart', (event) => this.grab(event));
    map.getCanvas().addEventListener('keydown', (event) => this.key(event));
    field.addEventListener('input', () => { if (!this.isWriting) this.read(); });
    const on = (/** @type {string} */ id, /** @type {() => void} */ act) => part(`#${id}`).addEventListener('click', act);
    on('outline-undo', () => this.did(() => this.outline.undo()));
    on('outline-remove', () => { if (this.selected >= 0) this.did(() => this.outline.remove(this.selected)); });
    on('outline-add', () => this.add(this.middle));
    on('outline-move', () => { if (this.selected >= 0) this.did(() => this.outline.move(this.selected, this.middle)); });
    on('outline-leg', () => this.addLeg());
    part('#outline-corners').addEventListener('change', () => this.select(Number(this.list.value), true));
    part('#outline-shape').addEventListener('change', () => {
      this.did(() => this.outline.change(/** @type {Shape} */ (this.shapes.value), this.outline.corners));
    });
  }

  /** @returns {HTMLSelectElement} */
  get list() { return part('#outline-corners'); }
  /** @returns {HTMLSelectElement} */
  get shapes() { return part('#outline-shape'); }

  /** @returns {Corner} */
  get middle() {
    const {lng, lat} = this.map.getCenter().wrap();
    return [lng, lat];
  }

  /** Take what the text field says; what cannot be drawn here stays as text until somebody draws. */
  read() {
    const text = this.field.value.trim();
    const outline = Outline.of(text);
    this.isText = text !== '' && (!outline || ![...this.shapes.options].some(({value}) => value === outline.shape));
    this.outline = outline && !this.isText ? outline : new Outline(/** @type {Shape} */ (this.shapes.value), [], this.field.value);
    this.selected = this.outline.corners.length - 1;
    this.show();
  }

  /** Change the outline, write it into the form, and show it. @param {() => void} change */
  did(change) {
    change();
    this.selected = Math.min(this.selected, this.outline.corners.length - 1);
    this.field.value = this.outline.text;
    this.isWriting = true;
    this.field.dispatchEvent(new Event('input', {bubbles: true})); // what is typed is kept in the browser, and this with it
    this.isWriting = false;
    this.show();
  }

  /** @param {Corner} corner @param {number} [after] */
  add(corner, after = this.selected >= 0 ? this.selected : this.outline.corners.length - 1) {
    this.did(() => this.outline.add(corner, after));
    this.select(this.outline.shape === 'point' ? 0 : after + 1, false);
  }

  /** A corner by its bearing and distance from the selected one, on the ellipsoid. */
  addLeg() {
    const from = this.outline.corners[this.selected];
    const [bearing, distance] = ['#outline-bearing', '#outline-distance'].map((id) => /** @type {HTMLInputElement} */ (part(id)).valueAsNumber);
    if (!from || !Number.isFinite(bearing) || !Number.isFinite(distance)) {
      this.tell('Give a bearing and a distance, and select the corner from which they are measured.');
      return;
    }
    const end = this.geodesic.Direct(from[1], from[0], bearing, distance);
    this.add([end.lon2, end.lat2]);
    if (!this.map.getBounds().contains([end.lon2, end.lat2])) this.map.easeTo({center: [end.lon2, end.lat2]});
  }

  /** @param {number} at @param {boolean} isShown */
  select(at, isShown) {
    this.selected = at;
    this.show();
    if (isShown && this.outline.corners[at]) this.map.easeTo({center: this.outline.corners[at]});
  }

  /** The corner there, or -1. @param {{x: number, y: number}} point */
  cornerAt({x, y}) {
    return this.outline.corners.findLastIndex((corner) => {
      const at = this.map.project(corner);
      return Math.hypot(at.x - x, at.y - y) <= NEAR_PX;
    });
  }

  /** Where a corner goes that is put at a place of the screen: what it snaps to there, unless Alt is held. @param {MouseEvent | TouchEvent} event @returns {Corner} */
  placeOf({point, lngLat, originalEvent}) {
    this.snapped = originalEvent.altKey ? null : this.snapping.at(point);
    const {lng, lat} = lngLat.wrap();
    return this.snapped?.corner ?? [lng, lat];
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const {point} = event;
    const at = this.cornerAt(point);
    if (at >= 0) {
      this.select(at, false);
      return;
    }
    const place = this.placeOf(event);
    const around = /** @type {[[number, number], [number, number]]} */ ([[point.x - NEAR_PX, point.y - NEAR_PX], [point.x + NEAR_PX, point.y + NEAR_PX]]);
    const isOnEdge = this.map.queryRenderedFeatures(around, {layers: ['outline-line']}).length > 0;
    this.add(place, isOnEdge ? this.outline.nearestEdge(place) : this.outline.corners.length - 1);
  }

  /** Drag a corner. @param {MouseEvent | TouchEvent} event */
  grab(event) {
    const at = this.cornerAt(event.point);
    if (at < 0 || ('points' in event && event.points.length > 1)) return;
    event.preventDefault(); // the map stays
    this.select(at, false);
    const before = this.outline.corners;
    const follow = (/** @type {MouseEvent | TouchEvent} */ moved) => {
      this.outline.corners = before.with(at, this.placeOf(moved));
      this.show();
    };
    const release = () => {
      this.map.off('mousemove', follow);
      this.map.off('touchmove', follow);
      const to = this.outline.corners[at];
      this.outline.corners = before;
      if (to !== before[at]) this.did(() => this.outline.move(at, to));
    };
    this.map.on('mousemove', follow);
    this.map.on('touchmove', follow);
    this.map.once('mouseup', release);
    this.map.once('touchend', release);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === 'Enter') this.add(this.middle);
    else if (event.key === 'Delete' || event.key === 'Backspace') part('#outline-remove').click();
    else if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey)) part('#outline-undo').click();
    else return;
    event.preventDefault();
  }

  /** @param {string} text */
  tell(text) {
    part('#outline-told').textContent = text;
  }

  show() {
    const {outline} = this;
    const source = /** @type {import('./vendor/maplibre-gl/maplibre-gl.mjs').GeoJSONSource} */ (this.map.getSource('outline'));
    const edges = outline.edges.map(([from, to]) => [outline.corners[from], outline.corners[to]]);
    const feature = (/** @type {any} */ geometry, properties = {}) => ({type: 'Feature', properties, geometry});
    source.setData(/** @type {any} */ ({type: 'FeatureCollection', features: [
      ...(outline.shape === 'polygon' && outline.isComplete ? [feature({type: 'Polygon', coordinates: outline.coordinates})] : []),
      feature({type: 'MultiLineString', coordinates: edges}),
      ...outline.corners.map((corner, at) => feature({type: 'Point', coordinates: corner}, {is_selected: at === this.selected})),
    ]}));
    this.shapes.value = outline.shape;
    this.list.replaceChildren(...outline.corners.map(([lon, lat], at) => new Option(
      `${at + 1}: ${Math.abs(lat).toFixed(6)} ${lat >= 0 ? 'N' : 'S'}, ${Math.abs(lon).toFixed(6)} ${lon >= 0 ? 'E' : 'W'}`, String(at), false, at === this.selected,
    )));
    this.tell(this.text);
    part('#outline-told').classList.toggle('fault', outline.crossing !== null);
  }

  /** On what the selected corner was put, if on anything. */
  get snappedWords() {
    const [at, to] = [this.outline.corners[this.selected], this.snapped?.corner];
    return at && to && Math.hypot(at[0] - to[0], at[1] - to[1]) < 1e-6 ? ` The selected corner lies on ${this.snapped?.words}.` : '';
  }

  get text() {
    const {outline} = this;
    if (this.isText && !outline.history.length) {
      return 'The outline in the form cannot be edited on this map (it is no GeoJSON of one part without holes). What you draw takes its place; undo brings it back.';
    }
    const {crossing} = outline;
    if (crossing) {
      const [first, second] = crossing.map(([from, to]) => `from ${from + 1} to ${to + 1}`);
      return `The outline crosses itself: the edge ${first} meets the edge ${second}. Move a corner.`;
    }
    const count = outline.corners.length;
    if (!outline.isComplete) return `Corners so far: ${count} (${outline.shape === 'polygon' ? 'three' : 'two'} or more are needed). Nothing is in the form yet.${this.snappedWords}`;
    return `An ${NAMES[outline.shape]} of ${count} corner${count === 1 ? '' : 's'} is in the form.${this.snappedWords}`.replace(/^An (?=[lp])/, 'A ');
  }
}

async function open() {
  const {default: geodesics} = await import('./vendor/geographiclib/geographiclib-geodesic.mjs');
  const settings = JSON.parse(part('#settings').textContent ?? '{}');
  const empty = {type: 'geojson', data: {type: 'FeatureCollection', features: []}};
  await makeDeskMap(part('#outline-map'), settings, {outline: empty}, [
    {id: 'outline-fill', type: 'fill', source: 'outline', filter: ['==', ['geometry-type'], 'Polygon'], paint: {'fill-color': '#17566b', 'fill-opacity': 0.25}},
    {id: 'outline-line', type: 'line', source: 'outline', filter: ['==', ['geometry-type'], 'LineString'], paint: {'line-color': '#17566b', 'line-width': 3}},
    {
      id: 'place', type: 'circle', source: 'outline', filter: ['==', ['geometry-type'], 'Point'],
      paint: {'circle-radius': ['case', ['get', 'is_selected'], 9, 6], 'circle-color': ['case', ['get', 'is_selected'], '#f4a718', '#ffffff'], 'circle-stroke-color': '#17566b', 'circle-stroke-width': 3},
    },
  ], {doubleClickZoom: false}, (map) => {
    new OutlineEditor(map, part('textarea[name=geometry]'), /** @type {any} */ (geodesics).Geodesic.WGS84);
  });
}

const opener = /** @type {HTMLDetailsElement | null} */ (document.getElementById('outline-drawing'));
if (opener) {
  opener.hidden = false;
  opener.addEventListener('toggle', () => {
    open().catch((error) => {
      part('#outline-told').textContent = 'This browser cannot draw the map. Paste or type the outline instead.';
      console.info(error);
    });
  }, {once: true});
}
