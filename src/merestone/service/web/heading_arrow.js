// @ts-check
// An arrow at the device's place, and words for where it points, while a map follows the device.
import * as maplibregl from './vendor/maplibre-gl/maplibre-gl.mjs';
import {gettext} from './messages.js';

const SVG = 'http://www.w3.org/2000/svg';

function drawnArrow() {
  const element = document.createElement('div');
  element.className = 'heading-arrow';
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '-30 -30 60 60');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M0 -29 L11 -13 Q0 -18 -11 -13 Z');
  svg.append(path);
  element.append(svg);
  return element;
}

/** Words under the map's buttons. @implements {maplibregl.IControl} */
export class HeadingArrow {
  constructor() {
    this.label = document.createElement('div');
    this.label.className = 'maplibregl-ctrl maplibregl-ctrl-group heading-words';
    this.label.hidden = true;
    // Turned with the map: the arrow points where the device does on the ground.
    this.marker = new maplibregl.Marker({element: drawnArrow(), rotationAlignment: 'map', pitchAlignment: 'map'});
    /** @type {[number, number] | null} */
    this.place = null;
    /** @type {import('./heading.js').Direction} */
    this.direction = null;
  }

  /** @param {maplibregl.Map} map */
  onAdd(map) {
    this.map = map;
    return this.label;
  }

  onRemove() {
    this.marker.remove();
    this.label.remove();
  }

  /** @param {{longitude: number, latitude: number}} coords */
  at({longitude, latitude}) {
    this.place = [longitude, latitude];
    this.#show();
  }

  /** @param {import('./heading.js').Direction} direction */
  point(direction) {
    this.direction = direction;
    this.label.hidden = false;
    const degrees = direction ? String(Math.round(direction.degrees) % 360) : '';
    const text = !direction ? gettext('Where you face is not known')
      : direction.by === 'compass' ? gettext('You face {degrees}°', {degrees}) : gettext('You move towards {degrees}°', {degrees});
    if (this.label.textContent !== text) this.label.textContent = text;
    this.label.dataset.by = direction?.by ?? 'nothing';
    this.#show();
  }

  hide() {
    this.direction = null;
    this.label.hidden = true;
    this.marker.remove();
  }

  #show() {
    if (!this.map || !this.place || !this.direction) {
      this.marker.remove();
      return;
    }
    this.marker.setLngLat(this.place).setRotation(this.direction.degrees);
    if (!this.marker.getElement().isConnected) this.marker.addTo(this.map);
  }
}
