// @ts-check
// Boxes of parts in a tree, nearest first: the boxes in the order of a curve that fills the plane, sixteen to a node.
import {A_M, E2, onMeridian, wrappedDeg} from './geodesic.js';

const FAN = 16;
const RAD = Math.PI / 180;
/** The least radius of curvature of a meridian on WGS 84, at the equator, metres. */
const LEAST_MERIDIAN_M = A_M * (1 - E2);
const SIDE = 1 << 16;

/**
 * No point of a box is nearer than this, metres: neither nearer than the parallels lie apart, nor than the plane of the
 * nearest meridian of the box. A geodesic is never shorter than the way between its parallels, nor than its chord.
 * @param {ArrayLike<number>} box @param {number} at where its west, south, east and north stand, degrees
 * @param {number} lonDeg @param {number} latDeg @param {number} axisM the position's distance from the axis
 */
export function leastToBoxM(box, at, lonDeg, latDeg, axisM) {
  const north = Math.max(box[at + 1] - latDeg, latDeg - box[at + 3], 0) * RAD * LEAST_MERIDIAN_M;
  let across = 0;
  if (lonDeg < box[at] || lonDeg > box[at + 2]) {
    const gap = Math.min(Math.abs(wrappedDeg(box[at] - lonDeg)), Math.abs(wrappedDeg(box[at + 2] - lonDeg)));
    across = axisM * Math.sin(Math.min(gap, 90) * RAD);
  }
  return Math.max(north, across) * (1 - 1e-9) - 1e-3;
}

/** Boxes, and by how much what is in each is widened. */
export class BoxTree {
  /**
   * @param {Float64Array} boxes west, south, east and north of each part of the pack, degrees
   * @param {Float64Array} widenedM of each part of the pack, metres
   * @param {Uint32Array} parts which of them are in this tree
   */
  constructor(boxes, widenedM, parts) {
    this.order = inCurveOrder(boxes, parts);
    /** @type {{box: Float64Array, widenedM: Float64Array}[]} the leaves' boxes first, the root last */
    this.levels = [];
    const count = this.order.length;
    const box = new Float64Array(4 * count);
    const widened = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const part = this.order[i];
      for (let side = 0; side < 4; side++) box[4 * i + side] = boxes[4 * part + side];
      widened[i] = widenedM[part];
    }
    this.levels.push({box, widenedM: widened});
    while (this.levels[this.levels.length - 1].widenedM.length > 1) {
      this.levels.push(joined(this.levels[this.levels.length - 1]));
    }
  }

  /**
   * The parts whose box holds a position.
   * @param {number} lonDeg @param {number} latDeg
   * @returns {number[]}
   */
  partsAround(lonDeg, latDeg) {
    /** @type {number[]} */
    const around = [];
    if (!this.order.length) return around;
    const open = [[this.levels.length - 1, 0]];
    for (let node = open.pop(); node; node = open.pop()) {
      const [level, at] = node;
      const {box} = this.levels[level];
      const isHeld =
        box[4 * at] <= lonDeg && lonDeg <= box[4 * at + 2] && box[4 * at + 1] <= latDeg && latDeg <= box[4 * at + 3];
      if (!isHeld) continue;
      if (level === 0) around.push(this.order[at]);
      else for (let child = FAN * at; child < this.childrenEnd(level, at); child++) open.push([level - 1, child]);
    }
    return around;
  }

  /**
   * Parts in the order of the least distance to their boxes, less what they are widened by, for as long as it is asked.
   * @param {number} lonDeg @param {number} latDeg
   * @param {() => number} boundM no part beyond this can be the nearest; it may fall from one part to the next
   * @param {(part: number) => void} visit
   */
  visitNearest(lonDeg, latDeg, boundM, visit) {
    if (!this.order.length) return;
    const {axisM} = onMeridian(latDeg);
    const heap = new Heap();
    const push = (/** @type {number} */ level, /** @type {number} */ at) => {
      const {box, widenedM} = this.levels[level];
      const leastM = leastToBoxM(box, 4 * at, lonDeg, latDeg, axisM) - widenedM[at];
      if (leastM <= boundM()) heap.push(leastM, level, at);
    };
    push(this.levels.length - 1, 0);
    while (heap.size && heap.least() <= boundM()) {
      const {level, at} = heap.pop();
      if (level === 0) visit(this.order[at]);
      else for (let child = FAN * at; child < this.childrenEnd(level, at); child++) push(level - 1, child);
    }
  }

  /** @param {number} level @param {number} at */
  childrenEnd(level, at) {
    return Math.min(FAN * (at + 1), this.levels[level - 1].widenedM.length);
  }
}

