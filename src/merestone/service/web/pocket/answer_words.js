// @ts-check
// An answer in words: what to do first, then what is recorded, then what it rests on. No sentence calls a place safe.
import {dayText} from './speech.js';
import {besideInEnglish, englishElement, say, sayAccuracy, sayDistance, sayKind, sayLimit, sayTime} from './words.js';

/** @typedef {import('./position_answer.js').PositionAnswer} PositionAnswer */
/** @typedef {import('./offer.js').About} About */
/** @typedef {import('./words.js').Say} Say */

const SEARCHED_M = 10_000;
// The words of screening/answer/answer_words.py: a label says that the data are not real only if all its words do.
const NOT_REAL = new Set(['exercise', 'synthetic', 'training', 'invented', 'example']);
const BESIDE = new Set(['data', 'register', 'records', 'areas', 'only', 'made', 'up', 'for', 'test', 'tests', 'an', 'the']);

/** @param {PositionAnswer} answer @param {Say} [speak] */
export function headlineOf(answer, speak = say) {
  const kind = sayKind(answer.hazard_kind ?? 'other', speak);
  if (answer.answer === 'inside') return speak('inside', {kind});
  if (answer.answer === 'near') return speak('near', {kind});
  if (answer.answer === 'none recorded') return speak('none_recorded', {distance: sayLimit(answer.warn_m, speak)});
  return speak('unknown');
}

/** What the person does now. @param {string} code @param {Say} [speak] */
export function toDoOf(code, speak = say) {
  if (code === 'inside' || code === 'near') return speak('turn_back');
  return speak(code === 'none recorded' ? 'no_assurance' : 'unanswered');
}

/** @param {PositionAnswer} answer */
function measuredWords(answer) {
  if (answer.distance_m === null || answer.hazard_id === null) {
    return answer.answer === 'unknown' ? '' : say('nothing_near', {distance: sayLimit(SEARCHED_M)});
  }
  const named = {kind: sayKind(answer.hazard_kind ?? 'other'), record: answer.hazard_id, distance: sayDistance(answer.distance_m)};
  return say(answer.distance_m === 0 ? 'inside_of' : 'nearest', named);
}

/** What a label says of the data. @param {string} label */
export function labelWords(label) {
  if (!label) return '';
  const labelParts = label.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  const isUnreal = labelParts.some((word) => NOT_REAL.has(word)) && labelParts.every((word) => NOT_REAL.has(word) || BESIDE.has(word));
  return say(isUnreal ? 'label_unreal' : 'label', {label});
}

/** The days of the data, in the page's language. @param {About} about */
export function dataDaysWords({data_first_on: first, data_last_on: last, data_unstated_count: unstated = 0, data_count: count = 0, data_days}) {
  if (!data_days) return '';
  const days = first && last ? [first === last ? dayText(first) : say('days_between', {first: {day: first}, last: {day: last}})] : [];
  if (unstated) days.push(say('days_unstated', {unstated, count}));
  return say('data_days', {days: days.join(', ') || say('days_none')});
}

/** What every answer from a pack rests on. @param {About} about */
export function restsOn(about) {
  const texts = [labelWords(about.label), dataDaysWords(about)];
  if (about.unplaced_count) texts.push(say('unplaced', {count: about.unplaced_count}));
  return texts.filter(Boolean);
}

/** With what was compared, by its date. @param {About} about */
export const writtenWords = ({written_on}) => (written_on ? say('written', {day: {day: written_on}}) : say('written_never'));

/** Where the answer is for, by time. @param {{at: number, accuracy_m: number | null}} fix */
export function positionWords({at, accuracy_m}) {
  if (accuracy_m === null) return say('at_time_unstated', {time: sayTime(at)});
  return say('at_time', {time: sayTime(at), accuracy: sayAccuracy(accuracy_m)});
}

/** A place as every page writes it. @param {number} lonDeg @param {number} latDeg */
export function placeWords(lonDeg, latDeg) {
  return `${Math.abs(latDeg).toFixed(6)} ${latDeg >= 0 ? 'N' : 'S'}, ${Math.abs(lonDeg).toFixed(6)} ${lonDeg >= 0 ? 'E' : 'W'}`;
}

/** @param {string} text @param {string} [className] */
function paragraph(text, className = '') {
  const made = document.createElement('p');
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * Show an answer.
 * @param {HTMLElement} output
 * @param {{code: string, headline: string, lines: string[], items?: string[], below?: string[], inEnglish?: string}} shown `below`: smaller; `inEnglish`: beside a translation that nobody has reviewed
 */
export function showAnswer(output, {code, headline, lines, items = [], below = [], inEnglish = ''}) {
  output.className = `answer ${code.replaceAll(' ', '-')}`;
  const parts = [paragraph(toDoOf(code), 'todo'), paragraph(headline, 'headline'), ...lines.filter(Boolean).map((line) => paragraph(line))];
  if (inEnglish) parts.splice(2, 0, /** @type {any} */ (englishElement(inEnglish, 'p')));
  if (items.length) {
    const list = document.createElement('ul');
    list.append(...items.map((text) => Object.assign(document.createElement('li'), {textContent: text})));
    parts.push(/** @type {any} */ (list));
  }
  output.replaceChildren(...parts, ...below.map((line) => paragraph(line, 'fine')));
  output.hidden = false;
}

/**
 * Show a sentence in the place of an answer.
 * @param {HTMLElement} output @param {(say: Say) => string} made @param {string} [className] @param {string} [detail] what a program said, for whoever mends it
 */
export function showWords(output, made, className = 'refused', detail = '') {
  output.className = `answer ${className}`;
  output.replaceChildren(paragraph(made(say), 'headline'), ...[besideInEnglish(made), detail].filter(Boolean).map((text) => englishElement(text, 'p')));
  output.hidden = false;
}

/** @param {PositionAnswer} answer @param {About} about @param {string} where */
export function answerShown(answer, about, where) {
  const measured = answer.is_outside_part && answer.answer === 'unknown' ? '' : measuredWords(answer);
  const outside = answer.is_outside_part ? say('outside_part') : '';
  return {code: answer.answer, headline: headlineOf(answer), lines: [measured, outside, where, writtenWords(about)], below: restsOn(about), inEnglish: besideInEnglish((speak) => `${toDoOf(answer.answer, speak)} ${headlineOf(answer, speak)}`)};
}
