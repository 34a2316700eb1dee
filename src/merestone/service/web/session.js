// @ts-check
// The session of the page: who is signed in, asking the server, and signing in again in place.

import {element} from './notice.js';

/**
 * @typedef {{person: string, csrf: string, keep_name: string, keep_key: string}} SessionTold
 * @typedef {{status: number, json: Record<string, any> | null}} Answer  status 0: there was no answer
 */

const PATIENCE_MS = 60_000;

/** @param {string} path @param {URLSearchParams | FormData} [body] @returns {Promise<Answer>} */
export async function ask(path, body) {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), PATIENCE_MS);
  try {
    const headers = {accept: 'application/json'};
    const response = await fetch(path, {method: body ? 'POST' : 'GET', body, headers, signal: ended.signal});
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {status: response.status, json: isJson ? await response.json() : null};
  } catch {
    return {status: 0, json: null};
  } finally {
    clearTimeout(timer);
  }
}

/** The session of whoever is signed in at this browser now, or the status of why there is none. */
export async function sessionNow() {
  const {status, json} = await ask('/desk/session.json');
  return status === 200 && json ? /** @type {SessionTold} */ (json) : status;
}

/**
 * Ask for the password in a dialog over the page, which stays as it is. Null: not now.
 * @param {string} person @param {string} why @returns {Promise<SessionTold | null>}
 */
export function signInAgain(person, why) {
  const dialog = document.createElement('dialog');
  dialog.className = 'sign-in-again';
  dialog.setAttribute('aria-labelledby', 'again-title');
  const form = document.createElement('form');
  form.className = 'filling';
  const title = element('h2', `Sign in again as ${person}`);
  title.id = 'again-title';
  const fault = element('p', '', 'fault');
  fault.setAttribute('role', 'alert');
  const name = box('Name', 'username', person);
  name.input.readOnly = true;
  const password = box('Password', 'current-password', '');
  password.input.type = 'password';
  const enter = element('button', 'Sign in');
  const later = element('button', 'Not now', 'quiet');
  later.setAttribute('type', 'button');
  const row = element('p', '', 'buttons');
  row.append(enter, later);
  form.append(title, element('p', why), fault, name.label, password.label, row);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  password.input.focus();
  return new Promise((resolve) => {
    /** @param {SessionTold | null} session */
    const end = (session) => {
      dialog.remove();
      resolve(session);
    };
    later.addEventListener('click', () => end(null));
    dialog.addEventListener('cancel', () => end(null));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      enter.setAttribute('disabled', '');
      const refusal = await entered(person, password.input.value);
      enter.removeAttribute('disabled');
      if (typeof refusal !== 'string') return end(refusal);
      fault.textContent = refusal;
      password.input.select();
    });
  });
}

/** @param {string} text @param {AutoFill} fill @param {string} value */
function box(text, fill, value) {
  const label = element('label', `${text} `);
  const input = document.createElement('input');
  input.required = true;
  input.autocomplete = fill;
  input.value = value;
  label.append(input);
  return {label, input};
}

/** @param {string} person @param {string} password @returns {Promise<SessionTold | string>} */
async function entered(person, password) {
  const page = await ask('/sign-in');
  if (page.status !== 200 || !page.json) return unanswered(page);
  const sent = {csrf: page.json.csrf, name: person, writer: person, password, then: '/desk'};
  const answer = await ask('/sign-in', new URLSearchParams(sent));
  if (answer.status === 200 && answer.json) return /** @type {SessionTold} */ (answer.json);
  return unanswered(answer);
}

/** @param {Answer} answer */
function unanswered({status, json}) {
  if (json?.detail) return json.detail;
  return status ? `Try again: the service answered with status ${status}.` : 'Try again: the service did not answer.';
}
