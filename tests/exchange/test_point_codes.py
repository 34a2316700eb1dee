"""Corners that the codes of a survey tell."""

import itertools
import json
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from merestone.exchange import import_file
from merestone.exchange.meaning.point_codes import Coded, point_code
from merestone.register import Register
from merestone.terms import RecordKind

# An outline that turns inward at its third corner, so that the order of its corners matters.
CORNERS = [(17.10, 44.90), (17.12, 44.90), (17.11, 44.905), (17.12, 44.92), (17.10, 44.92)]
OUTLINE = shapely.Polygon(CORNERS)
CODES = [
    "bnd", "BDY", "boundary", "corner", "TP", "perimeter", "BND ST", "MFB", "Minefield boundary", "граница", "межа",
    "granica", "međa", "Grenzpunkt", "limite", "lindero", "hranice", "kufiri", "sınır", "حدود", "boundry", "bdn",
]  # fmt: skip

HEADERS = ["name,lat,lon,code", "P,N,E,D", "Point no,lat,lon,Feature Code", "id,lat,lon,опис"]


def records_of(tmp_path: Path, text: str, suffix: str = ".csv", path: Path | None = None, **more: Any) -> list[Any]:
    if path is None:
        path = tmp_path / f"survey{suffix}"
        path.write_text(text, encoding="utf-8")
    asked: dict[str, Any] = {"kind": RecordKind.SUSPECTED, "source": "a test", "accuracy_m": 25.0, "by": "tester"}
    with Register.create(tmp_path / "register.gpkg") as register:
        import_file(register, path, **(asked | more))
        return list(register.as_of().records)


def table(names: list[str], codes: list[str], places: list[tuple[float, float]], header: str) -> str:
    rows = [f"{name},{lat},{lon},{code}" for name, (lon, lat), code in zip(names, places, codes, strict=True)]
    return "\n".join([header, *rows]) + "\n"


def areas(records: list[Any]) -> list[Any]:
    return [record.geometry for record in records if record.geometry.geom_type == "Polygon"]


@pytest.mark.parametrize(("code", "header"), list(zip(CODES, itertools.cycle(HEADERS), strict=False)))
def test_points_coded_as_a_boundary_are_one_outline_in_the_order_of_their_numbers(
    tmp_path: Path, code: str, header: str
) -> None:
    """2026-11-29: `MF1` to `MF4` with the code `bnd` were four points, and the middle was answered none recorded."""
    names = [f"{'' if header.startswith('Point no') else 'MF'}{n}" for n in (1, 3, 5, 2, 4)]
    places = [CORNERS[n - 1] for n in (1, 3, 5, 2, 4)]
    [record] = records_of(tmp_path, table(names, [code] * 5, places, header))
    assert record.geometry.normalize() == OUTLINE.normalize()


@pytest.mark.parametrize("other", ["BM", "TBM1", "control", "GCP", "репер", "kontrolna", "STN"])
def test_points_of_the_control_network_are_never_corners(tmp_path: Path, other: str) -> None:
    names, codes = [f"MF{n}" for n in range(1, 7)], ["bnd"] * 5 + [other]
    [record] = records_of(tmp_path, table(names, codes, [*CORNERS, (17.2, 44.95)], "name,lat,lon,code"))
    assert record.geometry.normalize() == OUTLINE.normalize()
    assert record.attributes["benchmark"] == [17.2, 44.95]


@pytest.mark.parametrize("form", ["names", "codes"])
def test_the_stem_of_the_name_or_the_number_of_the_code_tells_outlines_apart(tmp_path: Path, form: str) -> None:
    places = [*CORNERS, *((lon + 0.05, lat) for lon, lat in CORNERS)]
    owners = [1] * 5 + [2] * 5
    names = [f"MF{owner}-{n % 5 + 1}" if form == "names" else f"{n + 1}" for n, owner in enumerate(owners)]
    codes = [f"BND{owner}" if form == "codes" else "BND" for owner in owners]
    records = records_of(tmp_path, table(names, codes, places, "name,lat,lon,code"))
    assert len(records) == 2
    assert all(a.equals(b) for a, b in zip(areas(records), (OUTLINE, shapely.Polygon(places[5:])), strict=True))


def test_what_is_coded_as_another_thing_stays_a_place_of_its_own_and_a_blank_code_of_the_stem_is_a_corner(
    tmp_path: Path,
) -> None:
    names = [f"MF{n}" for n in range(1, 6)] + ["T1"]
    codes = ["bnd", "bnd", "bnd", "", "bnd", "tree"]
    records = records_of(tmp_path, table(names, codes, [*CORNERS, (17.3, 44.9)], "name,lat,lon,code"))
    assert {record.geometry.geom_type for record in records} == {"Polygon", "Point"}
    assert areas(records)[0].covers(OUTLINE)


