// @ts-check
// Long work in turns: it is written as a generator that yields where it may rest, and is done at once, or some tens of
// milliseconds at a time. Between two turns the page is drawn, and a position that comes is compared, and warned of.

/** So long the page may be kept from everything else. */
const TURN_MS = 30;

/**
 * Work of which each yield says how much of it is done, 0 to 1.
 * @template T
 * @typedef {Generator<number, T, void>} Work
 */

/** Let all else that waits come first. @returns {Promise<void>} */
export const rest = () => new Promise((resolve) => { setTimeout(resolve); });

/** All of it now. @template T @param {Work<T>} work @returns {T} */
export function atOnce(work) {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/**
 * In turns.
 * @template T @param {Work<T>} work
 * @param {(share: number) => void} rests is called before each rest, with how much is done
 * @returns {Promise<T>}
 */
export async function inTurns(work, rests) {
  let begunAt = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - begunAt < TURN_MS) continue;
    rests(step.value);
    await rest();
    begunAt = performance.now();
  }
}
