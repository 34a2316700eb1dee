// @ts-check
// How accurate a device says that its position is, and how accurate it is taken to be.

/**
 * From the radius that a device states to the one that holds 95 % of positions. The Geolocation API asks for 95 %, but browsers hand on what
 * the system says: Android the radius that holds 68 % (`Location.getAccuracy`), Apple's systems the root mean square of the distance, which
 * holds 63 to 68 %. Twice the latter holds 95 %, also of errors along one line (Python's `DRMS_TO_95`; the former would need `ANDROID_TO_95`).
 */
const DEVICE_TO_95 = 2;
/** From the radius that holds 68 % of positions, as Android states it and a program that runs there writes it, to the one that holds 95 %. */
export const ANDROID_TO_95 = 1.63;

/**
 * The radius in metres that holds 95 % of positions; null where the device states none.
 * @param {Pick<GeolocationCoordinates, 'accuracy'>} coords
 */
export const accuracyOf = ({accuracy}) => (Number.isFinite(accuracy) && accuracy >= 0 ? DEVICE_TO_95 * accuracy : null);
