// @ts-check
// What a page asks of a hazard pack: one position, a way, or what lies ahead. All of it is answered on this device.

/** @typedef {import('./hazard_class.js').HazardClass} HazardClass */
/** @typedef {import('./position_answer.js').Position} Position */
/** @typedef {import('./position_answer.js').PositionAnswer} PositionAnswer */
/** @typedef {import('./screen_track.js').TrackAnswer} TrackAnswer */
/** @typedef {import('./screen_track.js').TrackStop} TrackStop */

export {screenPosition} from './position_answer.js';
export {screenTrack, wayScreening} from './screen_track.js';
export {lookAhead} from './look_ahead.js';
