// @ts-check
// An outline while it is drawn: its corners, what was done to them and can be undone, and whether it crosses itself.

/** Longitude and latitude in degrees. @typedef {[number, number]} Corner */
/** @typedef {'polygon' | 'line' | 'point'} Shape */
/** Decimals of a degree that are written: a centimetre. */
const DECIMALS = 7;
const TYPES = /** @type {const} */ ({polygon: 'Polygon', line: 'LineString', point: 'Point'});

export class Outline {
  /** @param {Shape} shape @param {Corner[]} corners @param {string} text The text that these corners come from. */
  constructor(shape, corners, text) {
    this.shape = shape;
    this.corners = corners;
    this.firstText = text;
    /** @type {{shape: Shape, corners: Corner[]}[]} */
    this.history = [];
  }

  /** The outline that a text gives, if it is one that can be drawn here: GeoJSON of one part, without holes. @param {string} text @returns {Outline | null} */
  static of(text) {
    try {
      const value = JSON.parse(text);
      const shape = /** @type {Shape} */ (Object.keys(TYPES).find((name) => TYPES[/** @type {Shape} */ (name)] === value.type));
      if (shape === 'polygon' && value.coordinates.length === 1) return new Outline(shape, value.coordinates[0].slice(0, -1), text);
      if (shape === 'line') return new Outline(shape, value.coordinates, text);
      if (shape === 'point') return new Outline(shape, [value.coordinates], text);
    } catch {
      // Not GeoJSON: it is edited as text.
    }
    return null;
  }

  /** @param {Shape} shape @param {Corner[]} corners */
  change(shape, corners) {
    this.history.push({shape: this.shape, corners: this.corners});
    this.shape = shape;
    this.corners = corners.map(/** @returns {Corner} */ ([lon, lat]) => [Number(lon.toFixed(DECIMALS)), Number(lat.toFixed(DECIMALS))]);
  }

  /** A corner after another one. @param {Corner} corner @param {number} after Its number from 0; -1: before all. */
  add(corner, after = this.corners.length - 1) {
    const corners = this.shape === 'point' ? [corner] : this.corners.toSpliced(after + 1, 0, corner);
    this.change(this.shape, corners);
  }

  /** @param {number} at @param {Corner} corner */
  move(at, corner) {
    this.change(this.shape, this.corners.with(at, corner));
  }

  /** @param {number} at */
  remove(at) {
    this.change(this.shape, this.corners.toSpliced(at, 1));
  }

  undo() {
    const before = this.history.pop();
    if (before) ({shape: this.shape, corners: this.corners} = before);
  }

  get isComplete() {
    return this.corners.length >= {polygon: 3, line: 2, point: 1}[this.shape];
  }

  /** As it stands in the form: nothing while corners are missing, so that no half outline is kept. */
  get text() {
    if (!this.history.length) return this.firstText;
    return this.isComplete ? JSON.stringify({type: TYPES[this.shape], coordinates: this.coordinates}) : '';
  }

  get coordinates() {
    if (this.shape === 'polygon') return [[...this.corners, this.corners[0]]];
    return this.shape === 'line' ? this.corners : this.corners[0];
  }

  /** The edges, by the numbers of their corners. @returns {[number, number][]} */
  get edges() {
    const count = this.corners.length;
    const open = this.corners.slice(1).map((_, at) => /** @type {[number, number]} */ ([at, at + 1]));
    return this.shape === 'polygon' && count > 2 ? [...open, [count - 1, 0]] : open;
  }

  /** Two edges of a polygon that cross or touch, by the numbers of their corners; null: none do. @returns {[[number, number], [number, number]] | null} */
  get crossing() {
    if (this.shape !== 'polygon') return null;
    const {edges, corners} = this;
    for (const [at, edge] of edges.entries()) {
      for (const other of edges.slice(at + 1)) {
        if (edge.some((corner) => other.includes(corner))) continue;
        if (meet(corners[edge[0]], corners[edge[1]], corners[other[0]], corners[other[1]])) return [edge, other];
      }
    }
    return null;
  }

  /** After which corner a new one lies, if it is put on the nearest edge. @param {Corner} corner */
  nearestEdge([lon, lat]) {
    const narrow = Math.cos((lat * Math.PI) / 180);
    const away = this.edges.map(([from, to]) => {
      const [x, y] = [(this.corners[from][0] - lon) * narrow, this.corners[from][1] - lat];
      const [dx, dy] = [(this.corners[to][0] - lon) * narrow - x, this.corners[to][1] - lat - y];
      const along = Math.max(0, Math.min(1, -(x * dx + y * dy) / (dx * dx + dy * dy || 1)));
      return Math.hypot(x + along * dx, y + along * dy);
    });
    return this.edges[away.indexOf(Math.min(...away))]?.[0] ?? this.corners.length - 1;
  }
}

/** Whether c lies to the left (1), to the right (-1) or on the line from a to b (0). @param {Corner} a @param {Corner} b @param {Corner} c */
const side = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));

/** @param {Corner} a @param {Corner} b @param {Corner} c */
const isBetween = (a, b, c) =>
  Math.min(a[0], b[0]) <= c[0] && c[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= c[1] && c[1] <= Math.max(a[1], b[1]);

/** Whether two edges have a place in common. @param {Corner} a @param {Corner} b @param {Corner} c @param {Corner} d */
function meet(a, b, c, d) {
  const sides = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (sides[0] !== sides[1] && sides[2] !== sides[3]) return true;
  return (sides[0] === 0 && isBetween(a, b, c)) || (sides[1] === 0 && isBetween(a, b, d))
    || (sides[2] === 0 && isBetween(c, d, a)) || (sides[3] === 0 && isBetween(c, d, b));
}
