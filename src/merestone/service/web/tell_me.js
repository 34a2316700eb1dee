// @ts-check
// The button by which a reader asks to be told of new alerts, and to be told no more.
import {gettext} from './messages.js';

const box = /** @type {HTMLElement} */ (document.getElementById('tell-me'));
const button = /** @type {HTMLButtonElement} */ (box.querySelector('button'));
const status = /** @type {HTMLElement} */ (box.querySelector('[role=status]'));

/** @param {string} text base64url */
function bytesOf(text) {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** @param {string} path @param {object} body */
async function sent(path, body) {
  const answer = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail ?? `the service answered ${answer.status}`);
}

/** @param {boolean} isTold */
function show(isTold) {
  button.textContent = isTold ? gettext('Tell me no more') : gettext('Tell me of new alerts');
  button.setAttribute('aria-pressed', String(isTold));
  status.textContent = isTold ? gettext('This browser is told of every new alert, also while this page is closed.') : '';
}

/** @returns {Promise<ServiceWorkerRegistration>} */
async function worker() {
  const registration = await navigator.serviceWorker.register('/alerts/worker.js', {scope: '/alerts/'});
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && coming) {
    await new Promise((resolve) => coming.addEventListener('statechange', () => coming.state === 'activated' && resolve(null)));
  }
  return registration;
}

async function begin() {
  if (await Notification.requestPermission() !== 'granted') throw new Error(gettext('this browser does not let the page show messages; allow it in its settings'));
  const key = await (await fetch('/alerts/push.json')).json();
  if (!key.public_key) throw new Error(key.detail ?? 'the service has no key to subscribe with');
  const registration = await worker();
  const subscription = await registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: bytesOf(key.public_key)});
  try {
    await sent('/alerts/subscriptions', {...subscription.toJSON(), language: document.documentElement.lang});
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
  show(true);
}

/** @param {PushSubscription} subscription */
async function end(subscription) {
  await sent('/alerts/subscriptions/end', {endpoint: subscription.endpoint});
  await subscription.unsubscribe();
  show(false);
}

async function current() {
  const registration = await navigator.serviceWorker.getRegistration('/alerts/');
  return await registration?.pushManager.getSubscription() ?? null;
}

async function press() {
  button.disabled = true;
  try {
    const subscription = await current();
    await (subscription ? end(subscription) : begin());
  } catch (error) {
    status.textContent = gettext('That did not work: {why}.', {why: error instanceof Error ? error.message : error});
  } finally {
    button.disabled = false;
  }
}

if ('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window) {
  button.addEventListener('click', press);
  const subscription = await current();
  show(subscription !== null);
  // The service may have lost it, or its key: it is told again what it should have.
  if (subscription) {
    try {
      await sent('/alerts/subscriptions', {...subscription.toJSON(), language: document.documentElement.lang});
    } catch {
      status.textContent = gettext('The service could not be told that this browser wants alerts. Load the page again later.');
    }
  }
  box.hidden = false;
}
