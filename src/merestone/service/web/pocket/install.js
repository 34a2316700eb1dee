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
