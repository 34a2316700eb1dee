// @ts-check
// The first picture of the areas, before the map library is there: on a slow phone the library takes seconds more. What is in
// view is drawn once from the same tiles onto a canvas over the map, which goes as soon as the map shows all of it itself.
import {DOT_PX, POINT_LINE_PX, POINT_PX, cellColour, hazardsOf, styleOf} from './area_layers.js';
import {TILES} from './tile_addresses.js';
import {featuresOf} from './vector_tile.js';

/** @typedef {import('./vector_tile.js').Feature} Feature */
/** A view in world units, which count 1 around the earth: the middle, and how many pixels the world takes. @typedef {{x: number, y: number, worldPx: number}} View */
const EXTENT = 4096;
const TILE_PX = 512;
/** As the map fits the bounds: so much around them, and no closer. */
export const FITTED = {padding: 48, maxZoom: 14};

/** @param {number} lon @param {number} lat @returns {[number, number]} */
function worldOf(lon, lat) {
  return [lon / 360 + 0.5, 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI)];
}

/** @param {[number, number, number, number]} bounds @param {number} width @param {number} height @returns {View} */
function viewOf([west, south, east, north], width, height) {
  const most = 85.0511287;
  const [left, bottom] = worldOf(west, Math.max(south, -most));
  const [right, top] = worldOf(east, Math.min(north, most));
  const fits = Math.min((width - 2 * FITTED.padding) / (right - left), (height - 2 * FITTED.padding) / (bottom - top));
  const worldPx = Math.min(Math.max(fits, TILE_PX), TILE_PX * 2 ** FITTED.maxZoom);
  return {x: (left + right) / 2, y: (top + bottom) / 2, worldPx};
}

/** The tiles in view: column and row. @param {View} view @param {number} zoom @param {HTMLCanvasElement} canvas @returns {[number, number][]} */
function tilesIn({x, y, worldPx}, zoom, {clientWidth, clientHeight}) {
  const count = 2 ** zoom;
  const [halfWide, halfHigh] = [clientWidth / worldPx / 2, clientHeight / worldPx / 2];
  const from = (/** @type {number} */ at) => Math.max(Math.floor(at * count), 0);
  const to = (/** @type {number} */ at) => Math.min(Math.floor(at * count), count - 1);
  const tiles = /** @type {[number, number][]} */ ([]);
  for (let column = from(x - halfWide); column <= to(x + halfWide); column += 1) {
    for (let row = from(y - halfHigh); row <= to(y + halfHigh); row += 1) tiles.push([column, row]);
  }
  return tiles;
}

/** @param {CanvasRenderingContext2D} on @param {Feature} feature @param {(place: [number, number]) => [number, number]} placed */
function trace(on, {parts}, placed) {
  on.beginPath();
  for (const part of parts) {
    part.forEach((place, at) => (at ? on.lineTo(...placed(place)) : on.moveTo(...placed(place))));
    on.closePath();
  }
}

/** @param {CanvasRenderingContext2D} on @param {Feature} feature @param {(place: [number, number]) => [number, number]} placed */
function drawRecord(on, feature, placed) {
  const {fill, share, line, dash, image, pointFill, hasDot} = styleOf(String(feature.properties.kind));
  if (feature.type === 1) {
    const isMark = Boolean(feature.properties.is_mark);
    for (const [place] of feature.parts) {
      on.beginPath();
      on.arc(...placed(place), isMark ? 2 : POINT_PX + POINT_LINE_PX / 2, 0, 2 * Math.PI);
      on.fillStyle = isMark ? line : pointFill;
      on.fill();
      on.strokeStyle = line;
      on.lineWidth = POINT_LINE_PX;
      if (isMark) continue;
      on.stroke();
      if (!hasDot) continue;
      on.beginPath();
      on.arc(...placed(place), DOT_PX, 0, 2 * Math.PI);
      on.fillStyle = line;
      on.fill();
    }
    return;
  }
  trace(on, feature, placed);
  on.globalAlpha = share;
  on.fillStyle = fill;
  on.fill('evenodd');
  on.globalAlpha = 1;
  if (image) {
    const tile = document.createElement('canvas');
    [tile.width, tile.height] = [image.width, image.height];
    tile.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(image.data), image.width, image.height), 0, 0);
    const pattern = on.createPattern(tile, 'repeat');
    pattern?.setTransform(new DOMMatrix().scale(0.5));
    on.fillStyle = pattern ?? fill;
    on.fill('evenodd');
  }
  on.strokeStyle = line;
  on.lineWidth = 2;
  on.setLineDash(dash.map((part) => part * 2));
  on.stroke();
}

