// @ts-check
// Shows an alert that was pushed to this browser, and opens its page. It keeps nothing and asks nobody anything.

const alertWorker = /** @type {any} */ (globalThis);

/** What the service seals for a browser (`merestone.alerts.push`).
 * @typedef {{title: string, body: string, identifier: string, topic: string, page: string, language: string}} Pushed */

alertWorker.addEventListener('install', () => alertWorker.skipWaiting());
alertWorker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(alertWorker.clients.claim()));

alertWorker.addEventListener('push', (/** @type {any} */ event) => {
  /** @type {Pushed} */
  const alert = event.data?.json() ?? {title: 'A new alert', body: 'Open it.', identifier: '', topic: 'alert', page: '/alerts', language: 'en'};
  event.waitUntil(alertWorker.registration.showNotification(alert.title, {
    body: alert.body,
    // What follows an alert takes its place, and one that comes twice is shown once.
    tag: alert.topic,
    lang: alert.language,
    icon: '/web/icon.svg',
    requireInteraction: true,
    data: {page: alert.page},
  }));
});

alertWorker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  event.notification.close();
  // A page of this service, whatever was pushed.
  const asked = new URL(event.notification.data?.page ?? '/alerts', alertWorker.location.origin);
  const address = asked.origin === alertWorker.location.origin ? asked.href : new URL('/alerts', alertWorker.location.origin).href;
  event.waitUntil((async () => {
    const open = await alertWorker.clients.matchAll({type: 'window', includeUncontrolled: true});
    const shown = open.find((/** @type {any} */ client) => client.url === address);
    await (shown ? shown.focus() : alertWorker.clients.openWindow(address));
  })());
});
