// @ts-check
// Where the tiles of recorded areas are: outlines, and squares that count them (merestone/service/map_tiles.py).
export const TILES = {records: '/ogc/tiles/WebMercatorQuad', cells: '/ogc/density/tiles/WebMercatorQuad'};
