// @ts-check
// The button by which a reader asks to be told of new alerts, and to be told no more.
import {gettext} from './messages.js';
import {NotAllowed, canSubscribe, currentSubscription, subscribe, tellService, unsubscribe} from './push_subscription.js';

const box = /** @type {HTMLElement} */ (document.getElementById('tell-me'));
const button = /** @type {HTMLButtonElement} */ (box.querySelector('button'));
const status = /** @type {HTMLElement} */ (box.querySelector('[role=status]'));

/** @param {boolean} isTold */
function show(isTold) {
  button.textContent = isTold ? gettext('Stop telling me') : gettext('Tell me of new alerts');
  button.setAttribute('aria-pressed', String(isTold));
  status.textContent = isTold ? gettext('This browser receives every new alert, even while this page is closed.') : '';
}

/** @param {unknown} error */
function reasonOf(error) {
  if (error instanceof NotAllowed) return gettext('this browser does not let the page show messages; allow it in its settings');
  return error instanceof Error ? error.message : String(error);
}

async function press() {
  button.disabled = true;
  try {
    const subscription = await currentSubscription();
    await (subscription ? unsubscribe(subscription) : subscribe(document.documentElement.lang));
    show(!subscription);
  } catch (error) {
    status.textContent = gettext('That did not work: {why}.', {why: reasonOf(error)});
  } finally {
    button.disabled = false;
  }
}

if (canSubscribe) {
  button.addEventListener('click', press);
  const subscription = await currentSubscription();
  show(subscription !== null);
  // The service may have lost it, or its key: it is told again what it should have.
  if (subscription) {
    try {
      await tellService(subscription, document.documentElement.lang);
    } catch {
      status.textContent = gettext('The service did not receive that this browser wants alerts. Load the page again later.');
    }
  }
  box.hidden = false;
}
