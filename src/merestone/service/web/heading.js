// @ts-check
// Where a device points, in degrees clockwise from north: by its compass, else by the way it moves, else not known.
// A direction is never guessed: without a compass whoever stands still has none.

/** @typedef {{degrees: number, by: 'compass' | 'course'} | null} Direction null: not known */

/** Slower than this, the course that a device states is that of its errors. */
const LEAST_M_S = 0.7;
/** A compass that said nothing for so long, or a course of a place so old, no longer counts. */
const STALE_MS = 3000;
const FALLBACK_MS = 6000;

const turned = (/** @type {number} */ degrees) => ((degrees % 360) + 360) % 360;

/**
 * The direction of an orientation event; null: it states none against north.
 * @param {{alpha: number | null, beta: number | null, gamma: number | null, absolute: boolean, webkitCompassHeading?: number, webkitCompassAccuracy?: number}} event
 * @param {number} screenDeg how far the screen's upper edge is turned from the device's
 * @returns {number | null}
 */
export function compassOf(event, screenDeg) {
  const {webkitCompassHeading: heading, webkitCompassAccuracy: accuracy, alpha, beta, gamma, absolute} = event;
  if (typeof heading === 'number' && Number.isFinite(heading)) {
    // Below zero: the compass must be calibrated first, or something magnetic is near (Apple, DeviceOrientationEvent).
    return heading < 0 || (accuracy ?? 0) < 0 ? null : turned(heading + screenDeg);
  }
  if (!absolute || alpha === null || beta === null || gamma === null) return null;
  const [z, x, y] = [alpha, beta, gamma].map((degrees) => (degrees * Math.PI) / 180);
  // W3C, Device Orientation and Motion: Z-X'-Y'' into east and north. The upper edge of a device that lies flat, and what
  // the back of one that is held upright looks at, point the same way; their sum has a length however it is tilted between.
  const east = -Math.sin(z) * Math.cos(x) - Math.cos(z) * Math.sin(y) - Math.sin(z) * Math.sin(x) * Math.cos(y);
  const north = Math.cos(z) * Math.cos(x) - Math.sin(z) * Math.sin(y) + Math.cos(z) * Math.sin(x) * Math.cos(y);
  if (Math.hypot(east, north) < 0.2) return null;
  return turned((Math.atan2(east, north) * 180) / Math.PI + screenDeg);
}

export class Heading {
  #isOn = false;
  /** @type {{degrees: number, at: number} | null} */
  #compass = null;
  /** @type {{degrees: number, at: number} | null} */
  #course = null;
  #timer = 0;

  /** @param {(direction: Direction) => void} tell Called when the direction changes, and when it is known no longer. */
  constructor(tell) {
    this.tell = tell;
  }

  /** Begin; on iOS it must come from a tap, since the person is asked there. */
  start() {
    if (this.#isOn) return;
    this.#isOn = true;
    const ask = /** @type {any} */ (window.DeviceOrientationEvent)?.requestPermission;
    if (typeof ask === 'function') ask.call(window.DeviceOrientationEvent).catch(() => {}); // refused: no event comes
    for (const name of NAMES) window.addEventListener(name, this.#turn);
    this.#timer = window.setInterval(() => this.#say(), 1000);
    this.#say();
  }

  stop() {
    this.#isOn = false;
    this.#compass = this.#course = null;
    window.clearInterval(this.#timer);
    for (const name of NAMES) window.removeEventListener(name, this.#turn);
  }

  /** What the device states of its own movement. @param {{heading: number | null, speed: number | null}} coords */
  moved({heading, speed}) {
    const isMoving = heading !== null && Number.isFinite(heading) && (speed ?? 0) >= LEAST_M_S;
    this.#course = isMoving ? {degrees: turned(heading), at: Date.now()} : null;
    this.#say();
  }

  /** @returns {Direction} */
  get direction() {
    const now = Date.now();
    if (this.#compass && now - this.#compass.at < STALE_MS) return {degrees: this.#compass.degrees, by: 'compass'};
    return this.#course && now - this.#course.at < FALLBACK_MS ? {degrees: this.#course.degrees, by: 'course'} : null;
  }

  #turn = (/** @type {any} */ event) => {
    const degrees = compassOf(event, window.screen.orientation?.angle ?? 0);
    if (degrees === null) return; // the relative orientation that Android sends beside the absolute one says nothing of north
    this.#compass = {degrees, at: Date.now()};
    this.#say();
  };

  #say() {
    if (this.#isOn) this.tell(this.direction);
  }
}

/** Android tells of north under the first name, iOS under the second. */
const NAMES = ['deviceorientationabsolute', 'deviceorientation'];
