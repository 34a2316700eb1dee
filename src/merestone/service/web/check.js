// @ts-check
// Ask the server about a place, and show its answer in its own words: the same words as on the command line.

/**
 * @typedef {{class?: string, headline?: string, sentences?: string[], error?: string,
 *   position?: {lon_deg: number, lat_deg: number} | null}} Answer
 */

/** @param {string} position @param {string} accuracyM @param {string} warnM @returns {Promise<Answer>} */
export async function ask(position, accuracyM, warnM) {
  const asked = new URLSearchParams({position});
  if (accuracyM !== '') asked.set('accuracy_m', accuracyM);
  if (warnM !== '') asked.set('warn_m', warnM);
  try {
    const response = await fetch(`/check.json?${asked}`, {headers: {accept: 'application/json'}});
    return await response.json();
  } catch {
    return {error: 'The server did not answer. This place has not been checked.'};
  }
}

/** @param {HTMLElement} output @param {Answer} answer */
export function show(output, answer) {
  const lines = answer.error ? [answer.error] : (answer.sentences ?? []);
  output.className = `answer ${answer.error ? 'refused' : (answer.class ?? 'unknown').replaceAll(' ', '-')}`;
  output.replaceChildren();
  if (answer.headline) {
    const headline = document.createElement('p');
    headline.className = 'headline';
    headline.textContent = answer.headline;
    output.append(headline);
  }
  for (const line of lines) {
    const paragraph = document.createElement('p');
    paragraph.textContent = line;
    output.append(paragraph);
  }
  output.hidden = false;
}
