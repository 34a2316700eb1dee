// @ts-check
// The page for a phone without network. What it knows of a position stays in it: the only questions that it sends are for
// its own files, for the packs that everybody is offered and for the alerts that everybody is told.
import {AlertsSection} from './alerts_section.js';
import {showWords} from './answer_words.js';
import {keepOnPhone, offerInstall} from './install.js';
import {sha256Of} from './offer.js';
import {PackSection} from './pack_section.js';
import {SmallMap} from './small_map.js';
import {heldBaseMap} from './storage.js';
import {offerTelling} from './tell_section.js';
import {TypedSection} from './typed_section.js';
import {WatchSection} from './watch_section.js';
import {beginSpeech, isSafe, language, languageNames, speak} from './speech.js';
import {fillWords, say} from './words.js';

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** A fault that nobody foresaw must not look like a page that watches. @param {unknown} fault */
function fail(fault) {
  watch.stop();
  showWords(byId('answer'), (say) => say('page_failed'), 'refused', fault instanceof Error ? fault.message : String(fault));
}

/** The map; null where the device cannot draw one: answers do not need it. */
function madeMap() {
  try {
    return new SmallMap(byId('small-map'));
  } catch {
    byId('small-map').hidden = true;
    return null;
  }
}

/** Draw the base map that came with the pack, once its SHA-256 was compared. It comes after the areas. @param {import('./pack_section.js').InUse | null} inUse */
async function drawBaseMap(inUse) {
  map?.region(null);
  const about = inUse?.about.base_map;
  if (!map || !about || inUse.held.baseMapDigest !== about.sha256) return;
  const bytes = await heldBaseMap();
  const isWhole = bytes !== null && (await sha256Of(bytes)) === about.sha256;
  if (packs.inUse !== inUse) return; // others were fetched meanwhile
  if (isWhole) map.region({about, bytes});
  else packs.missBaseMap();
}

/** The languages, each by its own name; changed without a network too. */
function offerLanguages() {
  const list = /** @type {HTMLSelectElement} */ (byId('language'));
  list.replaceChildren(...languageNames().map(([tag, name]) => Object.assign(new Option(name, tag, false, tag === language()), {lang: tag})));
  list.hidden = list.options.length < 2;
  list.addEventListener('change', () => speak(list.value));
}

await beginSpeech();
fillWords(document);
offerLanguages();
byId('draft').hidden = isSafe();
document.title = `${say('title')} – Merestone`;
const map = madeMap();
if (map) /** @type {any} */ (globalThis).pocketMap = map.map; // for tests, and whoever looks into it
const watch = new WatchSection((place, accuracyM) => map?.person(place, accuracyM));
const typed = new TypedSection(map);
const packs = new PackSection((inUse) => {
  watch.use(inUse);
  typed.inUse = inUse;
  map?.show(inUse?.pack ?? null, inUse?.held.map ?? null);
  void drawBaseMap(inUse);
  document.body.dataset.pack = inUse ? inUse.about.pack.sha256 : '';
});
window.addEventListener('error', (event) => {
  if (event.error) fail(event.error); // a ResizeObserver that comes too late has none, and does no harm
});
window.addEventListener('unhandledrejection', (event) => fail(event.reason));
const alerts = new AlertsSection((now) => {
  map?.alerts(now.alerts);
  void offerTelling(now.can_subscribe);
});
offerInstall();
void alerts.begin();
void keepOnPhone();
await packs.begin();
