// @ts-check
// Sharing a place: its address to copy, to send, or to be read by another phone's camera.
import {make} from './record_details.js';
import {gettext} from './messages.js';

/** @typedef {{lon_deg: number, lat_deg: number, zoom: number}} View */

/** @param {View} view */
export function queryOfView({lon_deg: lon, lat_deg: lat, zoom}) {
  return new URLSearchParams({lat: lat.toFixed(6), lon: lon.toFixed(6), zoom: zoom.toFixed(1)});
}

/** @param {View} view */
function addressOf(view) {
  const {lon_deg: lon, lat_deg: lat, zoom} = view;
  const at = `${Math.abs(lat).toFixed(6)} ${lat >= 0 ? 'N' : 'S'}, ${Math.abs(lon).toFixed(6)} ${lon >= 0 ? 'E' : 'W'}`;
  return `${location.origin}/?${new URLSearchParams({at, zoom: zoom.toFixed(1)})}`;
}

/** Let somebody share a place in a dialog. @param {View} view */
export function share(view) {
  const dialog = document.createElement('dialog');
  dialog.className = 'share';
  dialog.setAttribute('aria-labelledby', 'share-title');
  const title = make('h2', gettext('Share this place'));
  title.id = 'share-title';
  const address = /** @type {HTMLInputElement} */ (make('input', ''));
  address.value = addressOf(view);
  address.readOnly = true;
  address.setAttribute('aria-label', gettext('Address of this place'));
  const code = document.createElement('img');
  code.src = `/qr.svg?${queryOfView(view)}`;
  code.alt = gettext('The same address as a QR code');
  code.width = code.height = 200;
  const row = make('p', '');
  row.className = 'buttons';
  const status = make('p', '');
  status.setAttribute('role', 'status');
  const button = (/** @type {string} */ text, /** @type {() => unknown} */ does) => {
    const made = /** @type {HTMLButtonElement} */ (make('button', text));
    made.type = 'button';
    made.addEventListener('click', does);
    row.append(made);
  };
  button(gettext('Copy'), async () => {
    address.select();
    try {
      await navigator.clipboard.writeText(address.value);
      status.textContent = gettext('Copied.');
    } catch {
      status.textContent = gettext('Copy the selected address.');
    }
  });
  if ('share' in navigator) button(gettext('Send'), () => navigator.share({url: address.value}).catch(() => {}));
  button(gettext('Close'), () => dialog.close());
  dialog.append(title, address, code, make('p', gettext('People who open it see what this register says at that time.')), row, status);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
