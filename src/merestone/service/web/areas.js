// @ts-check
// The list follows the times without a new page; without JavaScript the form's own button does the same.
import {watch} from './times.js';
import {LANGUAGE, gettext} from './messages.js';

const form = /** @type {HTMLFormElement} */ (document.getElementById('times'));
/** What the list was searched for and by what it is sorted; it stays so at other times. */
const asked = new URLSearchParams(location.search);
const order = ['search', 'sort', 'kind'].map((name) => (asked.get(name) ? `&${name}=${encodeURIComponent(asked.get(name) ?? '')}` : '')).join('');

// One tick for the whole page of the list; without JavaScript each is ticked by itself.
const boxes = () => /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name=chosen]'));
const offerAll = () => {
  const all = /** @type {HTMLInputElement | null} */ (document.getElementById('all'));
  if (all) all.hidden = false;
};
document.getElementById('listing')?.addEventListener('change', ({target}) => {
  const all = /** @type {HTMLInputElement} */ (document.getElementById('all'));
  if (target === all) for (const box of boxes()) box.checked = all.checked;
  else all.checked = [...boxes()].every((box) => box.checked);
});
offerAll();

/** @type {AbortController | null} */
let asking = null;

watch(form, async (query) => {
  asking?.abort();
  asking = new AbortController();
  const listing = /** @type {HTMLElement} */ (document.getElementById('listing'));
  listing.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(`/areas?${query}${query && '&'}lang=${LANGUAGE}${order}`, {headers: {accept: 'text/html'}, signal: asking.signal});
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = page.getElementById('listing') ?? page.querySelector('.words');
    if (!fresh) throw new Error('an answer without a list');
    listing.replaceChildren(...fresh.childNodes);
    offerAll();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    listing.textContent = gettext('The server did not answer. The list is not shown, because it might be of another time.');
  }
  listing.removeAttribute('aria-busy');
});
