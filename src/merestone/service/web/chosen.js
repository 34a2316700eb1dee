// @ts-check
// What was chosen in the list, ringed on the map at every zoom, also where squares count the areas.

/** The layers of the rings, above the areas. */
export const CHOSEN_LAYERS = ['chosen-halo', 'chosen-line', 'chosen-point'];

/** @param {import('./vendor/maplibre-gl/maplibre-gl.mjs').Map} map @param {string[]} recordIds @param {string} times The times in the address, as a query. */
export async function ringChosen(map, recordIds, times) {
  if (!recordIds.length) return;
  const asked = new URLSearchParams([...new URLSearchParams(times), ...recordIds.map((id) => ['chosen', id])]);
  const response = await fetch(`/areas/chosen?${asked}`);
  if (!response.ok) throw new Error((await response.json()).detail);
  const data = await response.json();
  map.addSource('chosen', {type: 'geojson', data});
  map.addLayer({id: 'chosen-halo', type: 'line', source: 'chosen', paint: {'line-color': '#ffffff', 'line-width': 9, 'line-opacity': 0.8}}, 'place');
  map.addLayer({id: 'chosen-line', type: 'line', source: 'chosen', paint: {'line-color': '#17566b', 'line-width': 5}}, 'place');
  map.addLayer({
    id: 'chosen-point', type: 'circle', source: 'chosen', filter: ['==', ['geometry-type'], 'Point'],
    paint: {'circle-radius': 12, 'circle-opacity': 0, 'circle-stroke-color': '#17566b', 'circle-stroke-width': 4},
  }, 'place');
}
