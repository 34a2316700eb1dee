"""No raw error of a library reaches a person at the desk, whatever stands in a field; and nothing else of it is lost.

2026-11-28, found by reviewers: a whole-world polygon was answered with "cannot convert float NaN to integer", a
coordinate of 1e300 with "repeats may not contain negative values.", GeoJSON with the words of a C++ library, and one
coordinate of 1e9 asked for 30 GB of memory.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from merestone.register.programme.kind import kind_of_layer
from merestone.service.correction_pages import PAGE
from merestone.service.draft_form import OWN, asked, layers, read
from merestone.terms import RecordKind
from tests.service.test_desk_pages import FILLED, Desk

RAW = re.compile(
    r"Exception|\w+Error\b|Traceback|json\.|NoneType|object has no|numpy|shapely|GEOS|to integer|repeats may"
    r"|\bNone\b(?! waits)|unpack|recursion|Expecting|valid Visibility|Input should be|\bint\(|\bfloat\(|decod"
    r"|site-packages|\.py\b"
)
TEXTS = (
    "x", "\x00", "\u202e abc", "\u0661\u0662", "1e300", "1e999", "-1e300", "nan", "inf", "-5", "9" * 400, "1_000",
    "1,5", "0x10", "\u00bd", "99999999999", "null", "[]", "{}", "'; DROP TABLE x;--", "<b>", "0001-01-01", "9999-12-31",
    "2026-02-30", "10000-01-01", "2026-W01-1", "a;b;;c", ";", "91 N, 0 E", "NaN, NaN", "1e400, 1e400", "D-0", "\n",
    "a" * 9000,
)  # fmt: skip


def polygon(*ring: Any) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


OUTLINES = (
    polygon([-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]),
    polygon([0, 0], [1e300, 0], [1e300, 1e300], [0, 0]), polygon([0, 0], [1e9, 0], [1e9, 1e9], [0, 0]),
    polygon([0, 0], [0, 10**400], [1, 1], [0, 0]), polygon([0, 0], [1, 1], [0, 0]), polygon([0, 0]), polygon(),
    polygon(["a", "b"], [1, 1], [1, 0]), polygon([0], [1], [2], [0]), polygon([None, 0], [1, 0], [1, 1], [None, 0]),
    polygon([0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]), polygon([True, False], [1, 0], [1, 1], [0, 0]),
    polygon([179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]), polygon([0, 0], [2, 2], [2, 0], [0, 2], [0, 0]),
    '{"type":"Polygon","coordinates":[[[NaN,0],[1,1],[0,1],[NaN,0]]]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1e999,1],[1,1],[0,0]]]}',
    '{"type":"GeometryCollection","geometries":[]}', '{"type":"FeatureCollection","features":[]}',
    '{"type":"FeatureCollection","features":[1]}', '{"type":"FeatureCollection"}', '{"type":"Feature"}',
    '{"type":"Banana","coordinates":[]}', '{"type":1}', '{"a":', '{"type":"Polygon","coordinates":5}',
    '{"type":"Point","coordinates":{"x":1}}', '{"crs":5,"type":"Polygon","coordinates":[]}', "[" * 20_000,
    '{"a":' * 20_000,
    "1" * 5000, "{" + "1" * 5000 + "}", "POLYGON ((0 0, 1 0", "POLYGON ((0 0, 1 0, 1 1, 0 0))", "SRID=32633;POINT(1 1)",
    "CURVEPOLYGON(CIRCULARSTRING(0 0, 1 1, 2 0, 1 -1, 0 0))", "POINT Z (1 2)", "0,0\n0,0\n0,0",
    "0,0\n95,1", "89.9,0\n89.9,120\n89.9,-120",
)  # fmt: skip


@pytest.mark.parametrize("layer", layers())
def test_each_field_of_each_form_is_refused_in_our_own_words(layer: RecordKind) -> None:
    kind = kind_of_layer(layer)
    place = FILLED["geometry"] if "polygon" in kind.geometry else "0.2 N, 0.1 E"
    base = {**FILLED, "geometry": place}
    own = [OWN + field.name for field in asked(kind)]
    for name in ("accuracy_m", "true_from", "true_until", "visibility", "why", "source", "geometry", *own):
        for text in (*TEXTS, *(OUTLINES if name == "geometry" else ())):
            told = read(layer, {field: [value] for field, value in {**base, name: text}.items()})
            assert (told.entry is None) is bool(told.faults)
            for words in (*told.faults.values(), *told.advice):
                assert not RAW.search(words.replace(text[:60], "")), f"{name} = {text[:60]!r}: {words}"
                assert len(words) < 1000 + len(text)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def words_of(page: str) -> str:
    """What a person reads of a page, without what they typed themselves."""
    return re.sub(r"<textarea.*?</textarea>|<[^>]*>", " ", page, flags=re.DOTALL)


@pytest.mark.parametrize("outline", OUTLINES[:4] + OUTLINES[11:14], ids=range(7))
def test_an_outline_is_refused_or_its_draft_can_be_looked_at_and_published(desk: Desk, outline: str) -> None:
    done = desk.post("anna", "/desk/new/suspected", **{**FILLED, "geometry": outline, "own.name": "typed before"})
    if done.status_code == 400:
        assert not RAW.search(words_of(done.text))
        assert "typed before" in done.text
        return
    path = done.headers["location"]
    for place in (path, f"{path}/form", "/desk"):
        page = desk.at("anna").get(place)
        assert page.status_code == 200
        assert not RAW.search(words_of(page.text))
    desk.walk(path.rpartition("/")[2], until="published")
    for place in (
        "/",
        "/areas",
        "/map-data",
        "/ogc/collections/suspected/items",
        "/check.json?lon=0.1&lat=0&accuracy_m=5",
    ):
        assert desk.browser().get(place).status_code == 200, place


def test_odd_values_in_what_a_page_carries_are_refused_in_words(desk: Desk) -> None:
    draft_id = desk.drafted()
    seen = str(desk.seq(draft_id))
    sent = {"seen": seen, "to": "submitted", "why": "typed before", "source": "operations", **FILLED}
    corrections = {"import": "x", "row": "x", "as": "no_record", "record": "X", "side": "x"}
    for field in ("seen", "to", "key", "form", "person", "import", "row", "as", "record", "side", "layer"):
        for text in ("\x00", "\u0661", "9" * 40, "-1", "<b>", "a" * 3000, "\U0001f600"):
            for name, path in (
                ("anna", f"/desk/{draft_id}/step"),
                ("diana", f"{PAGE}/settle"),
                ("diana", f"{PAGE}/resolve"),
            ):
                if (field in corrections) is not path.startswith(PAGE) and field not in ("key", "form", "person"):
                    continue
                done = desk.post(
                    name, path, **{**sent, **corrections, "why": "typed before", "to": "nowhere", field: text}
                )
                assert done.status_code in (400, 403, 404, 409), f"{path}: {field} = {text[:20]!r}"
                assert not RAW.search(words_of(done.text).replace(text, "")), f"{path}: {field} = {text[:20]!r}"


@pytest.mark.parametrize(
    "piece", ["%00", "%ff", "..", "x" * 3000, "D-0", "%F0%9F%98%80", "1e300", "%0d%0aX:y", "suspected%20"]
)
def test_odd_paths_are_refused_in_words(desk: Desk, piece: str) -> None:
    for start in ("/desk/", "/desk/new/", "/desk/revise/"):
        for end in ("", "/form"):
            told = desk.at("anna").get(f"{start}{piece}{end}")
            assert told.status_code in (200, 303, 400, 404, 405)
            assert not RAW.search(words_of(told.text).replace(piece, ""))
