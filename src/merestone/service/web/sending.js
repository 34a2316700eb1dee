// @ts-check
// Sending a form of the desk. The form stays until it was accepted; the same form is entered once, however often it is sent.

import {tell} from './notice.js';
import {ask, sessionNow, signInAgain} from './session.js';

/**
 * @typedef {import('./typed_form.js').TypedForm} TypedForm  @typedef {import('./session.js').Answer} Answer
 * @typedef {import('./session.js').SessionTold} SessionTold
 */

/** How long, and how often, a form is sent again while another program holds the register. */
const BUSY_MS = 60_000;
const BUSY_REST_MS = 2_000;
const STAYS = 'What you wrote is still here, and kept in this browser.';

/** @param {TypedForm} typed */
const personOf = (typed) => /** @type {HTMLInputElement} */ (typed.form.elements.namedItem('person')).value;

/**
 * @param {TypedForm} typed @param {HTMLElement | null} submitter
 * @param {(session: SessionTold) => Promise<void>} signedIn what takes a new session's token to all forms
 */
export async function send(typed, submitter, signedIn) {
  if (typed.form.hasAttribute('aria-busy')) return; // pressed twice
  typed.form.setAttribute('aria-busy', 'true');
  typed.unmark();
  try {
    await typed.save();
    await sendUntilAnswered(typed, submitter, signedIn);
  } finally {
    typed.form.removeAttribute('aria-busy');
  }
}

/** @param {TypedForm} typed @param {HTMLElement | null} submitter */
function bodyOf(typed, submitter) {
  const data = new FormData(typed.form, submitter);
  if (typed.form.enctype === 'multipart/form-data') return data;
  return new URLSearchParams([...data].map(([name, value]) => [name, String(value)]));
}

/** @type {(typed: TypedForm, submitter: HTMLElement | null, signedIn: (session: SessionTold) => Promise<void>) => Promise<void>} */
async function sendUntilAnswered(typed, submitter, signedIn) {
  const until = Date.now() + BUSY_MS;
  for (let tries = 0; ; tries++) {
    const answer = await ask(typed.form.action, bodyOf(typed, submitter));
    if (answer.status === 200 && answer.json?.to) {
      typed.done();
      location.assign(answer.json.to);
      return;
    }
    if (answer.status === 503 && Date.now() < until) {
      const why = answer.json?.detail ?? 'another program holds the register';
      tell(typed.form, {todo: 'Wait: it is being sent again.', why, more: STAYS, kind: 'none-recorded'});
      await new Promise((rested) => setTimeout(rested, BUSY_REST_MS));
      continue;
    }
    const session = tries < 4 ? await sessionAnew(typed, answer) : null;
    if (!session) {
      if (answer.status === 409) await renew(typed);
      refuse(typed, answer);
      return;
    }
    await signedIn(session);
  }
}

/**
 * Where a form was refused because of its session: the one that there is now, or one signed in to in place.
 * @param {TypedForm} typed @param {Answer} answer @returns {Promise<SessionTold | null>}
 */
async function sessionAnew(typed, {status, json}) {
  const person = personOf(typed);
  if (status === 403 && json?.reason) {
    const now = await sessionNow();
    if (typeof now === 'object' && now.person === person) return now;
    const why = typeof now === 'object' ? `${now.person} is signed in at this browser now, and` : 'Your session ended, and';
    return signInAgain(person, `${why} this form is yours. It stays as it is, and is sent when you are signed in.`);
  }
  if (status !== 401) return null;
  return signInAgain(person, 'Your session ended. The form stays as it is, and is sent when you are signed in.');
}

/**
 * Where somebody changed it meanwhile: what is sent again is about what stands now, of which the person was told.
 * @param {TypedForm} typed
 */
async function renew(typed) {
  try {
    const page = await fetch(`${location.pathname}?fresh=yes`, {headers: {accept: 'text/html'}});
    const anew = new DOMParser().parseFromString(await page.text(), 'text/html');
    const action = typed.form.getAttribute('action');
    const form = [...anew.forms].find((other) => other.getAttribute('action') === action);
    for (const name of ['seen', 'base']) {
      const [old, now] = [typed.form.elements.namedItem(name), form?.elements.namedItem(name)];
      if (old instanceof HTMLInputElement && now instanceof HTMLInputElement) old.value = now.value;
    }
    await typed.save();
  } catch {
    // no connection: it is tried again with the next sending
  }
}

/** @param {TypedForm} typed */
function lookAt(typed) {
  const {pathname} = new URL(typed.form.action);
  const place = pathname.replace(/\/(form|step)$/, '').replace('/desk/revise/', '/areas/');
  return {words: 'Look at it in another tab', quiet: true, does: () => void window.open(place, '_blank', 'noopener')};
}

/** @param {TypedForm} typed @param {Answer} answer */
function refuse(typed, {status, json}) {
  if (status === 0) {
    const why = 'the service did not answer, so nobody knows yet whether it was entered; it is never entered twice';
    tell(typed.form, {todo: 'Send it again when there is a connection.', why, more: STAYS}).focus();
    return;
  }
  const {first, elsewhere} = typed.mark(json?.faults ?? {});
  const reason = elsewhere.length ? elsewhere.join('; ') : json?.detail;
  const why = reason ?? `the service answered with status ${status}, without words`;
  const choices = status === 409 ? [lookAt(typed)] : [];
  const box = tell(typed.form, {todo: json?.todo ?? 'Send it again.', why, more: STAYS, choices});
  (first ?? box).focus();
}
