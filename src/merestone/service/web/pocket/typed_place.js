// @ts-check
// Coordinates that somebody types, read on the phone: degrees, with minutes, with seconds. What could mean two places, or is
// written in another way, is refused: src/merestone/geodesy/notation.py reads more, and needs the network.

/** @typedef {{lon_deg: number, lat_deg: number, resolution_m: number, isOrderAssumed: boolean}} TypedPlace */
/** @typedef {{degrees: number, halfUnitDeg: number, axis: 'lat' | 'lon' | '', isSigned: boolean}} Angle */

const NUMBER = '\\d+(?:\\.\\d+)?';
const ANGLE = new RegExp(
  `^([NSEW])?\\s*([-+])?(${NUMBER})(?:\\s*°\\s*(?:(${NUMBER})\\s*'\\s*(?:(${NUMBER})\\s*"\\s*)?)?)?\\s*([NSEW])?(?=$|[\\s,;])`, 'i',
);
/** One comma between digits could be that of one decimal number, or stand between two numbers. */
const ONE_COMMA = /^[-+]?\d+,\d+$/;
/** No degree on the ellipsoid is longer, metres. */
const DEGREE_AT_MOST_M = 111_700;

/** A text that is not read, or is out of range. */
export class PlaceRefused extends Error {
  /** @param {string} messageKey @param {string} text */
  constructor(messageKey, text) {
    super(messageKey);
    this.messageKey = messageKey;
    this.text = text;
  }
}

/** What people and other programs write for one sign. @param {string} text */
function plainSigns(text) {
  return text.trim().replace(/[−–]/g, '-').replace(/[º˚]/g, '°').replace(/[′’ʹ`´]/g, "'").replace(/[″”“ʺ]|''/g, '"');
}

/** @param {string} text @returns {{angle: Angle, rest: string} | null} */
function readAngle(text) {
  const match = ANGLE.exec(text);
  if (!match) return null;
  const [whole, before, sign, degrees, minutes, seconds, after] = match;
  if ((before && after) || (sign && (before || after))) return null;
  const letter = (before ?? after ?? '').toUpperCase();
  const parts = [degrees, minutes, seconds].filter((part) => part !== undefined);
  // Only the last part has decimals: 44.5° 30' could mean two places.
  if (parts.slice(0, -1).some((part) => part.includes('.')) || parts.slice(1).some((part) => Number(part) >= 60)) return null;
  const value = parts.reduce((sum, part, nth) => sum + Number(part) / 60 ** nth, 0);
  const decimals = (parts.at(-1)?.split('.')[1] ?? '').length;
  const isNegative = sign === '-' || letter === 'S' || letter === 'W';
  return {
    angle: {
      degrees: isNegative ? -value : value, halfUnitDeg: 0.5 / 10 ** decimals / 60 ** (parts.length - 1),
      axis: letter === '' ? '' : 'NS'.includes(letter) ? 'lat' : 'lon', isSigned: Boolean(sign),
    },
    rest: text.slice(whole.length),
  };
}

/**
 * Read a position. Latitude comes first, unless letters or the range say otherwise.
 * @param {string} text @returns {TypedPlace} `resolution_m`: how far the place may lie from what was meant, by the digits written
 * @throws {PlaceRefused}
 */
export function typedPlace(text) {
  const plain = plainSigns(text);
  if (!plain) throw new PlaceRefused('place_empty', text);
  if (ONE_COMMA.test(plain)) throw new PlaceRefused('place_comma', text);
  const first = readAngle(plain);
  const second = first && readAngle(first.rest.replace(/^\s*[,;]?\s*/, ''));
  if (!first || !second || second.rest.trim()) throw new PlaceRefused('place_unread', text);
  let [lat, lon] = [first.angle, second.angle];
  if (Boolean(lat.axis) !== Boolean(lon.axis) || (lat.axis && lat.axis === lon.axis)) throw new PlaceRefused('place_unread', text);
  if (lat.axis === 'lon' || (!lat.axis && Math.abs(lat.degrees) > 90)) [lat, lon] = [lon, lat];
  if (Math.abs(lat.degrees) > 90 || Math.abs(lon.degrees) > 180) throw new PlaceRefused('place_range', text);
  const shrinks = Math.cos((lat.degrees * Math.PI) / 180);
  const resolution_m = DEGREE_AT_MOST_M * Math.hypot(lat.halfUnitDeg, lon.halfUnitDeg * shrinks);
  return {lon_deg: lon.degrees, lat_deg: lat.degrees, resolution_m, isOrderAssumed: !lat.axis};
}

/**
 * Read an accuracy in metres; null where none is typed.
 * @param {string} text @returns {number | null} @throws {PlaceRefused}
 */
export function typedAccuracy(text) {
  if (!text.trim()) return null;
  const metres = Number(text);
  if (!(metres >= 0 && metres <= 100_000)) throw new PlaceRefused('accuracy_unread', text);
  return metres;
}
