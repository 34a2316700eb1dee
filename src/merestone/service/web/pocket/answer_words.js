// @ts-check
// An answer in words: what to do first, then what is recorded, then what it rests on. No sentence calls a place safe.
import {say, sayAccuracy, sayDistance, sayKind, sayTime} from './words.js';

/** @typedef {import('./position_answer.js').PositionAnswer} PositionAnswer */
/** @typedef {import('./offer.js').About} About */

const SEARCHED_KM = 10;
const NOT_REAL = ['exercise', 'synthetic', 'training', 'invented', 'made up', 'example'];

/** @param {PositionAnswer} answer */
export function headlineOf(answer) {
  const kind = answer.hazard_kind ? sayKind(answer.hazard_kind) : sayKind('other');
  if (answer.answer === 'inside') return say('inside', {kind});
  if (answer.answer === 'near') return say('near', {kind});
  if (answer.answer === 'none recorded') return say('none_recorded', {warn_m: answer.warn_m});
  return say('unknown');
}

/** What the person does now. @param {string} code */
export function toDoOf(code) {
  if (code === 'inside' || code === 'near') return say('turn_back');
  return say(code === 'none recorded' ? 'no_assurance' : 'unanswered');
}

/** @param {PositionAnswer} answer */
function measuredWords(answer) {
  if (answer.distance_m === null || answer.hazard_id === null) {
    return answer.answer === 'unknown' ? '' : say('nothing_near', {searched_km: SEARCHED_KM});
  }
  const named = {kind: sayKind(answer.hazard_kind ?? 'other'), record: answer.hazard_id, distance: sayDistance(answer.distance_m)};
  return say(answer.distance_m === 0 ? 'inside_of' : 'nearest', named);
}

/** What a label says of the data. @param {string} label */
export function labelWords(label) {
  if (!label) return '';
  const isUnreal = NOT_REAL.some((word) => label.toLowerCase().includes(word));
  return say(isUnreal ? 'label_unreal' : 'label', {label});
}

/** What every answer from a pack rests on. @param {About} about */
export function restsOn(about) {
  const words = [labelWords(about.label), about.data_days ? say('data_days', {days: about.data_days}) : ''];
  if (about.unplaced_count) words.push(say('unplaced', {count: about.unplaced_count}));
  return words.filter(Boolean);
}

/** With what was compared, by its date. @param {About} about */
export const writtenWords = ({written_on}) => (written_on ? say('written', {day: written_on}) : say('written_never'));

/** Where the answer is for, by time. @param {{at: number, accuracy_m: number | null}} fix */
export function positionWords({at, accuracy_m}) {
  if (accuracy_m === null) return say('at_time_unstated', {time: sayTime(at)});
  return say('at_time', {time: sayTime(at), accuracy: sayAccuracy(accuracy_m)});
}

/** A place as every page writes it. @param {number} lonDeg @param {number} latDeg */
export function placeWords(lonDeg, latDeg) {
  return `${Math.abs(latDeg).toFixed(6)} ${latDeg >= 0 ? 'N' : 'S'}, ${Math.abs(lonDeg).toFixed(6)} ${lonDeg >= 0 ? 'E' : 'W'}`;
}

/** @param {string} words @param {string} [className] */
function paragraph(words, className = '') {
  const made = document.createElement('p');
  made.className = className;
  made.textContent = words;
  return made;
}

/**
 * Show an answer.
 * @param {HTMLElement} output
 * @param {{code: string, headline: string, lines: string[], items?: string[], below?: string[]}} shown `below`: unfolded by who wants it
 */
export function showAnswer(output, {code, headline, lines, items = [], below = []}) {
  output.className = `answer ${code.replaceAll(' ', '-')}`;
  const parts = [paragraph(toDoOf(code), 'todo'), paragraph(headline, 'headline'), ...lines.filter(Boolean).map((line) => paragraph(line))];
  if (items.length) {
    const list = document.createElement('ul');
    list.append(...items.map((words) => Object.assign(document.createElement('li'), {textContent: words})));
    parts.push(/** @type {any} */ (list));
  }
  output.replaceChildren(...parts, ...below.map((line) => paragraph(line, 'fine')));
  output.hidden = false;
}

/** Show words in the place of an answer. @param {HTMLElement} output @param {string} words @param {string} [className] */
export function showWords(output, words, className = 'refused') {
  output.className = `answer ${className}`;
  output.replaceChildren(paragraph(words, 'headline'));
  output.hidden = false;
}

/** @param {PositionAnswer} answer @param {About} about @param {string} where */
export function answerShown(answer, about, where) {
  const measured = answer.is_outside_part && answer.answer === 'unknown' ? '' : measuredWords(answer);
  const outside = answer.is_outside_part ? say('outside_part') : '';
  return {code: answer.answer, headline: headlineOf(answer), lines: [measured, outside, where, writtenWords(about)], below: restsOn(about)};
}
