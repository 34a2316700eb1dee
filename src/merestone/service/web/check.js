// @ts-check
// Ask the server about a place, and show its answer in its own words: the same words as on the command line.
import {LANGUAGE, gettext} from './messages.js';

/**
 * @typedef {{headline: string, sentences: string[]}} Words
 * @typedef {{class?: string, headline?: string, sentences?: string[], in_english?: Words | null, detail?: string,
 *   position?: {lon_deg: number, lat_deg: number} | null}} Answer
 */

const PATIENCE_MS = 30_000;
// safety: a place that could not be checked
const UNANSWERED = {detail: gettext('The server did not answer. This place has not been checked.')};

/** @param {string} position @param {string} accuracyM @param {string} warnM @returns {Promise<Answer>} */
async function ask(position, accuracyM, warnM) {
  const asked = new URLSearchParams({position, lang: LANGUAGE});
  if (accuracyM !== '') asked.set('accuracy_m', accuracyM);
  if (warnM !== '') asked.set('warn_m', warnM);
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), PATIENCE_MS);
  try {
    const response = await fetch(`/check.json?${asked}`, {headers: {accept: 'application/json'}, signal: ended.signal});
    /** @type {Answer} */
    const answer = await response.json();
    return answer.headline || answer.detail ? answer : UNANSWERED;
  } catch {
    return UNANSWERED;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Where one answer stands at a time: that of the question asked last, or none. Beside a place just typed, the words about
 * another place could be read as being about this one.
 */
export class Answers {
  #asked = 0;

  /** @param {HTMLElement} output */
  constructor(output) {
    this.output = output;
  }

  /** Take away what stands, and whatever is still being asked about. */
  forget() {
    this.#asked += 1;
    this.output.removeAttribute('aria-busy');
    this.output.hidden = true;
    this.output.replaceChildren();
  }

  /** What is being done until there is an answer. @param {string} text */
  wait(text) {
    show(this.output, {sentences: [text]});
    this.output.setAttribute('aria-busy', 'true');
    return ++this.#asked;
  }

  /** Whether nothing was asked, or taken away, since. @param {number} asked what `wait` gave */
  isLast(asked) {
    return asked === this.#asked;
  }

  /** Say why there is no answer. @param {string} detail */
  refuse(detail) {
    this.forget();
    show(this.output, {detail});
  }

  /**
   * Ask, and show the answer; null if another question was asked meanwhile.
   * @param {string} position @param {string} accuracyM @param {string} warnM @returns {Promise<Answer | null>}
   */
  async check(position, accuracyM, warnM) {
    const mine = this.wait(gettext('Checking this place. It has not been checked yet.'));
    const answer = await ask(position, accuracyM, warnM);
    if (!this.isLast(mine)) return null;
    this.output.removeAttribute('aria-busy');
    show(this.output, answer);
    return answer;
  }
}

/** @param {string} text @param {string} [className] */
function paragraph(text, className = '') {
  const made = document.createElement('p');
  made.className = className;
  made.textContent = text;
  return made;
}

/** The same in English, where nobody has reviewed the words of the language. @param {Words} words */
function inEnglish({headline, sentences}) {
  const box = document.createElement('div');
  box.className = 'in-english';
  box.lang = 'en';
  box.dir = 'ltr';
  box.append(paragraph(sentences[0]), paragraph(`${headline}. ${sentences[1]}`));
  return box;
}

/**
 * What to do stands first, then the answer and why; what it rests on is unfolded by who wants it.
 * @param {HTMLElement} output @param {Answer} answer
 */
function show(output, answer) {
  const lines = answer.detail ? [answer.detail] : (answer.sentences ?? []);
  output.className = `answer ${answer.detail ? 'refused' : (answer.class ?? 'unknown').replaceAll(' ', '-')}`;
  output.replaceChildren();
  if (answer.headline) {
    const [todo, why, ...rest] = lines;
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = gettext('What this answer is based on');
    details.append(summary, ...rest.map((text) => paragraph(text)));
    output.append(paragraph(todo ?? '', 'todo'), paragraph(answer.headline, 'headline'), paragraph(why ?? ''));
    if (answer.in_english) output.append(inEnglish(answer.in_english));
    output.append(details);
  } else {
    output.append(...lines.map((text) => paragraph(text)));
  }
  output.hidden = false;
}
