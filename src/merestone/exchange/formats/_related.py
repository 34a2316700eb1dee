"""Tables beside a layer whose rows belong to its rows, as Survey123 and Field Maps write them, by GlobalID.

A table with places, such as a turning point a row, becomes a column of the layer that holds its rows as a list, as for
the repeats of a workbook (`_repeats`). Any other is named in the notes: no row is passed over without a word.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import shapely

from merestone.exchange.formats._ogr import gdal_refusals
from merestone.exchange.formats._parent_columns import PARENT_COLUMNS, PARENTS
from merestone.exchange.formats._repeats import WITHOUT_ROW, Repeat, repeat_notes
from merestone.exchange.rows.reference import ToLonLat, reference_of
from merestone.exchange.rows.row import Reading, Row, plain
from merestone.terms import FieldRefused, FileRefused

_NOT_OF_PEOPLE: Final = ("layer_styles", "qgis_projects")
_MOST_ROWS: Final = 200_000
_SHOWN: Final = 10


def related_columns(path: Path, layer: str) -> dict[str, list[str]]:
    """By name, the columns of a layer and of the tables beside it that are no layers or name rows of another."""
    import pyogrio

    columns = {}
    with gdal_refusals(path):
        for name, kind in pyogrio.list_layers(path).tolist():
            info = pyogrio.read_info(path, layer=name, force_total_bounds=False)
            names = [str(field) for field in info["fields"]]
            is_related = not PARENT_COLUMNS.isdisjoint(field.lower() for field in names)
            if name == layer or (info["features"] != 0 and (kind is None or is_related)):
                columns[str(name)] = names
    return columns


def relate(reading: Reading, path: Path, columns: Mapping[str, Sequence[str]]) -> None:
    """Join to the rows that are still to come those of the tables that name them, and note what is beside them.

    Parameters
    ----------
    columns
        By name of a table or layer of the file: its columns. Those of the layer that is read are among them.
    """
    own = {name.lower(): name for name in columns.get(reading.layer, ())}
    repeats, beside = [], []
    for table, names in columns.items():
        if table == reading.layer or table.lower() in _NOT_OF_PEOPLE:
            continue
        column = next((name for name in names if PARENTS.get(name.lower()) in own), None)
        is_attachments = table.lower().endswith("__attach") or {"content_type", "data"} <= {n.lower() for n in names}
        if column is None or is_attachments:
            beside.append(f"{table} (attachments)" if is_attachments else table)
            continue
        try:
            with gdal_refusals(path):
                repeat = _repeat(path, table, column)
        except (FileRefused, FieldRefused) as refused:
            beside.append(f"{table} (cannot be read: {refused})")
            continue
        if repeat is None:
            beside.append(f"{table} (over {_MOST_ROWS:,} rows)")
        elif repeat.answers:
            repeats.append(repeat)
    reading.notes += repeat_notes(repeats)
    if beside:
        shown = ", ".join(beside[:_SHOWN]) + (f" and {len(beside) - _SHOWN} more" if len(beside) > _SHOWN else "")
        reading.notes.append(f"other tables of the file were not read: {shown}")
    joining = [repeat for repeat in repeats if repeat.has_places]
    outlined = ", ".join(repeat.name for repeat in repeats if _has_shapes(repeat))
    if outlined:
        reading.notes.append(
            f"rows of this layer have lines or outlines of their own in {outlined}: they were taken as parts of "
            "hazards, and not as released land; if they are records of their own, import them too, by --layer"
        )
    if joining:
        reading.replace_rows(lambda rows: _joined(rows, joining, own))
        reading.total = None  # rows of a table that name no row of the layer follow as rows of their own


def _repeat(path: Path, table: str, column: str) -> Repeat | None:
    import pyogrio

    about, _, wkbs, values = pyogrio.raw.read(path, layer=table, datetime_as_string=True, max_features=_MOST_ROWS + 1)
    count = len(values[0]) if len(values) else 0
    if count > _MOST_ROWS:
        return None
    names = [str(name) for name in about["fields"]]
    places: Sequence[Any] = [None] * count
    if wkbs is not None:
        to_lon_lat = ToLonLat(reference_of(about["crs"], None, path=path))
        places = list(to_lon_lat(shapely.from_wkb(wkbs, on_invalid="ignore")))
    answers: dict[str, list[Mapping[str, Any]]] = {}
    texts: dict[str, list[str]] = {}
    for at in range(count):
        answer = {name: plain(value[at]) for name, value in zip(names, values, strict=True)}
        answer = {name: value for name, value in answer.items() if not _is_empty(value)}
        key = _key_of(answer.pop(column, None))
        answers.setdefault(key, []).extend(_answers_at(places[at], answer))
        texts.setdefault(key, []).append(str(answer))
    return Repeat(table, PARENTS[column.lower()], answers, texts)


def _has_shapes(repeat: Repeat) -> bool:
    places = (answer.get("geometry", "POINT") for answers in repeat.answers.values() for answer in answers)
    return any(not str(place).startswith("POINT") for place in places)


def _answers_at(place: Any, answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The answer with its place; of several points, as many programs write even a single one, an answer each."""
    if place is None or place.is_empty:
        return [answer]
    points = place.geoms if place.geom_type == "MultiPoint" else [place]
    return [{**answer, "geometry": shapely.to_wkt(point, rounding_precision=-1)} for point in points]


def _joined(rows: Iterator[Row], repeats: Sequence[Repeat], own: Mapping[str, str]) -> Iterator[Row]:
    left = [set(repeat.answers) for repeat in repeats]
    number = 0
    for row in rows:
        number = row.number
        more: dict[str, Any] = {}
        for repeat, keys_left in zip(repeats, left, strict=True):
            key = _key_of(row.attributes.get(own[repeat.parent_column]))
            if key in repeat.answers and key:
                keys_left.discard(key)
                more[_unused(repeat.name, row.attributes)] = repeat.answers[key]
        yield row._replace(attributes={**row.attributes, **more}) if more else row
    for repeat, keys_left in zip(repeats, left, strict=True):
        for key in (key for key in repeat.answers if key in keys_left):
            number += 1
            attributes = {own[repeat.parent_column]: key, repeat.name: repeat.answers[key]}
            yield Row(number, None, attributes, remarks=(WITHOUT_ROW,))


def _key_of(value: Any) -> str:
    """A GlobalID in one spelling: programs write it with braces and without, in capitals and small letters."""
    return "" if value is None else str(value).strip().strip("{}").lower()


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _unused(name: str, attributes: Mapping[str, Any]) -> str:
    while name in attributes:
        name += "_repeat"
    return name
