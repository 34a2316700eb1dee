// @ts-check
// The alerts in force, above the map and on it. Asked for every few seconds with the tag of what is shown: a cache before
// the service answers most of it. No open stream: browsers allow six connections to a site, and the map needs them.
import {LANGUAGE, gettext, ngettext} from './messages.js';

/**
 * @typedef {{identifier: string, headline: string, instruction: string, page: string, expires: string, is_exercise: boolean,
 *   in_english: {headline: string, instruction: string} | null}} AlertLine
 */
/** @typedef {{ask_again_s: number, language: string, alerts: AlertLine[]}} AlertsNow */
/** @typedef {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} ShownMap */

const LINES_MOST = 3;
const HIDDEN_S = 30;
/** So long nothing may come before the page says so. */
const SILENT_MS = 20_000;

/** @param {string} tag @param {string} text @param {string} [className] */
function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** @param {HTMLElement} box @param {AlertsNow} now */
function show(box, {alerts, language}) {
  const list = document.createElement('ul');
  list.lang = language;
  for (const alert of alerts.slice(0, LINES_MOST)) {
    const line = document.createElement('li');
    const link = /** @type {HTMLAnchorElement} */ (element('a', alert.headline));
    link.href = alert.page;
    line.append(link, element('span', ` ${alert.instruction}`));
    if (alert.in_english) {
      const english = element('span', ` ${alert.in_english.headline}. ${alert.in_english.instruction}`, 'in-english');
      english.lang = 'en';
      english.dir = 'ltr';
      line.append(english);
    }
    list.append(line);
  }
  if (alerts.length > LINES_MOST) {
    const more = /** @type {HTMLAnchorElement} */ (element('a', ngettext('All {count} alert', 'All {count} alerts', alerts.length)));
    more.href = '/alerts';
    const line = document.createElement('li');
    line.append(more);
    list.append(line);
  }
  box.replaceChildren(...(alerts.length ? [list] : []));
  box.hidden = alerts.length === 0;
}

/** The areas of alerts in force, above everything that is recorded. @param {ShownMap} map */
async function draw(map) {
  const response = await fetch('/alerts.geojson', {cache: 'no-cache'});
  if (!response.ok) throw new Error(`alerts: ${response.status}`);
  const areas = await response.json();
  areas.features = areas.features.filter((/** @type {any} */ feature) => feature.properties.is_in_force);
  const source = /** @type {any} */ (map.getSource('alerts'));
  if (source) {
    source.setData(areas);
    return;
  }
  map.addSource('alerts', {type: 'geojson', data: areas});
  map.addLayer({id: 'alert-fill', type: 'fill', source: 'alerts', paint: {'fill-color': '#d4006a', 'fill-opacity': 0.18}});
  map.addLayer({
    id: 'alert-line', type: 'line', source: 'alerts',
    paint: {'line-color': '#d4006a', 'line-width': 4, 'line-dasharray': [2, 1]},
  });
}

/**
 * Keep the alerts in force on the page until it is closed.
 * @param {HTMLElement} box @param {() => ShownMap | null} mapOf the map once it can be drawn on; null before that, or without one
 */
export function watchAlerts(box, mapOf) {
  let tag = '';
  let isDrawn = true;
  let heardAt = Date.now();
  /** @type {number | undefined} */
  let waiting;

  async function ask() {
    window.clearTimeout(waiting);
    let again_s = 2;
    try {
      const response = await fetch(`/alerts/now.json?lang=${LANGUAGE}`, {cache: 'no-cache'});
      if (!response.ok) throw new Error(`alerts: ${response.status}`);
      const now = /** @type {AlertsNow} */ (await response.json());
      const version = response.headers.get('ETag') ?? JSON.stringify(now);
      if (version !== tag || heardAt === 0) {
        show(box, now);
        isDrawn = false;
        tag = version;
      }
      heardAt = Date.now();
      again_s = now.ask_again_s;
      const map = mapOf();
      if (!isDrawn && map) {
        await draw(map);
        isDrawn = true;
      }
      box.dataset.asked = 'yes';
    } catch (error) {
      console.info(error);
      if (heardAt && Date.now() - heardAt > SILENT_MS) {
        heardAt = 0; // so that the next answer is shown whatever its tag
        box.prepend(element('p', // safety: alerts may be missing
          gettext('Alerts cannot be loaded now: there may be newer ones than are shown here.')));
        box.hidden = false;
      }
    }
    waiting = window.setTimeout(ask, 1000 * (document.hidden ? HIDDEN_S : again_s));
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void ask();
  });
  void ask();
}
