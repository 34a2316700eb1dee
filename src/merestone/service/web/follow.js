// @ts-check
// The map follows the device, and each place that it comes to is checked. It asks for the position only when it is pressed.
import {Heading} from './heading.js';
import {HeadingArrow} from './heading_arrow.js';
import * as maplibregl from './vendor/maplibre-gl/maplibre-gl.mjs';

/** How long, while the map follows the device, until the place is checked again. */
const FOLLOWED_MS = 5000;
const CLOSEST_ZOOM = 16;
const BUTTON = '.maplibregl-ctrl-geolocate';

export class Follower {
  /**
   * @param {() => number} covered How many pixels of the map's lower part a sheet covers.
   * @param {(coords: GeolocationCoordinates) => void} check @param {() => void} refuse
   */
  constructor(covered, check, refuse) {
    this.covered = covered;
    const follower = this;
    this.control = new maplibregl.GeolocateControl({
      positionOptions: {enableHighAccuracy: true}, trackUserLocation: true,
      fitBoundsOptions: {maxZoom: CLOSEST_ZOOM, get padding() { return follower.padding; }},
      showAccuracyCircle: false, // it would have the radius that the device states, half of what is asked for (`accuracyOf`)
    });
    /** Whether the map goes with the device; moved by hand, it stays where it is. */
    this.isCentring = false;
    /** @type {maplibregl.Map | null} */
    this.map = null;
    /** @type {GeolocationCoordinates | null} */
    this.last = null;
    this.arrow = new HeadingArrow();
    this.heading = new Heading((direction) => this.arrow.point(direction));
    let checkedAt = 0;
    let waiting = 0;
    this.control.on('trackuserlocationstart', () => { this.isCentring = true; });
    this.control.on('trackuserlocationend', () => {
      this.isCentring = false;
      window.clearTimeout(waiting);
    });
    this.control.on('geolocate', ({coords}) => {
      this.last = coords;
      this.arrow.at(coords);
      this.heading.moved(coords);
      window.clearTimeout(waiting);
      // The last place of all is checked too: who stands still after some steps may not be told of where they came from.
      waiting = window.setTimeout(() => {
        checkedAt = Date.now();
        check(coords);
      }, Math.max(0, checkedAt + FOLLOWED_MS - Date.now()));
    });
    this.control.on('error', () => {
      this.#point();
      window.clearTimeout(waiting);
      refuse();
    });
  }

  /** Add the button and what it shows. @param {maplibregl.Map} map */
  addTo(map) {
    map.addControl(this.control, 'top-right');
    map.addControl(this.arrow, 'top-right');
    // From the tap itself: iOS asks for the compass at no other time.
    this.map = map;
    map.getContainer().addEventListener('click', ({target}) => {
      if (/** @type {Element} */ (target).closest(BUTTON)) this.#point();
    });
  }

  /** Show where the device points as long as the button is pressed: one error, such as a slow answer, does not end that. */
  #point() {
    if (this.map?.getContainer().querySelector(BUTTON)?.getAttribute('aria-pressed') === 'true') this.heading.start();
    else {
      this.heading.stop();
      this.arrow.hide();
    }
  }

  get padding() {
    return {top: 0, left: 0, right: 0, bottom: this.covered()};
  }

  /** The device's place in the middle of what no sheet covers, unless the map was moved by hand. @param {maplibregl.Map} map */
  centre(map) {
    if (!this.isCentring || !this.last) return;
    const {longitude, latitude, accuracy} = this.last;
    const around = maplibregl.LngLatBounds.fromLngLat(new maplibregl.LngLat(longitude, latitude), accuracy);
    // Marked as the control's own: it takes any other movement for the reader's, and follows no more.
    map.fitBounds(around, {maxZoom: CLOSEST_ZOOM, padding: this.padding, bearing: map.getBearing()}, {geolocateSource: true});
  }
}
