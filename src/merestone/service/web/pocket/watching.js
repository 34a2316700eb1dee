// @ts-check
// Following the device: each position once, with how it moves; the screen kept on while the page watches.
import {accuracyOf} from '../device_accuracy.js';

/** @typedef {{lon_deg: number, lat_deg: number, accuracy_m: number | null, at: number, speed_m_s: number | null, heading_deg: number | null}} Fix */
/** @typedef {{fix: (fix: Fix) => void, refused: (words: string, seconds?: number) => void, screen: (isKeptOn: boolean) => void}} Listener */

/** How old a position may be that the device still gives, and how long it may take. */
const OPTIONS = {enableHighAccuracy: true, maximumAge: 5_000, timeout: 30_000};
const EARTH_M_PER_DEG = 111_195;
/** Two positions farther apart in time say nothing of how somebody moves now. */
const MOTION_WITHIN_MS = 30_000;
/** Faster, a receiver has jumped: the line between its two positions says nothing of where somebody goes. */
const FASTEST_M_S = 100;

/** From one position to another: metres north and east. Good to a hundredth over a few hundred metres. @param {Fix} before @param {Fix} now */
function stepOf(before, now) {
  const north = (now.lat_deg - before.lat_deg) * EARTH_M_PER_DEG;
  const turned = ((now.lon_deg - before.lon_deg + 540) % 360) - 180;
  const east = turned * EARTH_M_PER_DEG * Math.cos((now.lat_deg * Math.PI) / 180);
  return {north, east, metres: Math.hypot(north, east), seconds: (now.at - before.at) / 1000};
}

/** Speed and direction from two positions; null if they could be the same place. It only says where to look ahead. @param {Fix} before @param {Fix} now */
export function motionOf(before, now) {
  const {north, east, metres, seconds} = stepOf(before, now);
  const doubt = Math.max(before.accuracy_m ?? Infinity, now.accuracy_m ?? Infinity);
  if (!(seconds > 0) || now.at - before.at > MOTION_WITHIN_MS || metres <= doubt || metres / seconds > FASTEST_M_S) return null;
  return {speed_m_s: metres / seconds, heading_deg: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360};
}

/**
 * Speed and direction from the positions of the last half minute, where the device does not say: from the newest that cannot be the
 * same place. Of somebody who walks, two positions that follow each other nearly always can.
 * @param {Fix[]} before the oldest first @param {Fix} now
 */
export function motionAmong(before, now) {
  const last = before.at(-1);
  if (last && hasJumped(last, now)) return null;
  for (let nth = before.length - 1; nth >= 0; nth--) {
    const motion = motionOf(/** @type {Fix} */ (before[nth]), now);
    if (motion) return motion;
  }
  return null;
}

/** Whether the receiver, and nobody with it, went from one position to the other. @param {Fix} before @param {Fix} now */
function hasJumped(before, now) {
  const {metres, seconds} = stepOf(before, now);
  return metres > FASTEST_M_S * Math.max(seconds, 0) && metres > Math.max(before.accuracy_m ?? Infinity, now.accuracy_m ?? Infinity);
}

export class Watching {
  /** @type {number | null} */
  #watch = null;
  /** @type {WakeLockSentinel | null} */
  #screen = null;
  /** @type {Fix[]} the positions of the last half minute, since the last jump */
  #before = [];

  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    // The system takes the lock away with the page; it is asked for again when the page is seen again.
    document.addEventListener('visibilitychange', () => {
      if (this.isOn && document.visibilityState === 'visible') void this.#keepScreenOn();
    });
  }

  get isOn() {
    return this.#watch !== null;
  }

  start() {
    if (this.isOn) return;
    if (!('geolocation' in navigator)) return this.listener.refused('no_geolocation');
    this.#watch = navigator.geolocation.watchPosition((position) => this.#take(position), (error) => this.#refuse(error), OPTIONS);
    void this.#keepScreenOn();
  }

  stop() {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#before = [];
    const screen = this.#screen;
    this.#screen = null;
    void screen?.release();
  }

  async #keepScreenOn() {
    /** @type {WakeLockSentinel | null} */
    let screen = null;
    try {
      screen = await navigator.wakeLock.request('screen');
    } catch {
      // no such thing here, or too little charge
    }
    if (!this.isOn) return void screen?.release(); // watching ended meanwhile: nobody else would let it go
    this.#screen = screen;
    screen?.addEventListener('release', () => {
      if (this.#screen === screen) this.listener.screen(false); // the system took it
    });
    this.listener.screen(screen !== null);
  }

  /** @param {GeolocationPosition} position */
  #take({coords, timestamp}) {
    const {longitude, latitude, speed, heading} = coords;
    /** @type {Fix} */
    const fix = {
      lon_deg: longitude, lat_deg: latitude, accuracy_m: accuracyOf(coords), at: timestamp,
      speed_m_s: speed, heading_deg: Number.isFinite(heading) ? heading : null,
    };
    const motion = fix.speed_m_s === null || fix.heading_deg === null ? motionAmong(this.#before, fix) : null;
    const last = this.#before.at(-1);
    const earlier = last && hasJumped(last, fix) ? [] : this.#before.filter(({at}) => fix.at - at <= MOTION_WITHIN_MS && at <= fix.at);
    this.#before = [...earlier, fix];
    this.listener.fix(motion ? {...fix, ...motion} : fix);
  }

  /** @param {GeolocationPositionError} error */
  #refuse(error) {
    if (error.code === error.PERMISSION_DENIED) {
      this.stop();
      this.listener.refused('denied');
    } else if (error.code === error.TIMEOUT) this.listener.refused('timed_out', OPTIONS.timeout / 1000);
    else this.listener.refused('unavailable');
  }
}
