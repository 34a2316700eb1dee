"""An exported archive of tiles leaves no record out and draws no hazard smaller, at any zoom; GDAL reads the same."""

import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from pmtiles.reader import MmapSource, Reader, all_tiles
from shapely.geometry.base import BaseGeometry

from merestone.cli.main import merestone
from merestone.exchange import Feature, publish_layer, read, watched
from merestone.exchange.publication.tile_archive import LAST_ZOOM, TileArchive
from merestone.register import EXACT, PUBLIC, Entry, Register
from merestone.terms import FileRefused, RecordKind, Visibility
from tests.tiles.drawn import Asked, areas, asked, box_of, tile_of, truth
from tests.tiles.drawn import read as read_tile


def test_progress_goes_to_the_end_and_never_back(register: Register, tmp_path: Path) -> None:
    """2026-11-29: 100,000 areas took three minutes without a word."""
    said: list[tuple[int, int | None]] = []
    with watched(lambda done, total: said.append((done, total))):
        publish_layer(register.as_of(viewer=PUBLIC), tmp_path / "tiles.pmtiles")
    done = [at for at, _ in said]
    assert done == sorted(done)
    assert len(set(done)) > LAST_ZOOM
    assert (done[0], done[-1]) == (0, said[-1][1])
    count = len(said)
    publish_layer(register.as_of(viewer=PUBLIC), tmp_path / "unwatched.pmtiles")
    assert len(said) == count, "nobody watches any more"


SMALL = shapely.box(17.0214, 45.2117, 17.0227, 45.2126)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with Register.create(tmp_path / "register.gpkg", label="synthetic exercise data") as made:
        entries = [
            Entry(RecordKind.SUSPECTED, SMALL, 5.0, {"sheet": "secret"}, visibility=Visibility.PUBLIC),
            Entry(RecordKind.CONFIRMED, shapely.box(17.1, 45.2, 17.2, 45.3), 5.0, visibility=Visibility.RESTRICTED),
            Entry(RecordKind.ACCIDENT, shapely.Point(17.3, 45.25), 0.0, visibility=Visibility.OPEN),
            Entry(RecordKind.CLEARED, shapely.box(17.4, 45.2, 17.5, 45.3), 5.0, visibility=Visibility.PUBLIC),
        ]
        with made.batch(by="t", why="a test", source="a survey", data_on=date(2026, 5, 4)) as batch:
            for entry in entries:
                batch.record(entry)
        yield made


def tiles_of(path: Path) -> dict[tuple[int, int, int], bytes]:
    """Every tile of the archive, as the library of the format's authors reads it."""
    with path.open("rb") as file:
        return {address: gzip.decompress(content) for address, content in all_tiles(MmapSource(file))}


def metadata_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        metadata: dict[str, Any] = Reader(MmapSource(file)).metadata()
        return metadata


def feature_of(number: int, shape: BaseGeometry, kind: str) -> Feature:
    return Feature(shape, {"record_id": f"R-{number}", "kind": kind})


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked(areas().filter(lambda shape: shape.area < 1e-5)))
def test_every_tile_that_a_hazard_touches_has_it_and_contains_its_outline(tmp_path: Path, given: Asked) -> None:
    path = tmp_path / "hazards.pmtiles"
    features = [feature_of(number, shape, "suspected") for number, shape in enumerate(given.shapes)]
    TileArchive().write(path, features, layer="suspected", about={})
    tiles = tiles_of(path)
    for number, shape in enumerate(given.shapes):
        corners = np.vstack([shapely.get_coordinates(shape), shapely.get_coordinates(shape.centroid)])
        for zoom in range(LAST_ZOOM + 1):
            for address in {tile_of(lon, lat, zoom) for lon, lat in corners}:
                if not shape.intersects(shapely.box(*box_of(*address))):
                    continue
                drawn = {one["properties"]["record_id"]: one["shape"] for one in read_tile(tiles[address])}
                assert drawn[f"R-{number}"].covers(truth(shape, *address)), address


