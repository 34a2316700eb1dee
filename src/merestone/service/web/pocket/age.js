// @ts-check
// How old the areas on the phone are, and whether its clock can be believed. An old pack is never blocked.

export const DAY_MS = 86_400_000;
/** From so many days on, the page says that newer areas may be there. */
const OLD_DAYS = 30;
/** Clocks that differ by less are not spoken of. */
const CLOCKS_DIFFER_MS = 3_600_000 * 3;

/** @typedef {{words: string, values: import('./words.js').Values, isDoubtful: boolean, isOld: boolean}} Age */

/** @param {number} now milliseconds, by the phone's clock */
export const dayOf = (now) => new Date(now).toISOString().slice(0, 10);

/**
 * The words about the age of a pack that was written on a day (UTC).
 * @param {string | null} writtenOn @param {number} now @returns {Age}
 */
export function ageOf(writtenOn, now) {
  if (writtenOn === null) return {words: 'age_no_record', values: {}, isDoubtful: false, isOld: false};
  const days = Math.round((Date.parse(dayOf(now)) - Date.parse(writtenOn)) / DAY_MS);
  const values = {day: {day: writtenOn}, count: days, today: {day: dayOf(now)}};
  if (days < 0) return {words: 'clock_behind', values, isDoubtful: true, isOld: false};
  const key = days === 0 ? 'age_today' : days === 1 ? 'age_one_day' : 'age_days';
  return {words: key, values, isDoubtful: false, isOld: days > OLD_DAYS};
}

/** By how many hours the phone's clock differs from the server's; null: they agree, or it is not known. @param {number | null} serverTime @param {number} now */
export function clockDifference(serverTime, now) {
  if (serverTime === null || Math.abs(serverTime - now) < CLOCKS_DIFFER_MS) return null;
  return Math.round(Math.abs(serverTime - now) / 3_600_000);
}
