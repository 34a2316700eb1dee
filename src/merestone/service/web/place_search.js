// @ts-check
// Finding a place by its name: a box with suggestions (WAI-ARIA combobox). The names come from our own server.
import {LANGUAGE, gettext, ngettext} from './messages.js';

/** @typedef {{name: string, found_name: string, what: string, lon_deg: number, lat_deg: number, is_as_typed: boolean}} Place */

const REST_MS = 250;

/** @param {string} name @param {AbortSignal} signal @returns {Promise<Place[]>} */
async function ask(name, signal) {
  const response = await fetch(`/places?q=${encodeURIComponent(name)}&lang=${LANGUAGE}`, {signal});
  if (!response.ok) throw new Error('the names could not be had');
  return (await response.json()).places;
}

/** A name, which has a direction of its own. @param {string} name */
const named = (name) => Object.assign(document.createElement('bdi'), {textContent: name});

/** @param {Place} place @returns {(string | HTMLElement)[]} */
function wordsOf(place) {
  const also = place.found_name === place.name ? [] : [' (', named(place.found_name), ')'];
  return [named(place.name), ...also, `, ${place.what}`];
}

/**
 * Let the box suggest places, and say which one was chosen.
 * @param {HTMLFormElement} form @param {(place: Place) => void} chosen
 */
export function suggestPlaces(form, chosen) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector('input'));
  const list = /** @type {HTMLElement} */ (form.querySelector('[role=listbox]'));
  const status = /** @type {HTMLElement} */ (form.querySelector('[role=status]'));
  /** @type {Place[]} */
  let places = [];
  let active = -1;
  let timer = 0;
  /** @type {AbortController | null} */
  let asking = null;

  const close = () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    active = -1;
  };

  /** @param {Place} place */
  const choose = (place) => {
    input.value = place.name;
    status.textContent = ''; // how many were found, and how like, would stay over the map
    close();
    chosen(place);
  };

  /** @param {number} at */
  const mark = (at) => {
    active = at;
    for (const [nth, option] of [...list.children].entries()) option.setAttribute('aria-selected', String(nth === at));
    if (at >= 0) input.setAttribute('aria-activedescendant', `place-${at}`);
    list.children[at]?.scrollIntoView({block: 'nearest'});
  };

  const show = () => {
    list.replaceChildren(...places.map((place, nth) => {
      const option = document.createElement('li');
      option.id = `place-${nth}`;
      option.role = 'option';
      option.setAttribute('aria-selected', 'false');
      option.append(...wordsOf(place));
      option.addEventListener('pointerdown', (event) => event.preventDefault()); // the box keeps its focus
      option.addEventListener('click', () => choose(place));
      return option;
    }));
    list.hidden = places.length === 0;
    input.setAttribute('aria-expanded', String(places.length > 0));
    active = -1;
  };

  const search = async () => {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    const name = input.value.trim();
    if (!name) {
      form.removeAttribute('aria-busy');
      places = [];
      status.textContent = '';
      close();
      return;
    }
    form.setAttribute('aria-busy', 'true'); // the first search waits for the names, which takes the server seconds
    try {
      places = await ask(name, mine.signal);
      show();
      const guess = places.length > 0 && !places[0]?.is_as_typed ? ` ${gettext('No exact match; these names are similar.')}` : '';
      status.textContent = places.length ? `${ngettext('{count} place found.', '{count} places found.', places.length)}${guess}` : gettext('No place of this name is known here. Type coordinates below, or move the map.');
    } catch (error) {
      if (mine.signal.aborted) return;
      places = [];
      close();
      status.textContent = gettext('Nothing was searched: the server did not answer.');
    } finally {
      if (asking === mine) form.removeAttribute('aria-busy');
    }
  };

  // The server reads its names when it is first asked: let it begin while the name is being typed.
  input.addEventListener('focus', () => void ask('', new AbortController().signal).catch(() => {}), {once: true});
  input.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void search(), REST_MS);
  });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    const last = places.length - 1;
    if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown' && last >= 0) mark(active >= last ? 0 : active + 1);
    else if (event.key === 'ArrowUp' && last >= 0) mark(active <= 0 ? last : active - 1);
    else return;
    event.preventDefault();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    window.clearTimeout(timer);
    if (active < 0) await search();
    const place = places[Math.max(active, 0)];
    if (place) choose(place);
  });
}
