// @ts-check
// The button by which somebody is told of new alerts on this phone (web push), also while the page is closed, and no more.
// The service learns an address of the browser's maker, two keys and the language; nothing of a position.
import {NotAllowed, canSubscribe, currentSubscription, subscribe, unsubscribe} from '../push_subscription.js';
import {language} from './speech.js';
import {say} from './words.js';

const button = /** @type {HTMLButtonElement} */ (document.getElementById('tell'));
const status = /** @type {HTMLElement} */ (document.getElementById('told'));

/** @param {boolean} isTold */
function show(isTold) {
  button.textContent = say(isTold ? 'tell_no_more' : 'tell');
  button.setAttribute('aria-pressed', String(isTold));
  status.textContent = isTold ? say('is_told') : '';
}

async function press() {
  button.disabled = true;
  try {
    const subscription = await currentSubscription();
    await (subscription ? unsubscribe(subscription) : subscribe(language()));
    show(!subscription);
  } catch (error) {
    const why = error instanceof NotAllowed ? say('tell_not_allowed') : error instanceof Error ? error.message : String(error);
    status.textContent = say('tell_failed', {why});
  } finally {
    button.disabled = false;
  }
}

/** Offer the button, once, where the service takes subscriptions and the browser has them. @param {boolean} isOffered */
export async function offerTelling(isOffered) {
  if (!isOffered || !canSubscribe || !button.hidden) return;
  show((await currentSubscription()) !== null);
  button.addEventListener('click', () => void press());
  button.hidden = false;
}
