// The small base map: land and borders of Natural Earth 1:50m (public domain), out of world-atlas's TopoJSON.
import {readFileSync, writeFileSync} from 'node:fs';
import {feature, mesh} from 'topojson-client';

const folder = process.argv[2];
const topology = JSON.parse(readFileSync('node_modules/world-atlas/countries-50m.json', 'utf8'));
const rounded = (value) => Math.round(value * 1000) / 1000; // the source is quantised to 0.0036 degrees
const round = (coordinates) => (typeof coordinates[0] === 'number' ? coordinates.map(rounded) : coordinates.map(round));
const one = (geometry) => ({type: 'Feature', properties: {}, geometry: {...geometry, coordinates: round(geometry.coordinates)}});
const write = (name, features) =>
  writeFileSync(`${folder}/${name}`, JSON.stringify({type: 'FeatureCollection', features}) + '\n');

/** A ring without leaps at the antimeridian: its longitudes go on beyond 180. */
function unrolled(ring) {
  let turns = 0;
  return ring.map(([lon, lat], at) => {
    const step = at ? lon - ring[at - 1][0] : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step) * 360;
    return [lon + turns, lat];
  });
}

/** What of a ring lies on one side of a meridian; closed. (Sutherland and Hodgman, 1974.) */
function clipped(ring, lon, side) {
  const kept = [];
  for (let at = 1; at < ring.length; at++) {
    const [from, to] = [ring[at - 1], ring[at]];
    const [isFrom, isTo] = [from, to].map((point) => side * (point[0] - lon) >= 0);
    if (isFrom !== isTo) kept.push([lon, from[1] + ((lon - from[0]) / (to[0] - from[0])) * (to[1] - from[1])]);
    if (isTo) kept.push(to);
  }
  return kept.length ? [...kept, kept[0]] : kept;
}

/**
 * A polygon cut at the antimeridian, as RFC 7946 (3.1.9) has it: uncut, a ring that leaps there is drawn as a band around
 * the whole world. One that runs around the south pole is closed along 90 degrees south; its hole there is none.
 */
function cut(polygon) {
  const leaps = (ring) => ring.some(([lon], at) => at && Math.abs(lon - ring[at - 1][0]) > 180);
  if (!polygon.some(leaps)) return [polygon];
  const rings = polygon.filter((ring) => ring.some(([, lat]) => lat > -89.9)).map(unrolled);
  for (const ring of rings) {
    const [first, last] = [ring[0], ring[ring.length - 1]];
    if (first[0] !== last[0]) ring.push([last[0], -90], [first[0], -90], first);
  }
  return [-360, 0, 360]
    .map((turn) => rings.map((ring) => clipped(clipped(ring, turn - 180, 1), turn + 180, -1).map(([lon, lat]) => [lon - turn, lat])))
    .map((parts) => parts.filter((ring) => ring.some(([lon]) => lon !== ring[0][0])))
    .filter((parts) => parts.length);
}

const whole = ({type, coordinates}) => ({type, coordinates: coordinates.flatMap(cut)});
write('land.geojson', feature(topology, topology.objects.land).features.map((land) => one(whole(land.geometry))));
write('borders.geojson', [one(mesh(topology, topology.objects.countries, (a, b) => a !== b))]);
