// @ts-check
// The alerts in force: asked for while the page is seen, kept for where there is no network, and told with when they were heard.
// The question is the same for everybody: it holds no position, no language and no cookie. Nothing is asked while the page is hidden.
import {DAY_MS, dayOf} from './age.js';
import {language} from './speech.js';
import {keepAlerts, keptAlerts} from './storage.js';
import {englishElement, besideInEnglish, say, showSafety} from './words.js';

/**
 * @typedef {{headline: string, instruction: string, description: string}} AlertText
 * @typedef {{identifier: string, sent: string, area: object, texts: Record<string, AlertText>}} Alert
 * @typedef {{ask_again_s: number, can_subscribe: boolean, alerts: Alert[]}} AlertsNow
 * @typedef {{text: string, heardAt: number}} KeptAlerts
 */

const ADDRESS = '/alerts/phones.json';
/** After a question without an answer, the next waits twice as long, up to this. */
const WAIT_MOST_S = 60;
const ANSWER_WITHIN_MS = 15_000;
/** So often the phone keeps when it last heard, if nothing else changed. */
const KEEP_EVERY_MS = 60_000;
/** After so long without an answer, the page says that there may be newer alerts. */
const SILENT_MS = 20_000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} words @param {string} className */
const paragraph = (words, className) => Object.assign(document.createElement('p'), {textContent: words, className});

/** @param {number} heardAt @param {number} now milliseconds @returns {(say: import('./words.js').Say) => string} */
export function heardWords(heardAt, now) {
  const days = Math.round((Date.parse(dayOf(now)) - Date.parse(dayOf(heardAt))) / DAY_MS);
  const time = {at: heardAt};
  return (speak) => (days === 0 ? speak('alerts_heard', {time}) : speak('alerts_heard_days', {time, count: days}));
}

/** @param {Alert} alert */
function shownAlert({sent, texts}) {
  const item = document.createElement('li');
  const english = /** @type {AlertText} */ (texts.en);
  const own = texts[language()] ?? english;
  const beside = besideInEnglish(() => `${english.headline}. ${english.instruction}`);
  item.append(paragraph(own.headline, 'headline'), paragraph(own.instruction, 'todo'));
  if (beside) item.append(englishElement(beside, 'p'));
  item.append(paragraph(own.description, ''), paragraph(say('alerts_sent', {time: {at: Date.parse(sent)}}), 'fine'));
  return item;
}

export class AlertsSection {
  /** @type {AlertsNow | null} */
  #now = null;
  #text = '';
  #heardAt = 0;
  #keptAt = 0;
  #waitS = 1;
  #timer = 0;
  #isAsking = false;

  /** @param {(now: AlertsNow) => void} changed other alerts are in force */
  constructor(changed) {
    this.changed = changed;
    document.addEventListener('visibilitychange', () => this.#seenOrHidden());
    window.addEventListener('online', () => void this.#ask());
  }

  /** Show what is kept here, then ask. */
  async begin() {
    try {
      const kept = await keptAlerts();
      if (kept) this.#take(kept.text, kept.heardAt);
    } catch {
      // This browser keeps nothing, or something that is not of this form: what is heard now takes its place.
    }
    this.#show();
    void this.#ask();
  }

  #seenOrHidden() {
    window.clearTimeout(this.#timer);
    if (document.visibilityState === 'visible') void this.#ask();
    else if (this.#text) this.#keep();
  }

  async #ask() {
    window.clearTimeout(this.#timer);
    if (this.#isAsking || document.visibilityState !== 'visible') return;
    if (navigator.onLine === false) return this.#waitForNetwork();
    this.#isAsking = true;
    try {
      const response = await fetch(ADDRESS, {cache: 'no-cache', credentials: 'omit', signal: AbortSignal.timeout(ANSWER_WITHIN_MS)});
      if (!response.ok) throw new Error(`alerts: ${response.status}`);
      const text = await response.text();
      const isNew = text !== this.#text;
      this.#take(text, Date.now());
      if (isNew || this.#heardAt - this.#keptAt > KEEP_EVERY_MS) this.#keep();
      this.#waitS = this.#now?.ask_again_s ?? WAIT_MOST_S;
    } catch (error) {
      console.info(error);
      this.#waitS = Math.min(2 * this.#waitS, WAIT_MOST_S);
    }
    this.#isAsking = false;
    this.#show();
    if (document.visibilityState === 'visible') this.#timer = window.setTimeout(() => void this.#ask(), 1000 * this.#waitS);
  }

  /** Nothing is asked where there is no network; once what stands is no longer of now, the page says so. */
  #waitForNetwork() {
    this.#show();
    const silentInMs = this.#heardAt + SILENT_MS - Date.now();
    if (silentInMs >= 0) this.#timer = window.setTimeout(() => this.#show(), Math.min(silentInMs, SILENT_MS) + 100);
  }

  /** @param {string} text @param {number} heardAt */
  #take(text, heardAt) {
    if (text !== this.#text) {
      const now = /** @type {AlertsNow} */ (JSON.parse(text));
      byId('alert-list').replaceChildren(...now.alerts.map(shownAlert));
      this.#now = now;
      this.#text = text;
      this.changed(now);
    }
    this.#heardAt = heardAt;
  }

  #keep() {
    this.#keptAt = this.#heardAt;
    keepAlerts({text: this.#text, heardAt: this.#heardAt}).catch((error) => console.info(error)); // they stand on the page
  }

  #show() {
    const count = this.#now?.alerts.length ?? 0;
    byId('alerts').hidden = count === 0;
    const isSilent = Date.now() - this.#heardAt > SILENT_MS;
    byId('alerts-heard').classList.toggle('doubtful', isSilent);
    showSafety(byId('alerts-heard'), (speak) => this.#words(speak, count, isSilent));
    const isAbove = byId('alerts').contains(byId('alerts-heard'));
    if (count && !isAbove) byId('alerts').append(byId('alerts-heard'));
    if (!count && isAbove) byId('alerts-title').after(byId('alerts-heard'));
  }

  /** @param {import('./words.js').Say} speak @param {number} count @param {boolean} isSilent */
  #words(speak, count, isSilent) {
    if (!this.#heardAt) return speak('alerts_never');
    const words = [heardWords(this.#heardAt, Date.now())(speak)];
    if (count === 0) words.push(speak('alerts_none'));
    if (isSilent) words.push(speak('alerts_unheard'));
    return words.join(' ');
  }
}
