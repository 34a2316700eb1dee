// @ts-check
// The pages of the desk: nothing that is typed is lost, and nothing of it stays behind when somebody signs out.

import {KeptText, hasAny, removeExpired} from './kept.js';
import {choose, clock, element, tell} from './notice.js';
import {send} from './sending.js';
import {ask, sessionNow, signInAgain} from './session.js';
import {TypedForm} from './typed_form.js';

/** @typedef {import('./session.js').SessionTold} SessionTold  @typedef {import('./kept.js').Entry} Entry */

/** How often the server is told that somebody types, in milliseconds: a session ends after an hour without a request. */
const PING_MS = 5 * 60_000;

const who = document.getElementById('who');

/** Whether another tab of this browser is writing it. @param {Entry} entry */
async function isOpenElsewhere(entry) {
  const {held: locks} = (await navigator.locks?.query()) ?? {};
  return locks?.some((lock) => lock.name === `merestone.kept.${entry.id}`) ?? false;
}

class DeskPage {
  #pingedAt = Date.now();
  /** @type {TypedForm[]} */
  forms = [];

  /** @param {HTMLFormElement} who @param {KeptText | null} keptText */
  constructor(who, keptText) {
    this.who = who;
    this.keptText = keptText;
    const forms = /** @type {HTMLFormElement[]} */ ([...document.querySelectorAll('form[data-keep]')]);
    this.forms = forms.map((form) => new TypedForm(form, keptText, () => void this.#typed()));
    for (const typed of this.forms) {
      typed.form.addEventListener('submit', (event) => {
        event.preventDefault();
        void send(typed, event.submitter, (session) => this.signedIn(session));
      });
    }
    who.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.signOut();
    });
    keptText?.onSignedOut(() => this.#leave('/sign-in?out=yes'));
  }

  /** Take up what was written on this page before, and list on the desk what waits anywhere. */
  async takeUp() {
    const entries = (await this.keptText?.list()) ?? [];
    const own = new Set(this.forms.map((typed) => typed.id));
    const free = [];
    for (const entry of entries) if (!own.has(entry.id) && !(await isOpenElsewhere(entry))) free.push(entry);
    for (const typed of this.forms) {
      const [newest, ...others] = free.filter((entry) => entry.form === typed.name);
      if (newest && !typed.isTyped && !document.getElementById('refusal')) typed.takeUp(newest, others);
    }
    this.#list(entries);
  }

  /** @param {Entry[]} entries */
  #list(entries) {
    const section = document.getElementById('unsent');
    if (!section || !entries.length) return;
    section.hidden = false;
    const rows = entries.map((entry) => {
      const row = document.createElement('li');
      const link = document.createElement('a');
      link.href = entry.page;
      link.textContent = entry.what;
      const remove = element('button', 'Delete it', 'quiet');
      remove.addEventListener('click', () => {
        if (!confirm('Delete what you wrote there?')) return;
        this.keptText?.remove(entry.id);
        row.remove();
        section.hidden = !section.querySelector('li');
      });
      row.append(link, ` ${clock(entry.at)} `, remove);
      return row;
    });
    section.querySelector('ul')?.replaceChildren(...rows);
  }

  /** While somebody types, the session goes on; if it ended, they are told while they write. */
  async #typed() {
    if (Date.now() - this.#pingedAt < PING_MS) return;
    this.#pingedAt = Date.now();
    if ((await sessionNow()) !== 401) return;
    const [typed] = this.forms.filter((form) => form.isTyped);
    if (!typed) return;
    tell(typed.form, {
      todo: 'Sign in again before you send it.',
      why: 'your session ended',
      more: 'What you wrote is still here, and kept in this browser.',
      choices: [{words: 'Sign in', does: () => void this.#signInAgain(typed)}],
    });
  }

  /** @param {TypedForm} typed */
  async #signInAgain(typed) {
    const session = await signInAgain(this.who.dataset.person ?? '', 'The form stays as it is.');
    if (!session) return;
    await this.signedIn(session);
    typed.unmark();
  }

  /** Take a new session's token to every form of the page. @param {SessionTold} session */
  async signedIn(session) {
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name=csrf]'))) {
      input.value = session.csrf;
    }
    if (session.keep_key !== this.who.dataset.keepKey) {
      // Another password, another key: what is kept is sealed anew.
      this.keptText = await KeptText.open(session.keep_name, session.keep_key);
      this.who.dataset.keepKey = session.keep_key;
      for (const typed of this.forms) {
        typed.keptText = this.keptText;
        await typed.save();
      }
    }
  }

  /** Sign out; what was not sent yet is deleted, after a question. */
  async signOut() {
    for (const typed of this.forms) await typed.save();
    const entries = (await this.keptText?.list()) ?? [];
    const unkept = this.forms.filter((typed) => typed.isTyped && typed.isUnkept).map((typed) => typed.form.dataset.keep);
    const unsent = [...entries.map((entry) => `${entry.what}, ${clock(entry.at)}`), ...unkept];
    if (unsent.length) {
      const list = document.createElement('ul');
      list.append(...unsent.map((text) => element('li', text ?? '')));
      const why = element('p', 'You wrote this and did not send it. Signing out deletes it from this browser:');
      const taken = await choose('Sign out and delete what was not sent?', [why, list], [
        {value: 'stay', words: 'Go on writing'},
        {value: 'leave', words: 'Delete it and sign out', quiet: true},
      ]);
      if (taken !== 'leave') return;
    }
    await this.#endSession();
  }

  async #endSession() {
    const csrf = /** @type {HTMLInputElement} */ (this.who.querySelector('input[name=csrf]'));
    let answer = await ask('/sign-out', new URLSearchParams({csrf: csrf.value}));
    const now = answer.status === 403 ? await sessionNow() : null;
    if (now && typeof now === 'object' && now.person === this.who.dataset.person) {
      answer = await ask('/sign-out', new URLSearchParams({csrf: now.csrf})); // signed in anew in another tab
    }
    if (answer.status !== 200 && answer.status !== 401 && answer.status !== 403) {
      tell(this.who, {todo: 'Sign out again.', why: 'the service did not answer, so you are still signed in'}).focus();
      return;
    }
    for (const typed of this.forms) typed.done();
    this.keptText?.removeAll();
    this.#leave(answer.json?.to ?? '/sign-in?out=yes');
  }

  /** @param {string} path */
  #leave(path) {
    for (const typed of this.forms) {
      typed.isDone = true;
      typed.form.reset(); // what was typed must not come back with the Back button
    }
    location.replace(path);
  }
}

removeExpired();
// A page out of the browser's own memory may be an ended session's: the server is asked again.
addEventListener('pageshow', (event) => event.persisted && location.reload());
if (who instanceof HTMLFormElement) {
  const {keepName, keepKey} = who.dataset;
  const page = new DeskPage(who, await KeptText.open(keepName ?? '', keepKey ?? ''));
  await page.takeUp();
  document.body.dataset.typed = 'ready';
} else if (hasAny()) {
  const note = 'Something that was written in this browser was not sent yet. Its writer finds it at the desk after signing in.';
  document.querySelector('form')?.before(element('p', note, 'fine'));
}
