// @ts-check
// The service worker: keeps the files of the page for phones, and gives them from the phone. SHELL, their list with the
// SHA-256 of each, is written above this line by the service; when a file changes, this is a new worker with a new cache.
// Nothing else is kept or answered here: no other page of the site, no answer about a place.

// @ts-expect-error It stands above in what is served.
const LIST = /** @type {{version: string, files: Record<string, string>}} */ (SHELL);
const PREFIX = 'merestone-pocket-';
const NAME = `${PREFIX}${LIST.version}`;
const scope = /** @type {any} */ (globalThis);

/** @param {ArrayBuffer} bytes */
async function digestOf(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
}

/** Fetch every file, and keep them only if each is what the list says: no page is ever made of two versions. */
async function keepShell() {
  const cache = await caches.open(NAME);
  await Promise.all(Object.entries(LIST.files).map(async ([path, digest]) => {
    const response = await fetch(path, {cache: 'no-cache', credentials: 'omit'});
    const isWhole = response.ok && (await digestOf(await response.clone().arrayBuffer())) === digest;
    if (!isWhole) throw new Error(`${path} is not what the service lists`);
    await cache.put(path, response);
  }));
}

async function dropOthers() {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
}

scope.addEventListener('install', (/** @type {any} */ event) => {
  event.waitUntil(keepShell().then(() => scope.skipWaiting()));
});

scope.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(dropOthers().then(() => scope.clients.claim()));
});

scope.addEventListener('fetch', (/** @type {any} */ event) => {
  const {method, url} = event.request;
  const {origin, pathname} = new URL(url);
  if (method !== 'GET' || origin !== scope.location.origin || !(pathname in LIST.files)) return; // as if there were no worker
  const cached = caches.open(NAME).then((cache) => cache.match(pathname, {ignoreVary: true}));
  event.respondWith(cached.then((response) => response ?? fetch(event.request)));
});
