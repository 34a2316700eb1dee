// @ts-check
// The legend shows each kind as the map draws it: the same fills, lines and hatchings, from the same tables.
import {CELL_COUNTS, DOT_PX, POINT_LINE_PX, POINT_PX, cellColour, styleOf} from './area_layers.js';
import {numberText} from './messages.js';

const WIDTH = 30;
const HEIGHT = 20;

/** @param {CanvasRenderingContext2D} on @param {ReturnType<typeof styleOf>} style */
function drawArea(on, {fill, share, line, dash, image}) {
  on.globalAlpha = share;
  on.fillStyle = fill;
  on.fillRect(2, 2, WIDTH - 4, HEIGHT - 4);
  on.globalAlpha = 1;
  if (image) {
    const tile = document.createElement('canvas');
    tile.width = image.width;
    tile.height = image.height;
    tile.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(image.data), image.width, image.height), 0, 0);
    const pattern = on.createPattern(tile, 'repeat');
    pattern?.setTransform(new DOMMatrix().scale(0.5));
    on.fillStyle = pattern ?? fill;
    on.fillRect(2, 2, WIDTH - 4, HEIGHT - 4);
  }
  on.strokeStyle = line;
  on.lineWidth = 2;
  on.setLineDash(dash.map((part) => part * 2));
  on.strokeRect(2, 2, WIDTH - 4, HEIGHT - 4);
}

/** @param {CanvasRenderingContext2D} on @param {ReturnType<typeof styleOf>} style */
function drawPoint(on, {line, pointFill, hasDot}) {
  on.beginPath();
  on.arc(WIDTH / 2, HEIGHT / 2, POINT_PX + POINT_LINE_PX / 2, 0, 2 * Math.PI);
  on.fillStyle = pointFill;
  on.fill();
  on.strokeStyle = line;
  on.lineWidth = POINT_LINE_PX;
  on.stroke();
  if (!hasDot) return;
  on.beginPath();
  on.arc(WIDTH / 2, HEIGHT / 2, DOT_PX, 0, 2 * Math.PI);
  on.fillStyle = line;
  on.fill();
}

/** Beside the words on squares: the colours of squares that count so many, on the colour of land. */
function drawSquares() {
  const note = document.getElementById('counting');
  if (!note || note.querySelector('.squares')) return;
  const line = document.createElement('span');
  line.className = 'squares';
  for (const count of CELL_COUNTS) {
    const {colour, opacity} = cellColour(count);
    const square = document.createElement('span');
    square.className = 'square';
    const fill = document.createElement('span');
    Object.assign(fill.style, {backgroundColor: colour, opacity: String(opacity)});
    square.append(fill);
    line.append(square, ` ${numberText(count)}${count === CELL_COUNTS.at(-1) ? '+' : ''} `);
  }
  note.append(line);
}

/** Draw every swatch of the page. @param {boolean} hasPoints Whether places are drawn as points; to the public they are areas. */
export function drawLegend(hasPoints) {
  drawSquares();
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.swatch[data-kind]'))) {
    const canvas = document.createElement('canvas');
    const ratio = Math.max(2, window.devicePixelRatio);
    canvas.width = WIDTH * ratio;
    canvas.height = HEIGHT * ratio;
    const on = canvas.getContext('2d');
    if (!on) return;
    on.scale(ratio, ratio);
    const style = styleOf(box.dataset.kind ?? '');
    if (style.isPoint && hasPoints) drawPoint(on, style);
    else drawArea(on, style);
    box.className = 'swatch drawn';
    box.replaceChildren(canvas);
  }
}
