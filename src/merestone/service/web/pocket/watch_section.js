// @ts-check
// The section that watches: each position is compared on the phone, ahead too, and told in words, by sound and vibration.
import {Alarm} from './alarm.js';
import {answerShown, headlineOf, positionWords, showAnswer, showWords} from './answer_words.js';
import {lookAhead, screenPosition} from './screen_position.js';
import {Watching} from './watching.js';
import {say, sayKind, saySeconds, sayTime, showSafety} from './words.js';

/** @typedef {import('./watching.js').Fix} Fix */
/** @typedef {import('./pack_section.js').InUse} InUse */

/** How far ahead in time the way is looked at. */
const AHEAD_S = 60;
/** Slower than this, a direction says nothing. */
const WALKING_M_S = 0.3;
/** After so long without a new position, what stands is said to be about an older place. */
const STALE_MS = 30_000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class WatchSection {
  /** @type {InUse | null} */
  #inUse = null;
  #alarm = new Alarm();
  #staleTimer = 0;
  #isWaiting = false;
  /** @type {boolean | null} whether the screen is kept on; null: not known */
  #isKeptOn = null;
  /** @type {(() => void) | null} what is to be shown when the page is seen again */
  #unshown = null;
  #button = /** @type {HTMLButtonElement} */ (byId('watch'));

  /** @param {(place: {lon_deg: number, lat_deg: number}, accuracyM: number | null) => void} moved the person is somewhere else */
  constructor(moved) {
    this.moved = moved;
    this.watching = new Watching({
      fix: (fix) => this.#take(fix), refused: (key, seconds) => this.#refuse((speak) => speak(key, seconds === undefined ? {} : {time: saySeconds(seconds, speak)})),
      screen: (isKeptOn) => {
        this.#isKeptOn = isKeptOn;
        this.#showState();
      },
    });
    this.#button.addEventListener('click', () => (this.watching.isOn ? this.stop() : this.#start()));
    for (const [id, name] of /** @type {const} */ ([['sound', 'hasSound'], ['vibration', 'hasVibration']])) {
      const box = /** @type {HTMLInputElement} */ (byId(id));
      box.addEventListener('change', () => (this.#alarm[name] = box.checked));
    }
    document.addEventListener('visibilitychange', () => this.#showUnshown());
    this.#showState();
  }

  /** Watch with another pack, or with none. @param {InUse | null} inUse */
  use(inUse) {
    this.#inUse = inUse;
    this.#button.disabled = !inUse;
    if (!inUse && this.watching.isOn) this.stop();
  }

  #start() {
    this.#alarm.allow();
    this.#isKeptOn = null;
    this.#isWaiting = true;
    showWords(byId('answer'), (speak) => speak('waiting'), 'unknown');
    this.watching.start();
    this.#showState();
  }

  stop() {
    this.watching.stop();
    this.#alarm.end();
    window.clearTimeout(this.#staleTimer);
    byId('answer').hidden = true;
    byId('ahead').hidden = true;
    byId('said').textContent = '';
    this.#showState();
  }

  #showState() {
    const {isOn} = this.watching;
    this.#button.textContent = say(isOn ? 'stop' : 'start');
    const screen = this.#isKeptOn ? 'screen_stays_on' : 'screen_may_lock';
    const keys = isOn ? ['watching', ...(this.#isKeptOn === null ? [] : [screen])] : ['not_watching'];
    showSafety(byId('watching'), (speak) => keys.map((key) => speak(key)).join(' '));
  }

  /** @param {(say: import('./words.js').Say) => string} made */
  #refuse(made) {
    if (this.watching.isOn && !this.#isWaiting) {
      this.#markStale(); // what stands was true of the last position
      byId('said').textContent = made(say);
      return;
    }
    showWords(byId('answer'), made);
    this.#showState();
  }

  /** @param {Fix} fix */
  #take(fix) {
    if (!this.#inUse) return;
    this.#isWaiting = false;
    const {pack, about} = this.#inUse;
    const answer = screenPosition(pack, fix);
    const isMoving = fix.speed_m_s !== null && fix.heading_deg !== null && fix.speed_m_s > WALKING_M_S;
    const ahead = isMoving ? lookAhead(pack, fix, /** @type {number} */ (fix.speed_m_s), /** @type {number} */ (fix.heading_deg), AHEAD_S) : null;
    const isAhead = ahead !== null && (ahead.answer === 'inside' || ahead.answer === 'near');
    // A warning sounds also while nothing is drawn.
    this.#alarm.raise(answer.answer === 'inside' ? 2 : answer.answer === 'near' || isAhead ? 1 : 0, Date.now());
    this.#unshown = () => {
      showAnswer(byId('answer'), answerShown(answer, about, positionWords(fix)));
      Object.assign(byId('answer').dataset, {at: `${fix.lon_deg.toFixed(9)} ${fix.lat_deg.toFixed(9)}`, code: answer.answer, distanceM: String(answer.distance_m ?? '')});
      const headline = headlineOf(answer);
      if (byId('said').textContent !== headline) byId('said').textContent = headline;
      showAhead(answer, ahead);
      this.#showState(); // it may have said that no position came
    };
    this.#showUnshown();
    this.moved(fix, fix.accuracy_m);
    window.clearTimeout(this.#staleTimer);
    this.#staleTimer = window.setTimeout(() => this.#markStale(sayTime(fix.at)), STALE_MS);
  }

  #showUnshown() {
    if (document.visibilityState !== 'visible' || !this.#unshown) return;
    this.#unshown();
    this.#unshown = null;
  }

  /** @param {string} [time] */
  #markStale(time) {
    this.#showUnshown();
    byId('answer').classList.add('stale');
    byId('ahead').hidden = true;
    if (time) showSafety(byId('watching'), (speak) => speak('position_stale', {time}));
  }
}

/** @param {import('./position_answer.js').PositionAnswer} here @param {ReturnType<typeof lookAhead> | null} ahead */
function showAhead(here, ahead) {
  const line = byId('ahead');
  line.hidden = !ahead || here.answer === 'inside' || ahead.answer === 'none recorded' || (ahead.answer === 'near' && here.answer === 'near');
  if (!ahead || line.hidden) return;
  const key = ahead.answer === 'unknown' ? 'ahead_unknown' : ahead.answer === 'inside' ? 'ahead_inside' : 'ahead_near';
  showSafety(line, (speak) => speak(key, {kind: sayKind(ahead.hazard_kind ?? 'other', speak), time: saySeconds(Math.floor(ahead.in_s ?? 0), speak)}));
}
