// @ts-check
// The two times of a page: what held in the world on a day, and as it was known on a day. Empty is the present.
import {dayText, gettext} from './messages.js';

const DAY_MS = 86_400_000;
/** How long a slider must rest before the page asks, in milliseconds: while it is dragged, nothing is asked. */
const REST_MS = 150;

/** @param {string} text @returns {number} */
const dayOf = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY_MS);
/** @param {number} day */
const textOf = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The times as they stand in an address. @param {HTMLFormElement} form */
export function queryOf(form) {
  const asked = new URLSearchParams();
  for (const input of datesOf(form)) if (input.value) asked.set(input.name, input.value);
  return asked.toString();
}

/** @param {HTMLFormElement} form */
function datesOf(form) {
  return /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('input[type=date]')]);
}

/** What is shown, in words. @param {HTMLFormElement} form */
function wordsOf(form) {
  const [trueOn, knownOn] = datesOf(form).map((input) => input.value);
  if (!trueOn && !knownOn) return gettext('today, as known now');
  const day = trueOn ? dayText(trueOn) : gettext('today');
  return knownOn ? gettext('{day}, as known on {known_on}', {day, known_on: dayText(knownOn)}) : gettext('{day}, as known now', {day});
}

/**
 * Let sliders and dates move together, keep the address true, and say when the times changed and rested.
 * @param {HTMLFormElement} form @param {(query: string) => void} changed
 */
export function watch(form, changed) {
  let timer = 0;
  const summary = /** @type {HTMLElement} */ (form.querySelector('.times-words'));
  const last = dayOf(form.dataset.today ?? '');

  function moved() {
    summary.textContent = wordsOf(form);
    form.classList.toggle('past', queryOf(form) !== '');
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const address = new URL(location.href);
      for (const input of datesOf(form)) {
        if (input.value) address.searchParams.set(input.name, input.value);
        else address.searchParams.delete(input.name);
      }
      history.replaceState(null, '', address);
      changed(queryOf(form));
    }, REST_MS);
  }

  for (const input of datesOf(form)) {
    const slider = /** @type {HTMLInputElement} */ (form.querySelector(`input[type=range][data-for=${input.name}]`));
    const first = Math.min(dayOf(slider.dataset.earliest ?? ''), last - 1);
    slider.min = String(first);
    slider.max = String(last);
    slider.hidden = false;
    const place = () => {
      slider.value = String(input.value ? dayOf(input.value) : last);
      slider.setAttribute('aria-valuetext', input.value ? dayText(input.value) : gettext('now'));
    };
    place();
    slider.addEventListener('input', () => {
      // The end of the slider is the present, which goes on; any other place is a day that stands.
      input.value = Number(slider.value) >= last ? '' : textOf(Number(slider.value));
      slider.setAttribute('aria-valuetext', input.value ? dayText(input.value) : gettext('now'));
      moved();
    });
    input.addEventListener('change', () => {
      place();
      moved();
    });
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    moved();
  });
  const now = /** @type {HTMLElement} */ (form.querySelector('.times-now'));
  now.addEventListener('click', (event) => {
    event.preventDefault();
    for (const input of datesOf(form)) {
      input.value = '';
      input.dispatchEvent(new Event('change'));
    }
  });
}
