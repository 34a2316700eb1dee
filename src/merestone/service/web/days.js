// @ts-check
// Days and instants as the reader writes them: by the form that the service gives with the messages of the language (CLDR, as
// Python writes them), since not every browser has every language's months. Without a form, as in English: ISO 8601.

/** @typedef {Record<string, string>} DayForm `form`: the order of the parts; `1` to `12`: the months */

/** A day (YYYY-MM-DD). @param {string} day @param {DayForm | undefined} form */
export function dayIn(day, form) {
  if (!form) return day;
  const [year, month, date] = day.split('-').map(Number);
  const parts = /** @type {Record<string, string | number>} */ ({year, month: form[month], number: month, day: date});
  return form.form.replace(/\{(\w+)\}/g, (_, name) => String(parts[name]));
}

/** An instant by this device's clock, with its offset from UTC. @param {number} at milliseconds @param {DayForm | undefined} form @param {boolean} [isToSecond] else to the minute */
export function instantIn(at, form, isToSecond = false) {
  const aheadMin = -new Date(at).getTimezoneOffset();
  const local = new Date(at + 60_000 * aheadMin).toISOString();
  const [hours, minutes] = [Math.trunc(Math.abs(aheadMin) / 60), Math.abs(aheadMin) % 60].map((part) => String(part).padStart(2, '0'));
  const zone = aheadMin ? `UTC${aheadMin < 0 ? '-' : '+'}${hours}:${minutes}` : 'UTC';
  return `${dayIn(local.slice(0, 10), form)} ${local.slice(11, isToSecond ? 19 : 16)} ${zone}`;
}

/** A text with values in the places that it names in braces; no full stop follows a value that ends with one. @param {string} text @param {(name: string) => string | undefined} valueOf undefined: the place stays */
export function filledBy(text, valueOf) {
  return text.replace(/\{(\w+)\}(\.?)/g, (place, name, stop) => {
    const value = valueOf(name);
    if (value === undefined) return place;
    return value.endsWith('.') ? value : value + stop;
  });
}
