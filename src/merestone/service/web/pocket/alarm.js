// @ts-check
// Sound and vibration when something recorded is near. They begin with a press of a button: browsers allow no sound before.

/** How urgent: 0 nothing, 1 near or ahead, 2 inside. @typedef {0 | 1 | 2} Level */

/** How often a level is sounded again while it lasts, milliseconds. @type {Record<Level, number>} */
const AGAIN_MS = {0: Infinity, 1: 10_000, 2: 4_000};
/** @type {Record<Level, number[]>} */
const VIBRATIONS_MS = {0: [], 1: [300, 150, 300], 2: [800, 200, 800, 200, 800]};
/** Pitch, and how many tones. @type {Record<Level, [number, number]>} */
const TONES = {0: [0, 0], 1: [660, 2], 2: [990, 5]};
const TONE_S = 0.18;

export class Alarm {
  /** @type {Level} */
  level = 0;
  hasSound = true;
  hasVibration = true;
  /** @type {AudioContext | null} */
  #audio = null;
  #soundedAt = -Infinity;

  /** Let sound begin; called when a button is pressed. */
  allow() {
    this.#audio ??= new AudioContext();
    void this.#audio.resume();
  }

  /** Sound if it became worse, or lasts. @param {Level} level @param {number} now milliseconds, by a clock that may be set meanwhile */
  raise(level, now) {
    const isWorse = level > this.level;
    const isSetBack = now < this.#soundedAt;
    this.level = level;
    if (!level || (!isWorse && !isSetBack && now - this.#soundedAt < AGAIN_MS[level])) return;
    this.#soundedAt = now;
    if (this.hasVibration) navigator.vibrate?.(VIBRATIONS_MS[level]);
    if (this.hasSound) this.#play(...TONES[level]);
  }

  /** No more sound, and the device it used is let go. */
  end() {
    this.level = 0;
    this.#soundedAt = -Infinity;
    navigator.vibrate?.(0);
    void this.#audio?.close();
    this.#audio = null;
  }

  /** @param {number} pitchHz @param {number} count */
  #play(pitchHz, count) {
    const audio = this.#audio;
    if (!audio) return;
    if (audio.state !== 'running') void audio.resume(); // some phones end it with a call, and do not begin it again
    for (let nth = 0; nth < count; nth++) {
      const begins = audio.currentTime + 2 * nth * TONE_S;
      const tone = audio.createOscillator();
      tone.type = 'square';
      tone.frequency.value = pitchHz;
      tone.connect(audio.destination);
      tone.start(begins);
      tone.stop(begins + TONE_S);
    }
  }
}
