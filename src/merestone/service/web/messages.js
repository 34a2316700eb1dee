// @ts-check
// What the scripts say, in the language of the page: its messages stand in the page, from the catalogue that Python reads too
// (merestone/languages). A message is its own English; forms for a count are by category, as CLDR and browsers name them.
import {dayIn, filledBy} from './days.js';

/** @typedef {string | Record<string, string>} Message */

/** @returns {Record<string, Message>} */
function read() {
  const element = document.getElementById('messages');
  return element ? JSON.parse(element.textContent ?? '{}') : {};
}

const MESSAGES = read();
/** The language of the page, as its html element has it. */
export const LANGUAGE = document.documentElement.lang || 'en';
/** A pseudo-language has no rules of its own; browsers have none of Belarusian, whose counts and numbers are those of Russian. */
const RULES = {'en-XA': 'en', 'ar-XB': 'ar', 'zh-XC': 'zh', be: 'ru'};
const LOCALE = /** @type {Record<string, string>} */ (RULES)[LANGUAGE] ?? LANGUAGE;
const categories = new Intl.PluralRules(LOCALE);
const numbers = new Intl.NumberFormat(LOCALE);

/** @param {string} text @param {Record<string, unknown>} values */
function filled(text, values) {
  return filledBy(text, (name) => (name in values ? String(values[name]) : undefined));
}

/** A message with values in the places that it names in braces. @param {string} message @param {Record<string, unknown>} [values] */
export function gettext(message, values = {}) {
  const text = MESSAGES[message];
  return filled(typeof text === 'string' ? text : message, values);
}

/** A message whose form depends on a count, which stands at {count}. @param {string} singular @param {string} plural @param {number} count @param {Record<string, unknown>} [values] */
export function ngettext(singular, plural, count, values = {}) {
  const forms = MESSAGES[singular];
  const english = count === 1 ? singular : plural;
  const text = typeof forms === 'object' ? (forms[categories.select(count)] ?? forms.other) : english;
  return filled(text, {count: numbers.format(count), ...values});
}

/** A day (YYYY-MM-DD) as the reader writes it, as Python's `day_text` does: English keeps ISO 8601. @param {string} day */
export function dayText(day) {
  return dayIn(day, /** @type {import('./days.js').DayForm | undefined} */ (MESSAGES['']));
}

/** A number as the reader writes it. @param {number} value */
export function numberText(value) {
  return numbers.format(value);
}