def test_public_archive_holds_what_the_public_export_shows_and_no_smaller(register: Register, tmp_path: Path) -> None:
    """2026-11-29: the service's tiles left no area out, and there was no way to give them to somebody else's map."""
    plain, path = tmp_path / "public.geojson", tmp_path / "public.pmtiles"
    snapshot = register.as_of(viewer=PUBLIC)
    publish_layer(snapshot, plain)
    report = publish_layer(snapshot, path, attribution="Exercise office")
    shown = {str(row.attributes["record_id"]): row for row in read(plain)}
    tiles = tiles_of(path)
    assert (report.format_name, report.features, len(shown)) == ("PMTiles", 4, 4)
    for zoom in range(LAST_ZOOM + 1):
        drawn: dict[str, list[tuple[tuple[int, int, int], dict[str, Any]]]] = {}
        for address, content in tiles.items():
            if address[0] == zoom:
                for feature in read_tile(content):
                    drawn.setdefault(feature["properties"]["record_id"], []).append((address, feature))
        assert set(drawn) == set(shown), f"zoom {zoom}"
        for record_id, row in shown.items():
            for address, feature in drawn[record_id]:
                assert row.geometry is not None
                part = truth(row.geometry, *address)
                if part.is_empty:  # it lies beside the tile
                    continue
                if row.attributes["kind"] == "cleared":
                    inside = feature["shape"].intersection(shapely.box(0, 0, 4096, 4096))
                    # Nothing of it may be drawn here, since released land is rounded inwards.
                    assert feature["properties"].get("is_mark") or inside.difference(part.buffer(1e-4)).is_empty
                elif feature["shape"].geom_type == "Point":
                    assert feature["shape"].distance(part) <= 0.71
                else:
                    assert feature["shape"].covers(part)
    about = metadata_of(path)
    assert about["vector_layers"][0]["id"] == "records"
    assert (about["about"]["tier"], about["attribution"]) == ("public", "Exercise office")
    assert b"secret" not in path.read_bytes() + b"".join(tiles.values()) + str(about).encode()


def test_exact_archive_has_the_columns_of_the_record(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "exact.pmtiles"
    publish_layer(register.as_of(), path, tier=EXACT, kind=RecordKind.SUSPECTED)
    (feature,) = read_tile(tiles_of(path)[tile_of(17.022, 45.212, LAST_ZOOM)])
    assert (
        feature["properties"] | {"data_on": "2026-05-04", "sheet": "secret", "is_hazard": True} == feature["properties"]
    )
    assert set(metadata_of(path)["vector_layers"][0]["fields"]) >= set(feature["properties"])


def test_gdal_finds_every_hazard_at_every_zoom(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "public.pmtiles"
    publish_layer(register.as_of(viewer=PUBLIC), path, kind=[kind for kind in RecordKind if kind.is_hazard])
    for zoom in range(LAST_ZOOM + 1):
        found = pyogrio.read_dataframe(path, layer="records", ZOOM_LEVEL=str(zoom))
        assert set(found["kind"]) == {"suspected", "confirmed", "accident"}, zoom


def test_register_without_a_record_is_an_archive_without_one(tmp_path: Path) -> None:
    path = tmp_path / "none.pmtiles"
    with Register.create(tmp_path / "empty.gpkg") as register:
        publish_layer(register.as_of(viewer=PUBLIC), path)
    assert list(tiles_of(path).values()) == [b""]


@pytest.mark.parametrize("shape", [None, shapely.Polygon(), shapely.box(10, 84, 11, 86)])
def test_what_tiles_cannot_hold_is_refused_and_not_dropped(tmp_path: Path, shape: BaseGeometry | None) -> None:
    path = tmp_path / "some.pmtiles"
    with pytest.raises(FileRefused, match=r"1 record .*\.geojson"):
        TileArchive().write(path, [Feature(shape, {}), Feature(SMALL, {})], layer="a", about={})
    assert not path.exists()


def test_same_records_make_the_same_bytes(register: Register, tmp_path: Path) -> None:
    first, second = tmp_path / "a.pmtiles", tmp_path / "b.pmtiles"
    for path in (first, second):
        publish_layer(register.as_of(viewer=PUBLIC), path)
    assert first.read_bytes() == second.read_bytes()


def test_command_names_the_ending_and_refuses_others(register: Register, tmp_path: Path) -> None:
    path = register.path
    register.close()
    done = CliRunner().invoke(merestone, ["export", str(path), "-o", str(tmp_path / "a.pmtiles")])
    assert (done.exit_code, "4 records, PMTiles, public tier" in done.output) == (0, True)
    refused = CliRunner().invoke(merestone, ["export", str(path), "-o", str(tmp_path / "a.unknown")])
    assert refused.exit_code != 0
    assert ".pmtiles (PMTiles)" in str(refused.exception)