/** Nodes over nodes. @param {{box: Float64Array, widenedM: Float64Array}} below */
function joined(below) {
  const count = Math.ceil(below.widenedM.length / FAN);
  const box = new Float64Array(4 * count);
  const widenedM = new Float64Array(count);
  for (let node = 0; node < count; node++) {
    let west = Infinity;
    let south = Infinity;
    let east = -Infinity;
    let north = -Infinity;
    for (let i = FAN * node; i < Math.min(FAN * (node + 1), below.widenedM.length); i++) {
      west = Math.min(west, below.box[4 * i]);
      south = Math.min(south, below.box[4 * i + 1]);
      east = Math.max(east, below.box[4 * i + 2]);
      north = Math.max(north, below.box[4 * i + 3]);
      widenedM[node] = Math.max(widenedM[node], below.widenedM[i]);
    }
    box[4 * node] = west;
    box[4 * node + 1] = south;
    box[4 * node + 2] = east;
    box[4 * node + 3] = north;
  }
  return {box, widenedM};
}

/** Parts ordered by the Morton number of their boxes' middles. @param {Float64Array} boxes @param {Uint32Array} parts */
function inCurveOrder(boxes, parts) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of parts) {
    west = Math.min(west, boxes[4 * part]);
    south = Math.min(south, boxes[4 * part + 1]);
    east = Math.max(east, boxes[4 * part + 2]);
    north = Math.max(north, boxes[4 * part + 3]);
  }
  const perLon = (SIDE - 1) / Math.max(east - west, 1e-9);
  const perLat = (SIDE - 1) / Math.max(north - south, 1e-9);
  // The number in front and the place behind in one float: 32 + 20 bits, and a sort of plain numbers is the quickest.
  const PLACES = 1 << 20;
  if (parts.length > PLACES) return parts;
  const keys = new Float64Array(parts.length);
  for (let i = 0; i < parts.length; i++) {
    const at = 4 * parts[i];
    const x = spread(((boxes[at] + boxes[at + 2]) / 2 - west) * perLon);
    const y = spread(((boxes[at + 1] + boxes[at + 3]) / 2 - south) * perLat);
    keys[i] = (x + 2 * y) * PLACES + i;
  }
  keys.sort();
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) order[i] = parts[keys[i] % PLACES];
  return order;
}

/** The low sixteen bits of a number with a zero behind each. @param {number} value */
function spread(value) {
  let bits = value & 0xffff;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** A heap of nodes with the least key on top. */
class Heap {
  constructor() {
    /** @type {number[]} */
    this.keys = [];
    /** @type {{level: number, at: number}[]} */
    this.nodes = [];
  }

  get size() {
    return this.keys.length;
  }

  least() {
    return this.keys[0];
  }

  /** @param {number} key @param {number} level @param {number} at */
  push(key, level, at) {
    const {keys, nodes} = this;
    let i = keys.length;
    keys.push(key);
    nodes.push({level, at});
    const node = nodes[i];
    for (let parent = (i - 1) >> 1; i > 0 && keys[parent] > key; parent = (i - 1) >> 1) {
      keys[i] = keys[parent];
      nodes[i] = nodes[parent];
      i = parent;
    }
    keys[i] = key;
    nodes[i] = node;
  }

  pop() {
    const {keys, nodes} = this;
    const top = nodes[0];
    const key = /** @type {number} */ (keys.pop());
    const node = /** @type {{level: number, at: number}} */ (nodes.pop());
    const count = keys.length;
    if (!count) return top;
    let i = 0;
    for (let child = 1; child < count; child = 2 * i + 1) {
      if (child + 1 < count && keys[child + 1] < keys[child]) child++;
      if (keys[child] >= key) break;
      keys[i] = keys[child];
      nodes[i] = nodes[child];
      i = child;
    }
    keys[i] = key;
    nodes[i] = node;
    return top;
  }
}
