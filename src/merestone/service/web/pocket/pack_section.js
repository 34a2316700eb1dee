// @ts-check
// The section about the areas on the phone: what is offered, fetching it, how old it is, who signed it, and removing it.
import {ageOf, clockDifference, DAY_MS} from './age.js';
import {begunBytes, DownloadStopped, fetchPack, OfferGone, offeredBytes} from './download.js';
import {currentOffers, OfferRefused, readSigned, refuseOther, sha256Of} from './offer.js';
import {isPageKept} from './install.js';
import {openPack} from './pack_file.js';
import {heldPack, keepForGood, removePack, StorageFull, StorageUnusable} from './storage.js';
import {dataDaysWords, labelWords} from './answer_words.js';
import {boundsWords, chosenOffer, rememberBaseMap, showBaseMap, showParts, withBaseMap} from './part_choice.js';
import {englishElement, say, saySize, showSafety} from './words.js';

/**
 * @typedef {import('./pack_file.js').Pack} Pack
 * @typedef {import('./offer.js').About} About
 * @typedef {import('./offer.js').Offer} Offer
 * @typedef {import('./storage.js').Held} Held
 * @typedef {{held: Held, about: About, fingerprint: string, pack: Pack}} InUse
 */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Open a pack that is kept here: its signature and its SHA-256 are compared each time, before anything rests on it.
 * @param {Held} stored @returns {Promise<InUse>}
 */
async function opened(stored) {
  const {about, fingerprint} = await readSigned(stored);
  const digest = sha256Of(stored.bytes); // some browsers work on it beside; Chromium 156 does not
  const opening = openPack(stored.bytes, {isDigestKnown: true});
  opening.catch(() => {}); // that its SHA-256 differs says more
  if ((await digest) !== about.pack.sha256) throw new OfferRefused('wrong_digest');
  const isMapWhole = stored.map !== null && (await sha256Of(stored.map)) === about.map?.sha256;
  return {held: isMapWhole ? stored : {...stored, map: null}, about, fingerprint, pack: await opening};
}

export class PackSection {
  /** @type {InUse | null} */
  inUse = null;
  /** @type {Offer | null} the one that the person chose */
  #offer = null;
  /** @type {Offer[]} */
  #offers = [];
  #isFetching = false;
  #ageTimer = 0;
  #fetch = /** @type {HTMLButtonElement} */ (byId('fetch'));
  #remove = /** @type {HTMLButtonElement} */ (byId('remove'));
  #progress = /** @type {HTMLProgressElement} */ (byId('progress'));

