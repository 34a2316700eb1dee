// @ts-check
// What a person at the desk is told: what to do first, then why, then what became of what was typed.

/**
 * @typedef {{words: string, does: () => void, quiet?: boolean}} Choice
 * @typedef {{todo: string, why?: string, more?: string, kind?: 'refused' | 'none-recorded', choices?: Choice[]}} Told
 */

/** @param {string} tag @param {string} text @param {string} [className] */
export function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** A time as every page writes it, here by this computer's clock. @param {number} at */
export function clock(at) {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16).replace('T', ' ');
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

/** @param {Choice[]} choices */
function buttons(choices) {
  const row = element('p', '', 'buttons');
  for (const {words: text, does, quiet} of choices) {
    const button = element('button', text, quiet ? 'quiet' : '');
    button.setAttribute('type', 'button');
    button.addEventListener('click', does);
    row.append(button);
  }
  return row;
}

/** Tell something above a form, in place of what was told there before. @param {HTMLElement} form @param {Told} told */
export function tell(form, {todo, why, more, kind = 'refused', choices = []}) {
  const box = element('div', '', `answer notice ${kind}`);
  box.setAttribute('role', kind === 'refused' ? 'alert' : 'status');
  box.tabIndex = -1;
  box.append(element('p', todo, 'headline'));
  if (why) box.append(element('p', sentence(why), 'words'));
  if (more) box.append(element('p', more));
  if (choices.length) box.append(buttons(choices));
  quiet(form);
  form.before(box);
  return box;
}

/** Take away what was told above a form, also by the server. @param {HTMLElement} form */
export function quiet(form) {
  document.getElementById('refusal')?.remove();
  const before = form.previousElementSibling;
  if (before?.classList.contains('notice')) before.remove();
}

/**
 * Ask in a dialog, and give the choice taken; empty if it was closed.
 * @param {string} title @param {HTMLElement[]} content @param {{value: string, words: string, quiet?: boolean}[]} choices
 * @returns {Promise<string>}
 */
export function choose(title, content, choices) {
  const dialog = document.createElement('dialog');
  const heading = element('h2', title);
  heading.id = 'dialog-title';
  dialog.setAttribute('aria-labelledby', heading.id);
  const form = document.createElement('form');
  form.method = 'dialog';
  form.className = 'filling';
  const row = element('p', '', 'buttons');
  for (const {value, words: text, quiet} of choices) {
    const button = /** @type {HTMLButtonElement} */ (element('button', text, quiet ? 'quiet' : ''));
    button.value = value;
    row.append(button);
  }
  form.append(heading, ...content, row);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
