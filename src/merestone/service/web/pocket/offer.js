// @ts-check
// What the service offers, and whether its signature fits: nothing else of an offer is looked at before.
// The form: docs/formats/pack-offer.md.

/**
 * @typedef {{sha256: string, size_bytes: number}} FileOffered
 * @typedef {FileOffered & {schema: 'protomaps' | 'openmaptiles' | 'merestone', zooms: [number, number], whole_zooms?: [number, number], bounds_deg: [number, number, number, number], attribution: string}} BaseMapOffered
 * @typedef {{form: string, name: string, tier: string, label: string, part_deg?: [number, number, number, number], places?: string[], written_on: string | null, changed_at?: string | null, change_count?: number, data_days: string, data_unstated_count?: number, data_count?: number, data_first_on: string | null,
 *   data_last_on: string | null, hazard_count: number, unplaced_count: number, bounds_deg: [number, number, number, number] | null,
 *   pack: FileOffered & {block_bytes: number, blocks: FileOffered}, map: FileOffered | null, base_map?: BaseMapOffered | null}} About
 * @typedef {{content: string, signature: string, publicKey: string, fingerprint: string, about: About, serverTime: number | null}} Offer
 */

const FORM = 'merestone pack offer 1';
const ALGORITHM = {name: 'ECDSA', namedCurve: 'P-256'};

/** An offer that is not used, and why: a key of the page's words and what is filled in. */
export class OfferRefused extends Error {
  /** @param {string} messageKey @param {import('./words.js').Values} [values] @param {string} [detail] what the service said, for whoever runs it */
  constructor(messageKey, values = {}, detail = '') {
    super(messageKey);
    this.messageKey = messageKey;
    this.values = values;
    this.detail = detail;
  }
}

/** @param {string} text base64 @returns {Uint8Array<ArrayBuffer>} */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param {BufferSource} bytes */
export async function sha256Of(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Whether a text was signed by a key.
 * @param {{content: string, signature: string, publicKey: string}} signed
 */
export async function isSigned({content, signature, publicKey}) {
  try {
    const key = await crypto.subtle.importKey('spki', fromBase64(publicKey), ALGORITHM, false, ['verify']);
    return await crypto.subtle.verify({name: 'ECDSA', hash: 'SHA-256'}, key, fromBase64(signature), new TextEncoder().encode(content));
  } catch {
    return false; // a key or a signature that is none
  }
}

/**
 * Read a text whose signature fits.
 * @param {{content: string, signature: string, publicKey: string}} signed @returns {Promise<{about: About, fingerprint: string}>}
 * @throws {OfferRefused}
 */
export async function readSigned(signed) {
  if (!(await isSigned(signed))) throw new OfferRefused('wrong_signature');
  /** @type {About} */
  const about = JSON.parse(signed.content);
  if (about.form !== FORM || about.tier !== 'public') throw new OfferRefused('wrong_tier');
  return {about, fingerprint: await sha256Of(fromBase64(signed.publicKey))};
}

/**
 * Ask what is offered: all areas, then parts of them if there are any. Nothing about the phone or its position is in the question.
 * @returns {Promise<Offer[]>}
 * @throws {OfferRefused} it is not to be used @throws {TypeError} there is no network
 */
export async function currentOffers() {
  const response = await fetch('/packs', {headers: {accept: 'application/json'}, credentials: 'omit'});
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new OfferRefused('no_offer', {}, answer.detail ?? `status ${response.status}`);
  const dateMs = Date.parse(response.headers.get('date') ?? '');
  const serverTime = Number.isNaN(dateMs) ? null : dateMs;
  /** @type {Offer[]} */
  const offers = [];
  for (const {content, signature} of answer.packs) {
    const signed = {content, signature, publicKey: answer.public_key};
    offers.push({...signed, ...(await readSigned(signed)), serverTime});
  }
  return offers;
}

/**
 * Refuse an offer that may not take the place of the pack in use.
 * @param {Offer} offer @param {{fingerprint: string, about: About} | null} current @throws {OfferRefused}
 */
export function refuseOther(offer, current) {
  if (!current) return;
  if (offer.fingerprint !== current.fingerprint) throw new OfferRefused('other_key', {offered: offer.fingerprint, held: current.fingerprint});
  if (current.about.changed_at !== undefined && offer.about.changed_at === undefined) throw new OfferRefused('undated_offer', {held: lastChange(current.about)});
  if (isOlder(offer.about, current.about)) throw new OfferRefused('older_offer', {offered: lastChange(offer.about), held: lastChange(current.about)});
}

/**
 * Whether what is offered was signed of an earlier state of the register. Who replays an offer of this morning must not take away
 * what was recorded at noon. Equal ones differ by the day or the program that made them alone; offers of before 2026-11-29 state a day.
 * @param {About} about @param {About} before
 */
function isOlder(about, before) {
  const [day, dayBefore] = [dayOf(about), dayOf(before)];
  if (day !== dayBefore || before.changed_at === undefined) return day < dayBefore;
  const [at, atBefore] = [about.changed_at ?? '', before.changed_at ?? ''];
  if (at !== atBefore) return at < atBefore;
  return (about.change_count ?? 0) < (before.change_count ?? 0); // copies that were merged: of one instant, with more in it
}

/** The day of the register's last word. It states none once its last record is withdrawn. @param {About} about */
const dayOf = (about) => about.written_on ?? about.changed_at?.slice(0, 10) ?? '';

/** When it last changed, as people read it: to the second, as the newer of two may be so near. @param {About} about @returns {string | import('./words.js').When} */
function lastChange(about) {
  if (about.changed_at) return {at: Date.parse(about.changed_at), isToSecond: true};
  return about.written_on ? {day: about.written_on} : '';
}