  /** @param {(inUse: InUse | null) => void} changed another pack is in use, or none */
  constructor(changed) {
    this.changed = changed;
    this.#fetch.addEventListener('click', () => void this.#fetchOffer());
    byId('part').addEventListener('change', () => void this.#choose());
    byId('with-base-map').addEventListener('change', () => void this.#offerAnew());
    this.#remove.addEventListener('click', () => void this.#removePack());
    window.addEventListener('online', () => void this.look());
    document.addEventListener('visibilitychange', () => this.#showAge());
  }

  /** Open what is kept here; then ask, once, what is offered. */
  async begin() {
    let isDamaged = false;
    try {
      const stored = await heldPack();
      if (stored) this.inUse = await opened(stored);
    } catch (error) {
      isDamaged = !(error instanceof StorageUnusable);
      this.#refuse((speak) => speak(isDamaged ? 'damaged' : 'storage_unusable'), isDamaged ? reasonOf(error) : '');
    }
    // Until areas are here, fetching them is the first thing to do. The section moves only as the page opens, never under a finger.
    if (!this.inUse) byId('here-title').closest('section')?.before(/** @type {Node} */ (byId('pack-title').closest('section')));
    rememberBaseMap(this.inUse);
    this.#show();
    if (isDamaged) this.#remove.hidden = false; // an offer is compared with them even so
    this.changed(this.inUse);
    await this.look();
  }

  /** Ask what is offered. Without a network, what is here is used. */
  async look() {
    if (this.#isFetching) return;
    try {
      if (!this.inUse) this.#say(say('looking'));
      this.#offers = await currentOffers();
      for (const offer of this.#offers) refuseOther(offer, this.inUse);
      showParts(this.#offers, this.inUse);
      await this.#choose();
    } catch (error) {
      this.#offer = null;
      this.#fetch.hidden = true;
      showParts([], null);
      showBaseMap(null);
      if (error instanceof TypeError) this.#say(say('offline'));
      else if (error instanceof OfferRefused) this.#refuse((speak) => speak(error.messageKey, error.values), error.detail);
      else throw error;
    }
  }

  /** Show the sizes of what is wanted now. */
  async #offerAnew() {
    if (this.#isFetching) return;
    showParts(this.#offers, this.inUse);
    await this.#choose();
  }

  /** The base map that is here is not what was signed: it counts as not here, and is offered again. */
  missBaseMap() {
    if (this.inUse) this.inUse.held.baseMapDigest = null;
    this.#refuse((speak) => speak('base_map_damaged'));
    void this.#offerAnew();
  }

  /** Show what the chosen part, or the whole, is and takes. */
  async #choose() {
    this.#offer = chosenOffer(this.#offers);
    showBaseMap(this.#offer);
    if (this.#offer) await this.#showOffer(this.#offer);
  }

  /** @param {Offer} offer */
  async #showOffer(offer) {
    const hours = clockDifference(offer.serverTime, Date.now());
    if (hours !== null) this.#refuse((speak) => speak('clock_differs', {hours}));
    const toFetch = offeredBytes(offer, this.inUse, withBaseMap());
    const size = saySize(toFetch);
    if (!toFetch) {
      this.#fetch.hidden = true;
      return this.#say(say('up_to_date'));
    }
    const begun = await begunBytes(offer, this.inUse, withBaseMap()).catch(() => 0);
    this.#fetch.hidden = false;
    this.#fetch.textContent = begun ? say('continue', {done: saySize(begun), size}) : say(this.#isUpdate(offer) ? 'update' : 'fetch', {size});
    if (offer.about.pack.sha256 === this.inUse?.about.pack.sha256) this.#say(say('up_to_date'));
    else if (this.#isUpdate(offer)) this.#say(say('update_line', {day: offer.about.written_on ? {day: offer.about.written_on} : '', size}));
    else this.#say(`${offer.about.part_deg ? say('part_line', boundsWords(offer.about)) : `${say('region_whole')}.`} ${labelWords(offer.about.label)} ${say('offer_line', {count: offer.about.hazard_count, size})}`);
    byId('fingerprint').textContent = say('fingerprint', {fingerprint: offer.fingerprint});
  }

  /** Whether it is what is here, newer. @param {Offer} offer */
  #isUpdate({about}) {
    return this.inUse !== null && this.inUse.about.name === about.name && this.inUse.about.pack.sha256 !== about.pack.sha256;
  }

  async #fetchOffer() {
    const offer = this.#offer;
    if (!offer || this.#isFetching) return;
    this.#lock(true);
    byId('pack-refused').hidden = true;
    const isWithBaseMap = withBaseMap();
    const size = offeredBytes(offer, this.inUse, isWithBaseMap);
    let done = 0;
    try {
      const progress = (/** @type {number} */ bytes) => {
        done = bytes;
        this.#progress.hidden = false;
        this.#progress.value = bytes / size;
        this.#say(bytes < size ? say('fetching', {done: saySize(bytes), size: saySize(size)}) : say('saving'));
      };
      const {held: stored, fetched} = await fetchPack(offer, this.inUse, {withBaseMap: isWithBaseMap, progress, openable: (bytes) => openPack(bytes, {isDigestKnown: true})});
      this.inUse = await opened(stored);
      const stays = await keepForGood();
      this.#show();
      this.changed(this.inUse);
      const isKept = await isPageKept();
      this.#say(`${say(isKept ? 'fetched' : 'fetched_alone', {size: saySize(fetched)})} ${stays ? '' : say('storage_may_vanish')}`);
      if (!isKept) this.#refuse((speak) => speak('page_not_kept'));
      this.#fetch.hidden = true;
    } catch (error) {
      await this.#notFetched(error, offer, done);
    } finally {
      this.#lock(false);
      this.#progress.hidden = true;
    }
  }

  /** What is fetched cannot be chosen anew, nor removed, until it is here. @param {boolean} isFetching */
  #lock(isFetching) {
    this.#isFetching = isFetching;
    for (const id of ['fetch', 'remove', 'part', 'with-base-map']) /** @type {HTMLButtonElement} */ (byId(id)).disabled = isFetching;
  }

  /** @param {unknown} error @param {Offer} offer @param {number} done */
  async #notFetched(error, offer, done) {
    const toFetch = offeredBytes(offer, this.inUse, withBaseMap());
    const size = saySize(toFetch);
    if (error instanceof DownloadStopped) {
      this.#fetch.textContent = say('continue', {done: saySize(done), size});
      this.#refuse((speak) => speak('stopped', {done: saySize(done), size}));
    } else if (error instanceof StorageFull) this.#refuse((speak) => speak('storage_full', {needed: saySize(2 * toFetch)}));
    else if (error instanceof StorageUnusable) this.#refuse((speak) => speak('storage_unusable'));
    else if (error instanceof OfferRefused) this.#refuse((speak) => speak(error.messageKey, error.values));
    else if (error instanceof OfferGone) {
      this.#isFetching = false;
      await this.look();
    } else this.#refuse((speak) => speak('damaged'), reasonOf(error));
  }

  async #removePack() {
    await removePack();
    this.inUse = null;
    this.#show();
    this.changed(null);
    this.#say(say('removed'));
    await this.look();
  }

  #show() {
    const {inUse} = this;
    this.#remove.hidden = !inUse;
    byId('pack-about').textContent = inUse ? [inUse.about.part_deg ? say('part_line', boundsWords(inUse.about)) : '', labelWords(inUse.about.label), dataDaysWords(inUse.about)].join(' ') : '';
    byId('fingerprint').textContent = inUse ? say('fingerprint', {fingerprint: inUse.fingerprint}) : '';
    this.#showAge();
  }

  /** The age of the pack, always in view. */
  #showAge() {
    const line = byId('age');
    if (!this.inUse) {
      showSafety(line, (speak) => speak('no_pack'));
      line.className = 'age doubtful';
      return;
    }
    const age = ageOf(this.inUse.about.written_on, Date.now());
    const ageText = (/** @type {import('./words.js').Say} */ speak) => speak(age.words, age.values) + (age.isOld ? `. ${speak('age_old')}` : '');
    if (age.isDoubtful || age.isOld) showSafety(line, ageText);
    else line.textContent = ageText(say);
    line.className = `age${age.isDoubtful ? ' doubtful' : ''}${age.isOld ? ' old' : ''}`;
    window.clearTimeout(this.#ageTimer);
    this.#ageTimer = window.setTimeout(() => this.#showAge(), DAY_MS - (Date.now() % DAY_MS) + 1000); // a page may be open for days
  }

  /** @param {string} text */
  #say(text) {
    byId('pack-words').textContent = text;
  }

  /** @param {(speak: import('./words.js').Say) => string} made @param {string} [detail] what a program said, for whoever mends it */
  #refuse(made, detail = '') {
    const box = byId('pack-refused');
    showSafety(box, made);
    if (detail) box.append(' ', englishElement(`(${detail})`));
    box.hidden = false;
  }
}

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Error ? error.message : String(error));
