// @ts-check
// This browser's subscription to alerts by web push: asked for, told to the service, and ended. It shows nothing itself.

/** Whether this browser has all that it takes. */
export const canSubscribe = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

/** The browser does not let the page show messages. */
export class NotAllowed extends Error {}

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

/** @returns {Promise<ServiceWorkerRegistration>} */
async function worker() {
  const registration = await navigator.serviceWorker.register('/alerts/worker.js', {scope: '/alerts/'});
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && coming) {
    await new Promise((resolve) => coming.addEventListener('statechange', () => coming.state === 'activated' && resolve(null)));
  }
  return registration;
}

/** @returns {Promise<PushSubscription | null>} */
export async function currentSubscription() {
  const registration = await navigator.serviceWorker.getRegistration('/alerts/');
  return await registration?.pushManager.getSubscription() ?? null;
}

/** Tell the service of a subscription: a new one, or one that it may have lost. @param {PushSubscription} subscription @param {string} language */
export function tellService(subscription, language) {
  return sent('/alerts/subscriptions', {...subscription.toJSON(), language});
}

/** Be told of new alerts from now on. @param {string} language of what is told @throws {NotAllowed} */
export async function subscribe(language) {
  if (await Notification.requestPermission() !== 'granted') throw new NotAllowed();
  const key = await (await fetch('/alerts/push.json')).json();
  if (!key.public_key) throw new Error(key.detail ?? 'the service has no key to subscribe with');
  const registration = await worker();
  const subscription = await registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: bytesOf(key.public_key)});
  try {
    await tellService(subscription, language);
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
}

/** Be told no more. @param {PushSubscription} subscription */
export async function unsubscribe(subscription) {
  await sent('/alerts/subscriptions/end', {endpoint: subscription.endpoint});
  await subscription.unsubscribe();
}
