// @ts-check
// The alerts in force, while the page is seen: one question that the service answers once they are others, or after 40 s, and the
// next. What was heard is kept for where there is no network, with when that was. The question is the same for everybody:
// it holds no position, no language and no cookie. A hidden page asks nothing, and what it asked is called off.
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
/** What the service lets wait for news says by this header how; plain files do not. */
const AFTER_HEADER = 'Alerts-After';
/** Two questions are at least so far apart, unless the one before was waited with, or brought news. */
const APART_S = 10;
/** So many answers in a row may come at once before the next question waits: whoever does not let wait is not asked without end. */
const AT_ONCE_MOST = 3;
/** After a question without an answer, the next waits twice as long, up to this. */
const WAIT_MOST_S = 60;
const ANSWER_WITHIN_MS = 15_000;
/** The service answers within 50 s also when there is nothing new: a connection that is quiet for longer is dead. */
const NEWS_WITHIN_MS = 65_000;
/** So often the phone keeps when it last heard, if nothing else changed. */
const KEEP_EVERY_MS = 60_000;
/** After so long without an answer, and without a question that the service waits with, the page says that there may be newer alerts. */
const SILENT_MS = 20_000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} text @param {string} className */
const paragraph = (text, className) => Object.assign(document.createElement('p'), {textContent: text, className});

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
  #askedAt = 0;
  /** What to ask by next, so that the service answers once there is news; empty: what is in force now. */
  #after = '';
  #atOnce = 0;
  #failedWaitS = 1;
  #timer = 0;
  /** @type {AbortController | null} */
  #question = null;

  /** @param {(now: AlertsNow) => void} changed other alerts are in force */
  constructor(changed) {
    this.changed = changed;
    document.addEventListener('visibilitychange', () => this.#seenOrHidden());
    for (const event of ['online', 'offline']) window.addEventListener(event, () => this.#askAnew());
  }

  /** Show what is kept here, then ask. */
  async begin() {
    try {
      const alerts = await keptAlerts();
      if (alerts) this.#take(alerts.text, alerts.heardAt);
    } catch {
      // This browser keeps nothing, or something that is not of this form: what is heard now takes its place.
    }
    this.#show();
    void this.#ask();
  }

  #seenOrHidden() {
    this.#askAnew();
    if (document.visibilityState !== 'visible' && this.#text) this.#keep();
  }

  /** Call off what was asked, since its answer may never come or may not be seen, and ask what is in force now. */
  #askAnew() {
    const question = this.#question;
    this.#question = null;
    question?.abort();
    this.#after = '';
    this.#atOnce = 0;
    void this.#ask();
  }

  async #ask() {
    window.clearTimeout(this.#timer);
    if (this.#question || document.visibilityState !== 'visible') return;
    if (navigator.onLine === false) return this.#waitForNetwork();
    const question = new AbortController();
    this.#question = question;
    this.#askedAt = Date.now();
    const tooLong = window.setTimeout(() => question.abort(new Error('no answer')), this.#after ? NEWS_WITHIN_MS : ANSWER_WITHIN_MS);
    let againInS;
    try {
      againInS = await this.#answered(question.signal);
    } catch (error) {
      if (question !== this.#question) return; // it was called off
      console.info(error);
      this.#after = '';
      this.#failedWaitS = Math.min(2 * this.#failedWaitS, WAIT_MOST_S);
      againInS = Math.max(this.#failedWaitS, APART_S - (Date.now() - this.#askedAt) / 1000);
    } finally {
      window.clearTimeout(tooLong);
    }
    this.#question = null;
    this.#show();
    this.#timer = window.setTimeout(() => void this.#ask(), 1000 * againInS);
  }

  /** Ask, and take the answer. @param {AbortSignal} signal @returns {Promise<number>} in how many seconds to ask again */
  async #answered(signal) {
    const asked = this.#after;
    // What waits for news is never what a browser has kept, and one browser's pages need not wait for each other.
    const response = await fetch(asked ? `${ADDRESS}?after=${encodeURIComponent(asked)}` : ADDRESS,
      {cache: asked ? 'no-store' : 'no-cache', credentials: 'omit', signal});
    if (!response.ok) throw new Error(`alerts: ${response.status}`);
    const text = response.status === 204 ? this.#text : await response.text();
    if (signal.aborted) throw signal.reason;
    const isNew = text !== this.#text;
    this.#take(text, Date.now());
    if (isNew || this.#heardAt - this.#keptAt > KEEP_EVERY_MS) this.#keep();
    this.#after = response.headers.get(AFTER_HEADER) ?? '';
    this.#atOnce = Date.now() - this.#askedAt < 1000 * APART_S ? this.#atOnce + 1 : 0;
    if (asked) this.#failedWaitS = 1;
    const isLetWait = this.#after && this.#after !== asked && this.#atOnce <= AT_ONCE_MOST;
    return isLetWait ? 0 : Math.max(APART_S, this.#now?.ask_again_s ?? WAIT_MOST_S);
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
    const isSilent = this.#isSilent();
    byId('alerts-heard').classList.toggle('doubtful', isSilent);
    showSafety(byId('alerts-heard'), (speak) => this.#texts(speak, count, isSilent));
    const isAbove = byId('alerts').contains(byId('alerts-heard'));
    if (count && !isAbove) byId('alerts').append(byId('alerts-heard'));
    if (!count && isAbove) byId('alerts-title').after(byId('alerts-heard'));
  }

  /** Whether it may be that nothing is heard any more; while the service waits with an answer, no word is no doubt. */
  #isSilent() {
    const isListening = this.#question && this.#after && this.#askedAt - this.#heardAt < SILENT_MS;
    return Date.now() - this.#heardAt > (isListening ? NEWS_WITHIN_MS + SILENT_MS : SILENT_MS);
  }

  /** @param {import('./words.js').Say} speak @param {number} count @param {boolean} isSilent */
  #texts(speak, count, isSilent) {
    if (!this.#heardAt) return speak('alerts_never');
    const texts = [heardWords(this.#heardAt, Date.now())(speak)];
    if (count === 0) texts.push(speak('alerts_none'));
    if (isSilent) texts.push(speak('alerts_unheard'));
    return texts.join(' ');
  }
}
