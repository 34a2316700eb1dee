// @ts-check
// Which of the areas are fetched: all, or a part around where somebody goes.
import {say, saySize} from './words.js';
import {offeredBytes} from './download.js';

/** @typedef {import('./download.js').InUse} InUse */

/** @typedef {import('./offer.js').About} About */
/** @typedef {import('./offer.js').Offer} Offer */

const list = () => /** @type {HTMLSelectElement} */ (document.getElementById('part'));

/** A box of whole degrees, and the towns in it. @param {About} about */
export function boundsWords({part_deg, places = []}) {
  const [west, south, east, north] = part_deg ?? [0, 0, 0, 0];
  const side = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ plus, /** @type {string} */ minus) =>
    from >= 0 ? `${from}–${to} ${plus}` : to <= 0 ? `${-to}–${-from} ${minus}` : `${-from} ${minus}–${to} ${plus}`;
  return {places: places.join(', '), bounds: `${side(south, north, 'N', 'S')}, ${side(west, east, 'E', 'W')}`};
}

/**
 * List what can be chosen; what was chosen before, or is on the phone, stays chosen.
 * @param {Offer[]} offers @param {InUse} inUse what is on the phone
 */
export function showParts(offers, inUse) {
  const before = list().value || inUse?.about.name;
  const options = offers.map((offer) => {
    const {about} = offer;
    const values = {count: about.hazard_count, size: saySize(offeredBytes(offer, null, withBaseMap()))};
    const label = about.part_deg ? say('part_option', {...boundsWords(about), ...values}) : say('part_whole', values);
    return new Option(label, about.name, false, about.name === before);
  });
  list().replaceChildren(...options);
  /** @type {HTMLElement} */ (document.getElementById('parts')).hidden = offers.length < 2;
}

/** @param {Offer[]} offers */
export const chosenOffer = (offers) => offers.find(({about}) => about.name === list().value) ?? offers[0] ?? null;

const choice = () => /** @type {HTMLInputElement} */ (document.getElementById('with-base-map'));

/** Whether the base map of the region is fetched, too. */
export const withBaseMap = () => choice().checked;

/**
 * Ask whether the base map is wanted, if one is offered: with its size.
 * @param {Offer | null} offer
 */
export function showBaseMap(offer) {
  const offered = offer?.about.base_map;
  /** @type {HTMLElement} */ (document.getElementById('base-map')).hidden = !offered;
  if (!offered) return;
  const isCut = offered.whole_zooms !== undefined && offered.zooms[1] < offered.whole_zooms[1];
  const labels = [say('base_map_choice', {size: saySize(offered.size_bytes)}), isCut ? say('base_map_cut') : ''];
  /** @type {HTMLElement} */ (document.getElementById('base-map-words')).textContent = labels.join(' ').trim();
}

/** Who fetched areas without their base map is not asked for it again. @param {InUse} inUse */
export function rememberBaseMap(inUse) {
  if (inUse?.about.base_map) choice().checked = Boolean(inUse.held.baseMapDigest);
}
