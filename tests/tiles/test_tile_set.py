"""No tile leaves a record out, at any zoom; a hazard in it is never smaller than it is, and released land never larger.

What a tile holds is read with mapbox-vector-tile and GDAL, and compared with the textbook's Mercator.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from shapely.geometry.base import BaseGeometry

from merestone.terms import FieldRefused
from merestone.tiles import LATITUDE_MOST_DEG, TileAddress, TileSet
from tests.tiles.drawn import EDGE_DEG, Asked, areas, asked, box_of, cut, read, tile_of, truth, turned, units

WORDS: dict[str, str | bool] = {"kind": "suspected", "is_hazard": True}


def tile_set(shapes: Sequence[BaseGeometry], *, hazards: bool = True) -> TileSet:
    properties: list[dict[str, str | bool | int | float]] = [
        {"record_id": f"R-{number}", **WORDS} for number in range(len(shapes))
    ]
    return TileSet(shapes, [hazards] * len(shapes), properties, ["suspected"] * len(shapes))


@settings(max_examples=120, deadline=None)
@given(asked(areas()))
def test_every_record_is_in_every_tile_that_it_touches_and_lies_within_its_outline_there(given: Asked) -> None:
    found = read(tile_set(given.shapes).tile(TileAddress(*given.tile)))
    shown = {feature["properties"]["record_id"]: feature for feature in found}
    assert len(shown) == len(found)
    for number, shape in enumerate(given.shapes):
        if not shape.intersects(shapely.box(*box_of(*given.tile))):
            continue
        feature = shown[f"R-{number}"]
        assert feature["id"] == number
        assert feature["properties"] == {"record_id": f"R-{number}", **WORDS}
        drawn = feature["shape"]
        assert drawn.is_valid
        assert drawn.geom_type in ("Polygon", "MultiPolygon")
        assert drawn.covers(truth(shape, *given.tile))
        west, south, east, north = drawn.bounds
        assert min(east - west, north - south) >= 2
        assert max(east - west, north - south) >= 16, "a small hazard is two pixels wide"


@settings(max_examples=70, deadline=None)
@given(asked(areas()))
def test_outline_reaches_little_farther_than_the_true_one(given: Asked) -> None:
    zoom, column, row = given.tile
    for feature in read(tile_set(given.shapes).tile(TileAddress(*given.tile))):
        shape = given.shapes[feature["id"]]
        around = shapely.box(-4096.0, -4096.0, 8192.0, 8192.0)
        shifted = [turned(shape, by) for by in (-360.0, 0.0, 360.0)]
        west, south, east, north = box_of(*given.tile)
        wide = shapely.box(2 * west - east, max(2 * south - north, -86), 2 * east - west, min(2 * north - south, 86))
        near = shapely.segmentize(shapely.union_all([one.intersection(wide) for one in shifted]), (north - south) / 200)
        plane = shapely.transform(near, lambda places: units(places, zoom, column, row))
        assert plane.buffer(20).covers(feature["shape"].intersection(around))


@settings(max_examples=70, deadline=None)
@given(asked(areas()))
def test_released_land_is_in_every_tile_that_it_touches_and_never_larger_than_it_is(given: Asked) -> None:
    found = read(tile_set(given.shapes, hazards=False).tile(TileAddress(*given.tile)))
    assert {feature["id"] for feature in found} >= {
        number for number, shape in enumerate(given.shapes) if shape.intersects(shapely.box(*box_of(*given.tile)))
    }
    for feature in found:
        is_mark = feature["properties"].get("is_mark", False)
        assert is_mark is (feature["shape"].geom_type == "Point")
        within = feature["shape"].intersection(shapely.box(0, 0, 4096, 4096))
        if not is_mark and not within.is_empty:
            assert truth(given.shapes[feature["id"]], *given.tile).buffer(1e-4).covers(within)


@settings(max_examples=25, deadline=None)
@given(asked(areas()))
def test_cells_together_contain_the_outlines_and_count_each_record_that_touches_them(given: Asked) -> None:
    cells = read(tile_set(given.shapes).cells(TileAddress(*given.tile)), "cells")
    whole = shapely.union_all([cell["shape"] for cell in cells])
    # An outline that ends at the antimeridian touches the tile on its other side, too.
    around = [shapely.union_all([turned(shape, by) for by in (-360.0, 0.0, 360.0)]) for shape in given.shapes]
    parts = [truth(shape, *given.tile) for shape in around]
    for part in parts:
        assert part.is_empty or whole.buffer(1e-4).covers(part), "a ten-thousandth of a unit is floating point's"
    for cell in cells:
        count = cell["properties"]["count"]
        assert cell["properties"] == {"count": count, "suspected": count}
        touching = sum(part.intersects(cell["shape"]) for part in parts if not part.is_empty)
        about = sum(part.intersects(cell["shape"].buffer(0.5)) for part in parts if not part.is_empty)
        assert touching <= count <= max(about, touching)


@settings(max_examples=60, deadline=None)
@given(asked(areas()))
def test_lines_and_points_are_never_left_out(given: Asked) -> None:
    lines = [shapely.LineString(shapely.get_coordinates(shape)[:3]) for shape in given.shapes]
    points = [shapely.MultiPoint(shapely.get_coordinates(shape)[:2]) for shape in given.shapes]
    box = shapely.box(*box_of(*given.tile))
    found = {
        feature["id"]: feature["shape"] for feature in read(tile_set([*lines, *points]).tile(TileAddress(*given.tile)))
    }
    for number, line in enumerate(lines):
        assert not line.intersects(box) or found[number].covers(truth(line, *given.tile))
    for number, several in enumerate(points, len(lines)):
        if several.intersects(box):
            for place in shapely.get_parts(truth(several, *given.tile)):
                assert found[number].distance(place) <= 0.71


@pytest.mark.parametrize("zoom", range(23))
def test_a_hundred_metres_are_seen_at_every_zoom(zoom: int) -> None:
    """2026-11-28: tippecanoe 2.72 with its defaults shows such an area from zoom 7 on, DuckDB 1.5.5 from a pixel on."""
    shape = shapely.box(17.0214, 45.2117, 17.0227, 45.2126)
    (feature,) = read(tile_set([shape]).tile(TileAddress(*tile_of(17.022, 45.212, zoom))))
    assert feature["shape"].covers(truth(shape, *tile_of(17.022, 45.212, zoom)))


def test_gdal_reads_the_same(tmp_path: Path) -> None:
    shapes = [
        shapely.box(17.02, 45.21, 17.06, 45.25),
        shapely.Point(17.03, 45.22),
        shapely.box(17.0, 45.2, 17.00001, 45.20001),
    ]
    address = TileAddress(*tile_of(17.03, 45.22, 9))
    file = tmp_path / "tile.mvt"
    file.write_bytes(tile_set(shapes).tile(address))
    frame = pyogrio.read_dataframe(file, layer="records", fid_as_index=True)
    assert list(frame["record_id"]) == ["R-0", "R-1", "R-2"]
    assert list(frame["is_hazard"].astype(int)) == [1, 1, 1]
    for shape, drawn in zip(shapes, frame.geometry, strict=True):
        # GDAL counts y from the south of the tile.
        plane = shapely.transform(drawn, lambda places: np.column_stack([places[:, 0], 4096 - places[:, 1]]))
        part = truth(shape, address.zoom, address.column, address.row)
        assert plane.distance(part) <= 0.71
        assert plane.covers(part) or plane.geom_type == "Point"


def test_area_over_the_antimeridian_has_no_seam() -> None:
    shape = cut(shapely.box(179.9, 10.0, 180.1, 10.2))
    for zoom in range(23):
        for lon in (-180.0, 180.0):
            address = TileAddress(*tile_of(lon, 10.1, zoom))
            (feature,) = read(tile_set([shape]).tile(address))
            edge = units([lon, 10.1], address.zoom, address.column, address.row)[0]
            west, east = feature["shape"].intersection(shapely.box(-200, edge[1] - 2, 4296, edge[1] + 2)).bounds[::2]
            assert (west if lon < 0 else east) != pytest.approx(edge[0], abs=4), "cut at the antimeridian"


ON_THE_ANTIMERIDIAN = (
    shapely.Point(180, 10.1),
    shapely.Point(-180, 10.1),
    shapely.MultiPoint([(180, 10.1), (-180, 10.1)]),
    shapely.MultiPoint([(180, 10.1), (5, 5)]),
    shapely.MultiPoint([(-180, 10.1), (5, 5)]),
    shapely.LineString([(180, 10.09), (180, 10.11)]),
    shapely.box(179.999, 10.099, 180, 10.101),
    shapely.box(-180, 10.099, -179.999, 10.101),
    cut(shapely.box(179.99999, 10.09999, 180.00001, 10.10001)),
)


@pytest.mark.parametrize("zoom", [0, 1, 7, 14, 22])
def test_what_lies_on_the_antimeridian_is_in_the_tiles_of_both_sides(zoom: int) -> None:
    tiles = tile_set(ON_THE_ANTIMERIDIAN)
    for lon in (-180.0, 180.0 - 1e-9):
        address = tile_of(lon, 10.1, zoom)
        drawn = {feature["id"]: feature["shape"] for feature in read(tiles.tile(TileAddress(*address)))}
        counts = [cell["properties"]["count"] for cell in read(tiles.cells(TileAddress(*address)), "cells")]
        assert max(counts) == len(ON_THE_ANTIMERIDIAN)
        for number, shape in enumerate(ON_THE_ANTIMERIDIAN):
            part = truth(shapely.union_all([turned(shape, by) for by in (-360.0, 0.0, 360.0)]), *address)
            assert not part.is_empty
            if shape.geom_type.endswith("Point"):
                assert all(drawn[number].distance(place) <= 0.71 for place in shapely.get_parts(part))
            else:
                assert drawn[number].covers(part)


def test_what_lies_beyond_the_square_is_counted() -> None:
    assert pytest.approx(LATITUDE_MOST_DEG, abs=1e-12) == EDGE_DEG
    tiles = tile_set([shapely.box(10, 84.9, 11, 86), shapely.Point(0, -89), shapely.box(10, 10, 11, 11)])
    assert tiles.beyond_count == 2
    assert [feature["id"] for feature in read(tiles.tile(TileAddress(0, 0, 0)))] == [0, 2]


def test_no_records_are_empty_tiles() -> None:
    tiles = tile_set([])
    assert tiles.tile(TileAddress(0, 0, 0)) == tiles.cells(TileAddress(0, 0, 0)) == b""
    assert (tiles.readable_from(10), tiles.beyond_count) == (0, 0)


def test_outlines_are_readable_once_no_tile_has_too_many() -> None:
    places = [shapely.box(lon, 10.0, lon + 0.001, 10.001) for lon in np.arange(0.1, 10.1, 0.1)]
    tiles = tile_set(places)
    zoom = tiles.readable_from(10)
    assert 0 < zoom < 22
    fullest = {
        level: max(len(tiles.records_in(TileAddress(*tile_of(place.bounds[0], 10.0, level)))) for place in places)
        for level in (zoom - 1, zoom)
    }
    assert fullest[zoom] <= 13, "the buffer may hold some more"
    assert fullest[zoom - 1] > 10
    assert tiles.readable_from(100) == 0


@pytest.mark.parametrize("address", [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_tile_that_does_not_exist_is_refused(address: tuple[int, int, int]) -> None:
    with pytest.raises(FieldRefused, match="give 0 to"):
        TileAddress(*address)


def test_real_outlines(bih_folder: Path) -> None:
    """The Bosnian suspected areas, if they are here: all in the tile of the world, and each contained where it lies."""
    features = json.loads((bih_folder / "suspect_areas_simplyfied.geojson").read_text())["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features if feature["geometry"]]
    shapes = [shapely.make_valid(shape) for shape in shapes if not shape.is_empty]
    tiles = tile_set(shapes)
    assert len(read(tiles.tile(TileAddress(0, 0, 0)))) == len(shapes)
    for number in range(500, len(shapes), 2500):
        lon, lat = shapely.get_coordinates(shapes[number])[0]
        for zoom in (9, 13, 22):
            address = tile_of(lon, lat, zoom)
            drawn = {feature["id"]: feature["shape"] for feature in read(tiles.tile(TileAddress(*address)))}
            assert drawn[number].covers(truth(shapes[number], *address))