/** @param {CanvasRenderingContext2D} on @param {Feature} feature @param {(place: [number, number]) => [number, number]} placed @param {string[]} hazards */
function drawCell(on, feature, placed, hazards) {
  const count = hazards.reduce((sum, kind) => sum + Number(feature.properties[kind] ?? 0), 0);
  const {colour, opacity} = cellColour(count);
  trace(on, feature, placed);
  on.globalAlpha = opacity;
  on.fillStyle = colour;
  on.fill();
  on.globalAlpha = 1;
}

/** Fetch what is in view and draw it; nothing is drawn unless every tile came. @param {HTMLCanvasElement} canvas @param {[number, number, number, number]} bounds @param {string[]} kinds @param {number} outlinesFromZoom */
async function draw(canvas, bounds, kinds, outlinesFromZoom) {
  canvas.style.height = `${document.getElementById('map')?.clientHeight ?? 0}px`;
  const view = viewOf(bounds, canvas.clientWidth, canvas.clientHeight);
  const whole = Math.floor(Math.log2(view.worldPx / TILE_PX));
  const isCells = whole < outlinesFromZoom;
  const tiles = tilesIn(view, whole, canvas);
  const address = isCells ? TILES.cells : TILES.records;
  const fetched = await Promise.all(tiles.map(async ([column, row]) => {
    const response = await fetch(`${address}/${whole}/${row}/${column}`);
    if (!response.ok) throw new Error(`no tile: ${response.status}`);
    return featuresOf(await response.arrayBuffer());
  }));
  const on = canvas.getContext('2d');
  if (!on || !canvas.isConnected) return;
  const ratio = Math.min(window.devicePixelRatio, 2);
  [canvas.width, canvas.height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio];
  on.scale(ratio, ratio);
  on.fillStyle = '#f3f0e8';
  on.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const unitPx = view.worldPx / 2 ** whole / EXTENT;
  tiles.forEach(([column, row], at) => {
    const left = (column / 2 ** whole - view.x) * view.worldPx + canvas.clientWidth / 2;
    const top = (row / 2 ** whole - view.y) * view.worldPx + canvas.clientHeight / 2;
    const placed = (/** @type {[number, number]} */ [x, y]) => /** @type {[number, number]} */ ([left + x * unitPx, top + y * unitPx]);
    on.save();
    on.beginPath();
    on.rect(left, top, EXTENT * unitPx, EXTENT * unitPx);
    on.clip();
    for (const feature of fetched[at]) {
      if (isCells) drawCell(on, feature, placed, hazardsOf(kinds));
      else drawRecord(on, feature, placed);
    }
    on.restore();
  });
  canvas.dataset.drawn = 'yes';
  performance.mark('first-areas');
}

const canvas = /** @type {HTMLCanvasElement | null} */ (document.getElementById('first-view'));

/** Take the picture away: the map shows the areas, or has moved. */
export function removeFirstView() {
  canvas?.remove();
}

/** Whether the picture is shown. */
export function isFirstViewShown() {
  return canvas?.isConnected === true && 'drawn' in canvas.dataset;
}

const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');
const isElsewhere = new URLSearchParams(location.search).has('at');
if (canvas && settings.bounds && settings.summary && !isElsewhere) {
  draw(canvas, settings.bounds, settings.kinds, settings.summary.outlines_from_zoom).catch(removeFirstView);
} else {
  removeFirstView();
}
