// @ts-check
// On a phone the panel is a sheet over the map: it slides up and down by its handle, by finger, mouse or key.
import {gettext} from './messages.js';

/** @typedef {'low' | 'half' | 'full'} Height */
/** @type {Height[]} */
const HEIGHTS = ['low', 'half', 'full'];
const WORDS = {low: gettext('Show more'), half: gettext('Show all'), full: gettext('Show the map')};
/** So many pixels of dragging are meant. */
const DRAG_PX = 24;
const isPhone = window.matchMedia('(max-width: 48rem)');

export class Sheet {
  /** @param {HTMLElement} panel @param {HTMLButtonElement} handle */
  constructor(panel, handle) {
    this.panel = panel;
    this.handle = handle;
    /** @type {Height} */
    this.height = 'low';
    this.show('low');
    handle.addEventListener('click', () => {
      this.show(HEIGHTS[(HEIGHTS.indexOf(this.height) + 1) % HEIGHTS.length]);
    });
    handle.addEventListener('pointerdown', (event) => this.drag(event));
    panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && Sheet.isUsed) this.show('low');
    });
  }

  /** Whether the panel is a sheet on this screen. */
  static get isUsed() {
    return isPhone.matches;
  }

  /** @param {Height} [height] */
  show(height = 'low') {
    this.height = height;
    this.panel.dataset.height = height;
    this.handle.setAttribute('aria-expanded', String(height !== 'low'));
    this.handle.setAttribute('aria-label', WORDS[height]);
  }

  /** Show at least half of it, with what was asked for on top. */
  open() {
    if (this.height === 'low') this.show('half');
    this.panel.scrollTop = 0;
  }

  /** @param {PointerEvent} down */
  drag(down) {
    const move = (/** @type {PointerEvent} */ up) => {
      this.handle.removeEventListener('pointerup', move);
      const by = up.clientY - down.clientY;
      if (Math.abs(by) < DRAG_PX) return; // a tap, which is a click
      this.handle.addEventListener('click', (event) => event.stopImmediatePropagation(), {capture: true, once: true});
      const at = HEIGHTS.indexOf(this.height) + (by < 0 ? 1 : -1);
      this.show(HEIGHTS[Math.max(0, Math.min(HEIGHTS.length - 1, at))]);
    };
    this.handle.setPointerCapture(down.pointerId);
    this.handle.addEventListener('pointerup', move);
  }
}
