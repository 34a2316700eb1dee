// @ts-check
// One form of the desk: what is typed into it is kept as it is typed, comes back, and leaves when it was accepted.

import {clock, quiet, tell} from './notice.js';

/** @typedef {import('./kept.js').Entry} Entry  @typedef {import('./kept.js').KeptText} KeptText */

/** How long typing rests before it is kept, in milliseconds. */
const REST_MS = 200;
/** Fields that say nothing of what was typed: the session's token, and what a browser must never keep. */
const NEVER_KEPT = 'input[name=csrf], input[type=password], input[type=file], [data-never-kept]';

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** @param {HTMLFormElement} form @returns {Control[]} */
export function controlsOf(form) {
  const all = /** @type {Control[]} */ ([...form.querySelectorAll('input[name], select[name], textarea[name]')]);
  return all.filter((control) => !control.matches(NEVER_KEPT));
}

/** Where the form is found again: with what was chosen before it, such as the drafts of a step. */
function pageNow() {
  const query = new URLSearchParams(location.search);
  query.delete('fresh');
  const chosen = query.toString();
  return chosen ? `${location.pathname}?${chosen}` : location.pathname;
}

/** @param {Control} control */
const isTick = (control) => control instanceof HTMLInputElement && /checkbox|radio/.test(control.type);

export class TypedForm {
  /** Whether it was accepted, or put away: nothing of it is kept any more. */
  isDone = false;
  #first;
  #timer = 0;
  #locked = '';

  /** @param {HTMLFormElement} form @param {KeptText | null} keptText @param {() => void} typed */
  constructor(form, keptText, typed) {
    this.form = form;
    this.keptText = keptText;
    this.#first = this.#fields();
    const changed = () => {
      typed();
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => void this.save(), REST_MS);
    };
    form.addEventListener('input', changed);
    form.addEventListener('change', changed);
    addEventListener('visibilitychange', () => void this.save());
    addEventListener('pagehide', () => void this.save());
    addEventListener('beforeunload', (event) => {
      if (this.isTyped && !this.isDone && this.isUnkept) event.preventDefault();
    });
  }

  /** Whether the browser had no room, or no way, to keep what was typed. */
  isUnkept = false;

  get id() {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem('key')).value;
  }

  /** Which form of which page it is. */
  get name() {
    const form = this.form.elements.namedItem('form');
    return `${new URL(this.form.action).pathname} ${form instanceof HTMLInputElement ? form.value : ''}`;
  }

  get isTyped() {
    return JSON.stringify(this.#fields()) !== JSON.stringify(this.#first) || this.#files().length > 0;
  }

  /** @returns {[string, string][]} */
  #fields() {
    return controlsOf(this.form).flatMap((control) => {
      if (isTick(control) && !(/** @type {HTMLInputElement} */ (control).checked)) return [];
      return [/** @type {[string, string]} */ ([control.name, control.value])];
    });
  }

  #files() {
    const inputs = /** @type {HTMLInputElement[]} */ ([...this.form.querySelectorAll('input[type=file]')]);
    return inputs.flatMap((input) => [...(input.files ?? [])].map((file) => file.name));
  }

  /** Keep what stands in the form now; what was taken back again is kept no longer. */
  async save() {
    window.clearTimeout(this.#timer);
    if (this.isDone) return;
    if (!this.isTyped) {
      this.keptText?.remove(this.id);
      return;
    }
    this.#lock();
    const {id, name: form, form: {dataset}} = this;
    const what = dataset.keep ?? '';
    const entry = {id, what, form, page: pageNow(), at: Date.now(), fields: this.#fields(), files: this.#files()};
    this.isUnkept = !(await this.keptText?.put(entry));
    if (this.isDone) this.keptText?.remove(id); // accepted, or put away, while it was being sealed
  }

  /** While this tab is open, no other one takes up what is being written here. */
  #lock() {
    if (this.#locked === this.id || !navigator.locks) return;
    this.#locked = this.id;
    void navigator.locks.request(`merestone.kept.${this.id}`, () => new Promise(() => {}));
  }

  /** Fill in what was written before, and say so. @param {Entry} entry @param {Entry[]} others */
  takeUp(entry, others) {
    const values = new Map(entry.fields.map(([name]) => [name, /** @type {string[]} */ ([])]));
    for (const [name, value] of entry.fields) values.get(name)?.push(value);
    for (const control of controlsOf(this.form)) {
      if (control.name === 'person') continue;
      const own = values.get(control.name);
      if (isTick(control)) /** @type {HTMLInputElement} */ (control).checked = own?.includes(control.value) ?? false;
      else if (own?.length) control.value = /** @type {string} */ (own.shift());
      control.dispatchEvent(new Event('change', {bubbles: true})); // a map or a picture of it follows
    }
    const details = this.form.closest('details');
    if (details) details.open = true;
    this.#lock();
    const files = entry.files.length ? ` Choose again: ${entry.files.join(', ')} (a browser keeps no files).` : '';
    tell(this.form, {
      todo: 'Go on writing, or send it.',
      why: `what you wrote here until ${clock(entry.at)} was not sent yet`,
      more: `It is kept in this browser for you alone.${files}`,
      kind: 'none-recorded',
      choices: [
        {words: 'Discard it', quiet: true, does: () => this.putAway()},
        ...others.map((other) => ({
          words: `Instead, go on with that of ${clock(other.at)}`,
          quiet: true,
          does: () => this.takeUp(other, [entry, ...others.filter((item) => item !== other)]),
        })),
      ],
    });
  }

  /** Remove what was written, after a question. */
  putAway() {
    if (!confirm('Delete what you wrote here?')) return;
    this.done();
    location.replace(`${location.pathname}?fresh=yes`);
  }

  /** Nothing of it is to be kept any more. */
  done() {
    this.isDone = true;
    this.keptText?.remove(this.id);
  }

  /** Mark what cannot be taken, and go to the first such field. @param {Record<string, string>} faults */
  mark(faults) {
    this.unmark();
    /** @type {string[]} */
    const elsewhere = [];
    /** @type {Control | null} */
    let first = null;
    for (const [name, message] of Object.entries(faults)) {
      const control = controlsOf(this.form).find((field) => field.name === name && field.type !== 'hidden');
      if (!control) {
        elsewhere.push(message);
        continue;
      }
      const fault = document.createElement('span');
      fault.className = 'fault';
      fault.id = `fault-${name}`;
      fault.textContent = message;
      (control.closest('fieldset, label') ?? this.form).append(fault);
      control.setAttribute('aria-invalid', 'true');
      control.setAttribute('aria-describedby', fault.id);
      first ??= control;
    }
    return {first, elsewhere};
  }

  unmark() {
    quiet(this.form);
    for (const fault of this.form.querySelectorAll('.fault')) fault.remove();
    for (const control of this.form.querySelectorAll('[aria-invalid]')) {
      control.removeAttribute('aria-invalid');
      control.removeAttribute('aria-describedby');
    }
  }
}