@pytest.mark.parametrize("code", ["fence", "ograda", "stake", "знак", "tape"])
def test_marks_that_may_run_along_the_boundary_warn_of_all_between_them_and_are_told(tmp_path: Path, code: str) -> None:
    text = table([f"MF{n}" for n in range(1, 6)], [code] * 5, CORNERS, "name,lat,lon,code")
    [record] = records_of(tmp_path, text)
    assert record.geometry.covers(OUTLINE)
    (tmp_path / "released").mkdir()
    released = records_of(tmp_path / "released", text, kind=RecordKind.CLEARED)
    assert not areas(released)  # what may be corners releases no land


def test_names_that_give_no_order_keep_the_ground_between_all_of_them(tmp_path: Path) -> None:
    names = ["x", "gate", "y1", "z9", "old"]
    places = [CORNERS[n] for n in (2, 0, 4, 1, 3)]
    [record] = records_of(tmp_path, table(names, ["bnd"] * 5, places, "name,lat,lon,code"))
    assert record.geometry.buffer(1e-9).covers(OUTLINE.convex_hull)


def test_geojson_gpx_and_kml_keep_codes_too(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"name": f"MF{n}", "code": "bnd"},
         "geometry": {"type": "Point", "coordinates": place}}
        for n, place in enumerate(CORNERS, start=1)
    ]  # fmt: skip
    texts = {
        ".geojson": json.dumps({"type": "FeatureCollection", "features": features}),
        ".gpx": "<gpx version='1.1' xmlns='http://www.topografix.com/GPX/1/1'>"
        + "".join(
            f"<wpt lat='{lat}' lon='{lon}'><name>MF{n}</name><desc>bnd</desc></wpt>"
            for n, (lon, lat) in enumerate(CORNERS, start=1)
        )
        + "</gpx>",
        ".kml": "<kml xmlns='http://www.opengis.net/kml/2.2'><Document>"
        + "".join(
            f"<Placemark><name>MF{n}</name><description>bnd</description><Point><coordinates>{lon},{lat}</coordinates>"
            "</Point></Placemark>"
            for n, (lon, lat) in enumerate(CORNERS, start=1)
        )
        + "</Document></kml>",
    }
    for suffix, text in texts.items():
        folder = tmp_path / suffix[1:]
        folder.mkdir()
        [record] = records_of(folder, text, suffix)
        assert record.geometry.normalize() == OUTLINE.normalize(), suffix


def test_every_word_for_a_boundary_is_one_and_no_word_for_control_is() -> None:
    words = ("tree", "bld", "road", "house", "well", "UXO", "PMA-2", "crater", "")
    assert {point_code(word).coded for word in words} <= {Coded.OTHER, Coded.BLANK}
    for word, end in itertools.product(CODES, ("", " 3", "_ST", "-CLS")):
        assert point_code(word + end).coded is Coded.BOUNDARY, word + end


def test_a_boundary_is_found_below_thousands_of_other_points(tmp_path: Path) -> None:
    """2026-11-29: codes of the first 2,000 points alone were looked at, and the corners below were points."""
    above = 2_100
    names = [f"T{n}" for n in range(above)] + [f"MF{n}" for n in range(1, 6)]
    places = [(17.2 + n * 1e-5, 44.95) for n in range(above)] + CORNERS
    codes = ["tree"] * above + ["bnd"] * 5
    [area] = areas(records_of(tmp_path, table(names, codes, places, "name,lat,lon,code")))
    assert area.normalize() == OUTLINE.normalize()


@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile", "OpenFileGDB", "FlatGeobuf"])
def test_a_layer_of_coded_points_is_one_outline_in_every_format(tmp_path: Path, driver: str) -> None:
    """As total stations and GIS programs give them; the oracle is the same outline as CSV."""
    ends = {"GPKG": "gpkg", "ESRI Shapefile": "shp", "OpenFileGDB": "gdb", "FlatGeobuf": "fgb"}
    path = tmp_path / f"survey.{ends[driver]}"
    names, codes = ["MF3", "MF1", "BM1", "MF5", "MF2", "MF4", "T1"], ["bnd", "bnd", "BM", "bnd", "bnd", "bnd", "tree"]
    places = [*(CORNERS[int(name[2]) - 1] if name[:2] == "MF" else (17.13, 44.93) for name in names)]
    frame = geopandas.GeoDataFrame(
        {"name": names, "code": codes}, geometry=[shapely.Point(*place) for place in places], crs="EPSG:4326"
    )
    frame.to_file(path, driver=driver, engine="pyogrio")
    made = records_of(tmp_path, "", path=path)
    [area] = areas(made)
    assert area.normalize().equals_exact(OUTLINE.normalize(), 1e-7)  # a geodatabase rounds
    assert len(made) == 2  # the tree is a place of its own, as the row says
