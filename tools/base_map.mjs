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

write('land.geojson', feature(topology, topology.objects.land).features.map((land) => one(land.geometry)));
write('borders.geojson', [one(mesh(topology, topology.objects.countries, (a, b) => a !== b))]);
