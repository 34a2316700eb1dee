"""What every format must do, ours or a stranger's, as checks for the tests of a package that adds one.

A format that writes gives back what it was given. Every format refuses bytes that it cannot read, by the name of the
file, and gives a row for each row. In your own tests, with pytest:

    from merestone.exchange.formats.contract import CHECKS, check_cut_off

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check, tmp_path):
        check(MyFormat(), tmp_path)

    def test_a_file_that_is_cut_off_never_looks_like_a_shorter_one(tmp_path):
        check_cut_off(MyFormat(), a_sound_file_in(tmp_path))

A check raises AssertionError with words. Those of writing pass over a format that only reads.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats import Feature, Format, Row
from merestone.terms import FileRefused, number_of

SQUARE: Final = shapely.box(17.0166558399676831, 45.2, 17.1, 45.3)
HOLED: Final = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 2), (2, 2), (2, 1)]])
GEOMETRIES: Final[Sequence[BaseGeometry | None]] = (
    SQUARE,
    HOLED,
    shapely.MultiPolygon([SQUARE, HOLED]),
    shapely.Point(1 / 3, -0.1),
    shapely.LineString([(0, 0), (1e-7, 1)]),
    None,
    shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),  # crosses itself: reading does not judge
)
_TEXTS: Final = ("plain", 'quotes "and", commas', "čšž Ääö Россия <&>", None, "two\nlines", "", "end")
_OTHERS: Final[dict[str, bytes]] = {
    "other.geojson": b'{"type": "FeatureCollection", "features": []}',
    "other.kml": b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>',
    "other.gpx": b'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"/>',
    "other.csv": b"lon,lat\n17.1,44.9\n",
    "other.parquet": b"PAR1 and more",
    "other.xlsx": b"PK\x03\x04 [Content_Types].xml xl/workbook.xml",
    "other.ods": b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
}
"""The beginnings of files of other formats."""


def features(geometries: Sequence[BaseGeometry | None]) -> list[Feature]:
    """Features with text, whole numbers beside empty cells, fractions and truth values."""
    return [
        Feature(
            geometry,
            {
                "Name": f"area {number}",
                "remark": _TEXTS[number % 7],
                "devices": None if number == 1 else number,
                "share": number / 3,
            },
        )
        for number, geometry in enumerate(geometries)
    ]


def same_shape(a: BaseGeometry | None, b: BaseGeometry | None) -> bool:
    """Each coordinate bit for bit; rings may start elsewhere and turn the other way, as RFC 7946 and KML ask."""
    if a is None or b is None:
        return (a is None or a.is_empty) and (b is None or b.is_empty)
    return bool(shapely.equals_identical(shapely.normalize(a), shapely.normalize(b)))


def check_written_is_read_again(known: Format, folder: Path) -> None:
    """Every row, in any order, with its place digit for digit and its values with their types, or as text."""
    path = folder / f"areas{known.suffixes[0]}"
    if not known.writes:
        return
    geometries = features(GEOMETRIES)
    known.write(path, geometries, layer="areas", about={"title": "Areas", "source": "a test"})
    rows = list(known.read(path))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1)), (
        "rows are numbered from 1, in the file's order"
    )
    assert len(rows) == len(geometries), (
        f"{number_of(len(geometries), 'feature was', 'features were')} written, {number_of(len(rows), 'row')} read"
    )
    by_name = {row.attributes.get("Name"): row for row in rows}
    for feature in geometries:
        name = feature.attributes["Name"]
        row = by_name.get(name)
        assert row is not None, f"{name} was written and not read, or not under its column Name"
        assert row.fault is None, f"{name}: {row.fault and row.fault.message}"
        assert same_shape(row.geometry, feature.geometry), f"{name}: its place is not what was written, digit for digit"
        for column, value in feature.attributes.items():
            attribute = row.attributes.get(column)
            is_text = isinstance(attribute, str) and str(value) == attribute
            is_same = attribute == value and type(attribute) is type(value)
            assert is_same or is_text or (value in ("", None) and attribute in ("", None)), (
                f"{name}, {column}: {attribute!r}"
            )


def check_no_rows_are_no_rows(known: Format, folder: Path) -> None:
    """A layer without rows is written and read."""
    path = folder / f"none{known.suffixes[0]}"
    if known.writes:
        known.write(path, [], layer="none", about={})
        assert list(known.read(path)) == [], "a layer without rows has rows"


def check_rows_without_a_place_stay(known: Format, folder: Path) -> None:
    """No row vanishes because it has no geometry."""
    path = folder / f"few{known.suffixes[0]}"
    if known.writes:
        known.write(path, features([None, SQUARE, None, None, SQUARE]), layer="few", about={})
        rows = list(known.read(path))
        assert (len(rows), sum(row.geometry is None for row in rows)) == (5, 3), "a row without a place vanished"


def check_raw_holds_all(known: Format, folder: Path) -> None:
    """What the file held of a row is kept as text, so that it can be put aside whole."""
    path = folder / f"raw{known.suffixes[0]}"
    if known.writes:
        known.write(path, features([SQUARE]), layer="raw", about={})
        [row] = known.read(path)
        assert "area 0" in row.raw, "Row.raw does not hold the row's values"
        assert "plain" in row.raw, "Row.raw does not hold the row's values"
        assert row.wkb is None or row.wkb.hex() in row.raw, "Row.raw does not hold the row's place"


def check_foreign_layers_are_refused(known: Format, folder: Path) -> None:
    """A layer that is not there is refused with the names of those that are."""
    path = folder / f"some{known.suffixes[0]}"
    if not known.writes:
        return
    known.write(path, features([SQUARE]), layer="some", about={})
    text = _refusal(lambda: list(known.read(path, layer="other")))
    assert text is not None, "a layer that is not there was read"
    assert "other" in text, "the refusal does not name the layer that was asked for"
    assert "some" in text.replace("other", ""), "the refusal does not name the layers that are there"


def check_noise_is_refused(known: Format, folder: Path) -> None:
    """Bytes without meaning are refused, by the name of the file."""
    path = folder / f"noise{known.suffixes[0]}"
    path.write_bytes(random.Random(7).randbytes(4000))  # noqa: S311  (noise, not a secret)
    rows: list[Row] = []
    text = _refusal(lambda: rows.extend(known.read(path)))
    assert text is None or path.name in text, "the refusal does not name the file"
    assert all(row.fault is not None or row.geometry is None for row in rows), "noise was read as places"


def _refusal(act: Callable[[], object]) -> str | None:
    """The words of a refusal; None if there was none. Any other error is a fault of the format."""
    try:
        act()
    except FileRefused as refused:
        return str(refused)
    return None


def check_other_files_are_left_alone(known: Format, folder: Path) -> None:
    """A format claims only its own files: those of packages are asked before ours."""
    for name, head in _OTHERS.items():
        if name.endswith(known.suffixes):
            continue
        path = folder / name
        path.write_bytes(head)
        assert not known.sniff(path, head), f"it takes {name} for a file of its own"


def check_cut_off(known: Format, whole: Path) -> None:
    """A sound file that is cut off never looks like a shorter file.

    Parameters
    ----------
    whole
        A sound file with rows, of one file; it is left as it is.
    """
    rows = len(list(known.read(whole)))
    data = whole.read_bytes()
    for share in (0.1, 0.3, 0.5, 0.9, 0.99):
        cut = whole.with_name(f"cut{share}{whole.suffix}")
        for beside in whole.parent.glob(f"{whole.stem}.*"):
            cut.with_suffix(beside.suffix).write_bytes(beside.read_bytes())
        cut.write_bytes(data[: int(len(data) * share)])
        try:
            row_count = len(list(known.read(cut)))
        except FileRefused:
            continue
        assert row_count == rows, f"cut to {share}: {number_of(row_count, 'row')} of {rows}, and not a word"


CHECKS: Final[tuple[Callable[[Format, Path], Any], ...]] = (
    check_written_is_read_again,
    check_no_rows_are_no_rows,
    check_rows_without_a_place_stay,
    check_raw_holds_all,
    check_foreign_layers_are_refused,
    check_noise_is_refused,
    check_other_files_are_left_alone,
)
"""The checks that need nothing but the format and an empty folder."""
