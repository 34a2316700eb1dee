// @ts-check
// The language that the phone speaks. All are stored on the phone with the page (/pocket/words.json, from the catalogues that Python
// reads too), so that the language can be changed without a network, and no request says which one somebody reads.
import {dayIn, instantIn} from '../days.js';

/** @typedef {{name: string, direction: string, is_reviewed: boolean, messages: Record<string, string | Record<string, string>>}} Spoken */

const KEPT = 'merestone-language';
/** Browsers have no numbers of Belarusian; plural forms and units are those of Russian. @type {Record<string, string>} */
const RULES_OF = {be: 'ru'};
/** @type {Record<string, Spoken>} */
let languages = {};
/** So long the languages are waited for; then the page speaks English, and begins. */
const WITHIN_MS = 10_000;
let tag = 'en';
let locale = 'en';

/** What somebody chose, in the address or before; else what the other pages speak; else what the browser asks for. */
function wanted() {
  const chosen = new URLSearchParams(location.search).get('lang');
  let stored = null;
  try {
    stored = localStorage.getItem(KEPT);
  } catch {
    // This browser keeps nothing.
  }
  const ofOtherPages = /(?:^|; )merestone_\d+_lang=([\w-]+)/.exec(document.cookie)?.[1];
  return [chosen, stored, ofOtherPages, ...navigator.languages.flatMap((name) => [name, name.split('-')[0]])];
}

/** Read the languages, and speak the one that is wanted. Without them, English. */
export async function beginSpeech() {
  try {
    languages = await (await fetch('/pocket/words.json', {signal: AbortSignal.timeout(WITHIN_MS)})).json();
  } catch {
    languages = {}; // not stored here yet, and no network, or too slow a one: English is in words.js itself
  }
  const chosen = wanted().find((name) => name && name in languages) ?? 'en';
  tag = chosen;
  locale = RULES_OF[chosen] ?? chosen;
  document.documentElement.lang = chosen;
  document.documentElement.dir = languages[chosen]?.direction ?? 'ltr';
}

/** @returns {[string, string][]} the tag of each language, with its name in itself */
export const languageNames = () => Object.entries(languages).map(([name, language]) => [name, language.name]);

export const language = () => tag;

/** Speak another language from now on: the page begins anew in it. @param {string} name */
export function speak(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // It is spoken this time.
  }
  location.search = `?lang=${name}`;
}

/** Whether speakers reviewed all on which somebody's life may hang, so that no English stands beside it. */
export const isSafe = () => tag === 'en' || languages[tag]?.is_reviewed === true;

/** @param {string | [string, string]} message @param {boolean} isEnglish @returns {{template: (count: number) => string}} */
export function spoken(message, isEnglish) {
  const [singular, plural] = Array.isArray(message) ? message : [message, message];
  const translated = isEnglish ? undefined : languages[tag]?.messages[singular];
  return {template: (count) => {
    if (typeof translated === 'string') return translated;
    if (translated) return translated[new Intl.PluralRules(locale).select(count)] ?? /** @type {string} */ (translated.other);
    return count === 1 ? singular : plural;
  }};
}

/** @param {number} value @param {boolean} [isEnglish] */
export const numberText = (value, isEnglish = false) => new Intl.NumberFormat(isEnglish ? 'en' : locale).format(value);

/** @param {boolean} isEnglish @returns {import('../days.js').DayForm | undefined} */
const dayForm = (isEnglish) => (isEnglish ? undefined : /** @type {import('../days.js').DayForm | undefined} */ (languages[tag]?.messages['']));

/** A day (YYYY-MM-DD). @param {string} day @param {boolean} [isEnglish] */
export const dayText = (day, isEnglish = false) => dayIn(day, dayForm(isEnglish));

/** An instant by this phone's clock, with its offset from UTC. @param {number} at milliseconds @param {boolean} [isEnglish] @param {boolean} [isToSecond] else to the minute */
export const instantText = (at, isEnglish = false, isToSecond = false) => instantIn(at, dayForm(isEnglish), isToSecond);

/** An amount with its unit. @param {number} value @param {string} unit as Intl names it @param {number} places decimals @param {boolean} [isEnglish] */
export function amountText(value, unit, places, isEnglish = false) {
  const form = {style: /** @type {const} */ ('unit'), unit, unitDisplay: /** @type {const} */ ('short'), minimumFractionDigits: places, maximumFractionDigits: places};
  return new Intl.NumberFormat(isEnglish ? 'en' : locale, form).format(value);
}
