// @ts-check
// Fetches the tiles of recorded areas that are in view, and knows whether all of them are there. A tile that could not be
// had is never nothing: it is asked for again, and meanwhile the page says that something is missing.
import * as maplibregl from './vendor/maplibre-gl/maplibre-gl.mjs';
import {cellLayers, outlineLayers, showKinds} from './area_layers.js';
import {TILES} from './tile_addresses.js';

/** @typedef {{counts: Record<string, number>, outlines_from_zoom: number, beyond_count: number}} Summary */
/** @typedef {'fetching' | 'failing' | 'shown'} State */

const TILE_TYPE = 'application/vnd.mapbox-vector-tile';
/** Beyond this zoom the tiles of this zoom are drawn larger, which still contain what is recorded: a unit is 15 cm. */
const LAST_ZOOM = 16;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 20_000;

export class AreaTiles {
  /** @param {maplibregl.Map} map @param {string} above The layer below which areas are drawn. @param {(state: State) => void} tell */
  constructor(map, above, tell) {
    this.map = map;
    this.above = above;
    this.tell = tell;
    /** Tiles that could not be had, and are asked for again. @type {Set<string>} */
    this.missing = new Set();
    /** @type {State} */
    this.state = 'fetching';
    /** @type {string[]} */
    this.layers = [];
    maplibregl.addProtocol('areas', ({url}, {signal}) => this.fetchTile(url, signal));
    map.on('render', () => this.look());
  }

  /** Show the areas of some times. @param {string} query @param {Summary} summary @param {string[]} kinds @param {string[]} shownKinds */
  show(query, {outlines_from_zoom: from}, kinds, shownKinds) {
    this.clear();
    this.state = 'fetching';
    const add = (/** @type {'records' | 'cells'} */ form, /** @type {number} */ minzoom, /** @type {number} */ maxzoom) =>
      this.map.addSource(form, {type: 'vector', tiles: [`areas://${form}/{z}/{y}/{x}?${query}`], minzoom, maxzoom});
    add('records', from, Math.max(from, LAST_ZOOM));
    const layers = outlineLayers(kinds, from);
    if (from > 0) {
      add('cells', 0, from - 1);
      layers.unshift(...cellLayers(kinds, from));
    }
    // The base map's names stand above the areas.
    const above = this.map.getStyle().layers.find(({type}) => type === 'symbol')?.id ?? this.above;
    for (const layer of layers) this.map.addLayer(layer, above);
    this.layers = layers.map((layer) => layer.id);
    showKinds(this.map, shownKinds);
  }

  /** Show none. */
  clear() {
    for (const id of this.layers) this.map.removeLayer(id);
    for (const id of ['records', 'cells']) if (this.map.getSource(id)) this.map.removeSource(id);
    this.layers = [];
    this.missing.clear();
  }

  /** Whether squares that count are shown, not outlines. */
  get isCounting() {
    const cells = this.map.getLayer('cell-fill');
    return cells !== undefined && this.map.getZoom() < cells.maxzoom;
  }

  /** After each drawing: is all there that is in view? */
  look() {
    const sources = ['records', 'cells'].filter((id) => this.map.getSource(id));
    if (!sources.length) return;
    if (sources.every((id) => this.map.isSourceLoaded(id))) this.become('shown');
    else this.become(this.missing.size ? 'failing' : 'fetching');
  }

  /** @param {State} state */
  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.tell(state);
  }

  /** A tile, however often it takes. @param {string} url @param {AbortSignal} signal @returns {Promise<{data: ArrayBuffer}>} */
  async fetchTile(url, signal) {
    const {host: form, pathname, search} = new URL(url.replace('areas:', 'http:'));
    const address = `${/** @type {Record<string, string>} */ (TILES)[form]}${pathname}${search === '?' ? '' : search}`;
    signal.addEventListener('abort', () => this.missing.delete(url));
    for (let wait_ms = FIRST_WAIT_MS; ; wait_ms = Math.min(2 * wait_ms, LONGEST_WAIT_MS)) {
      try {
        const response = await fetch(address, {signal});
        const isTile = response.status === 200 && response.headers.get('content-type') === TILE_TYPE;
        if (isTile || response.status === 204) {
          const data = await response.arrayBuffer();
          this.missing.delete(url);
          return {data};
        }
      } catch (error) {
        if (signal.aborted) throw error;
      }
      this.missing.add(url);
      this.become('failing');
      await new Promise((resolve) => { setTimeout(resolve, wait_ms); });
      if (signal.aborted) throw new DOMException('no longer in view', 'AbortError');
    }
  }
}
