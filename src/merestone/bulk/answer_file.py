"""Answers as files for people and programs: one table from a file's ending to its writer.

CSV and Parquet hold every column; GeoJSON, KML, GeoPackage and FlatGeobuf the places too; GPX goes into a receiver, a
workbook (XLSX) to an office, and a page (HTML) onto paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.bulk.answer_page import AnswerPage, Stop, answer_page
from merestone.exchange import columns_of
from merestone.exchange.formats import Feature, Format, format_for_writing
from merestone.files import refuse_output, whole_file
from merestone.terms import FieldRefused, FileRefused

ENDINGS: Final = (
    ".csv", ".parquet", ".geoparquet", ".arrow", ".geojson", ".gpkg", ".fgb", ".kml", ".gpx", ".xlsx", ".html",
)  # fmt: skip
"""Of a file of answers; each says what is written."""
NAMES: Final = ("name", "stop", "title", "label", "id", "number", "no", "nr", "osm_id", "fid")
"""Columns by which a row is called, in the order in which they are looked for."""


def ending_of(path: Path) -> str:
    """The ending of a file of answers.

    Raises
    ------
    FileRefused
        Its extension is not supported for writing answers.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise FileRefused(path, "its file extension is not supported for writing answers", f"use {', '.join(ENDINGS)}")
    return ending


def name_of_row(attributes: Mapping[str, Any], number: int) -> str:
    """What a person calls a row: by its column of names, or its number."""
    by_lower = {name.strip().lower(): value for name, value in attributes.items()}
    return next((str(by_lower[name]) for name in NAMES if by_lower.get(name) not in (None, "")), f"row {number}")


@dataclass(frozen=True)
class AnswerFile:
    """What is written: rows with their places and columns, and what holds for all of them."""

    features: Sequence[Feature]
    page: AnswerPage
    layer: str
    about: Mapping[str, str]
    """What the file says of itself."""
    columns: Sequence[str] | None = None
    """Only these columns, in this order; None: all."""
    stops: Sequence[Stop] | None = None
    """One for each feature, where those of the page are fewer."""

    @property
    def named(self) -> Sequence[Stop]:
        """What each feature is called, and its answer in words."""
        return self.page.stops if self.stops is None else self.stops

    def chosen(self) -> Sequence[Feature]:
        """The features with the columns that were asked for.

        Raises
        ------
        FileRefused
        """
        if self.columns is None:
            return self.features
        names = dict.fromkeys(name for feature in self.features for name in feature.attributes)
        chosen = chosen_columns(self.columns, list(names)) if self.features else []
        return [
            Feature(feature.geometry, {name: feature.attributes.get(name) for name in chosen}, feature.feature_id)
            for feature in self.features
        ]


def chosen_columns(wanted: Sequence[str], offered: Sequence[str]) -> list[str]:
    """The columns that were asked for, as they are called; capitals do not matter where one name is meant.

    Raises
    ------
    FieldRefused
        There is none of that name.

    >>> chosen_columns(["ID", "class"], ["id", "hazard_class"])
    ['id', 'hazard_class']
    """
    out = []
    for name in wanted:
        chosen_columns = [answer_feature for answer_feature in offered if answer_feature == name] or [
            answer_feature
            for answer_feature in offered
            if answer_feature.lower() in (name.lower(), f"hazard_{name.lower()}")
        ]
        if len(chosen_columns) != 1:
            why = "is not a column of the answers" if not chosen_columns else "could be several columns"
            raise FieldRefused("columns", name, why, f"choose among {', '.join(offered)}")
        out.append(chosen_columns[0])
    return out


def write_answers(path: Path, answers: AnswerFile, *, overwrite: bool = False, inputs: Sequence[Path] = ()) -> None:
    """Write answers in the format that the ending names; the file appears when it is whole.

    Raises
    ------
    FileRefused
        The extension is not supported, or the path must not be written to (`files.whole_file`).
    FieldRefused
        A column was asked for that is not there.
    """
    ending = ending_of(path)
    refuse_output(path, overwrite=overwrite, inputs=inputs)
    features = answers.chosen()
    with whole_file(path, overwrite=overwrite, inputs=inputs) as part:
        if ending == ".html":
            part.write_text(answer_page(answers.page), encoding="utf-8")
        elif ending == ".gpx":
            names = [stop.name for stop in answers.named]
            texts = [". ".join([stop.headline, *stop.details]) for stop in answers.named]
            from merestone.bulk.gpx_writing import write_gpx

            write_gpx(part, features, names, texts, answers.about, codes=[stop.code for stop in answers.named])
        elif ending == ".xlsx":
            from merestone.exchange.publication import write_sheet  # here: the library takes time to load

            write_sheet(part, features, title=answers.layer, about=answers.about)
        elif ending == ".arrow":
            _write_arrow(part, features)
        else:
            writer: Format = format_for_writing(path)
            if ending == ".kml":
                features = [_called(feature, stop.name) for feature, stop in zip(features, answers.named, strict=True)]
            writer.write(part, features, layer=answers.layer, about=answers.about)


def _called(feature: Feature, name: str) -> Feature:
    """With the name that globes and phones show beside a placemark."""
    return Feature(feature.geometry, {"Name": name, **feature.attributes}, feature.feature_id)


def _write_arrow(path: Path, features: Sequence[Feature]) -> None:
    import pyarrow as pa
    import shapely

    columns = columns_of(features)
    places = pa.array(
        [None if feature.geometry is None else shapely.to_wkb(feature.geometry) for feature in features], pa.binary()
    )
    fields = {"ARROW:extension:name": "geoarrow.wkb", "ARROW:extension:metadata": '{"crs": "OGC:CRS84"}'}
    schema = pa.schema(
        [
            *(pa.field(name, array.type) for name, array in columns.items()),
            pa.field("geometry", pa.binary(), True, fields),
        ]
    )
    with pa.ipc.new_file(path, schema) as out:
        out.write_batch(pa.RecordBatch.from_arrays([*columns.values(), places], schema=schema))
