// @ts-check
// Keeping the page on the phone: the worker that holds its files, and the browser's own way to install it.
import {say} from './words.js';

const WORKER = '/pocket/worker.js';

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Let the page start without a network from now on. Where the browser cannot, it works with one. */
export async function keepOnPhone() {
  try {
    await navigator.serviceWorker.register(WORKER, {scope: '/pocket/', updateViaCache: 'none'});
  } catch {
    // A browser without workers, or an update without a network: what is kept is used.
  }
}

/** How long the page's own files may take once the areas are here. */
const KEPT_WITHIN_MS = 30_000;

/** Whether the page starts without a network from now on. Its files may be on their way still. @returns {Promise<boolean>} */
export async function isPageKept() {
  const registration = await navigator.serviceWorker?.getRegistration(WORKER).catch(() => undefined);
  const coming = registration?.installing ?? registration?.waiting;
  if (!coming || registration?.active) return Boolean(registration?.active);
  return await new Promise((resolve) => {
    const look = () => ['activated', 'redundant'].includes(coming.state) && resolve(coming.state === 'activated');
    coming.addEventListener('statechange', look);
    window.setTimeout(() => resolve(false), KEPT_WITHIN_MS);
    look();
  });
}

/** Offer to install, where the browser lets a page do so. */
export function offerInstall() {
  const button = byId('install');
  /** @type {any} */
  let prompt = null;
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    prompt = event;
    button.hidden = false;
  });
  button.addEventListener('click', () => void prompt?.prompt());
  window.addEventListener('appinstalled', () => {
    button.hidden = true;
    byId('install-words').textContent = say('installed');
  });
  if (window.matchMedia('(display-mode: standalone)').matches) byId('install-words').textContent = say('installed');
}
