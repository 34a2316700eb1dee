"""What the formats that GDAL reads share: one table in, through pyogrio.

pyogrio is imported where it is used: it brings pandas and geopandas along wherever they are installed, which takes a
second or two that a file of text need not wait.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._code_page import CodePage
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.places.arcs import told_of_arcs
from merestone.exchange.rows.reference import ToLonLat, name_of, reference_of
from merestone.exchange.rows.row import Reading, Row, geometries_from_wkb, plain
from merestone.terms import FileRefused, number_of

CHUNK: Final = 4096
_MIDNIGHT: Final = re.compile(r"\d{4}-\d\d-\d\dT00:00:00(\.0+)?")
_ZONELESS: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?)Z")
_DAMAGED = "the file is damaged or cut off; get it again from where it came"


@contextmanager
def gdal_refusals(path: Path, notes: list[str] | None = None) -> Iterator[None]:
    """GDAL's failures become ours, its warnings become notes."""
    import pyogrio

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FieldError) as error:
        raise FileRefused(path, f"GDAL cannot read it: {error}", _DAMAGED) from error
    except (pyogrio.errors.FeatureError, pyogrio.errors.GeometryError, pyogrio.errors.CRSError) as error:
        raise FileRefused(path, f"GDAL stopped while reading: {error}", _DAMAGED) from error
    except FileRefused:
        raise
    except (OSError, ValueError, RuntimeError, NameError) as error:  # NameError: pyogrio 0.13 at a damaged projection
        raise FileRefused(path, f"reading stopped: {error}", _DAMAGED) from error
    except MemoryError as error:
        raise FileRefused(path, "it asks for more memory than there is", _DAMAGED) from error
    if notes is not None:
        notes.extend(f"GDAL: {warning.message}" for warning in caught)


def layers_of(path: Path) -> tuple[str, ...]:
    """The layers that hold features; tables without a place are left out."""
    import pyogrio

    with gdal_refusals(path):
        listed = pyogrio.list_layers(path)
    return tuple(str(name) for name, kind in listed if kind is not None)


def read_table(
    path: Path,
    *,
    format_name: str,
    layer: str | None,
    crs: str | None,
    tables: "Tables | None" = None,
    count: Callable[[str], int | None] | None = None,
    row_bytes: int = 0,
) -> Reading:
    """One layer as rows, streamed; `tables` reads them (`streamed_tables`, unless another is given).

    `count` says how many rows a layer has, where that is known otherwise than from GDAL. `row_bytes` is the least that
    a row takes in the file; one that announces more rows than it can hold is refused before memory is taken for them.
    """
    import pyogrio

    chosen = layer_of(path, layer, layers_of(path))
    with gdal_refusals(path):
        layer_info = pyogrio.read_info(path, layer=chosen, force_total_bounds=False)
    reference = reference_of(layer_info["crs"], crs, path=path)
    to_lon_lat = ToLonLat(reference)
    counted = None if count is None else count(chosen)
    total = int(layer_info["features"]) if counted is None else counted
    if row_bytes and total * row_bytes > (size_bytes := path.stat().st_size):
        raise FileRefused(
            path,
            f"it announces {number_of(total, 'feature')}, more than its {number_of(size_bytes, 'byte')} can hold",
            _DAMAGED,
        )
    notes: list[str] = []
    pieces = (tables or streamed_tables)(path, chosen, notes)

    def rows() -> Iterator[Row]:
        number = 0
        for names, columns, wkbs in pieces:
            read = geometries_from_wkb(wkbs)
            moved = to_lon_lat([geometry for geometry, _ in read])
            reading.shift_m, moved_m = to_lon_lat.shift_m, to_lon_lat.shifts_m.tolist()
            named_columns = list(zip(names, columns, strict=True))
            for place, (wkb, (_, fault)) in enumerate(zip(wkbs, read, strict=True)):
                number += 1
                attributes = {name: column[place] for name, column in named_columns}
                row = Row(
                    number, moved[place], attributes, fault=fault, wkb=wkb, crs=reading.crs, moved_m=moved_m[place]
                )
                yield told_of_arcs(row, to_lon_lat)
        if total >= 0 and number != total:
            why = f"it announces {number_of(total, 'feature')} and gives {number}"
            raise FileRefused(path, why, _DAMAGED)

    reading = Reading(
        rows(), format_name=format_name, layer=chosen, crs=name_of(reference), total=total if total >= 0 else None
    )
    reading.notes = notes
    return reading


Table = tuple[Sequence[str], Sequence[Sequence[Any]], Sequence[bytes | None]]
"""Names of columns, their values, and the geometries of as many rows."""
Tables = Callable[[Path, str, list[str]], Iterator[Table]]
"""Reads one layer of a file; what the library remarks is added to the list."""


def streamed_tables(path: Path, layer: str, notes: list[str]) -> Iterator[Table]:
    """Values and geometries together, as record batches, of a format whose moments have no zone."""
    from merestone.exchange.rows.arrow_value import attribute_values  # here: Arrow takes time to load

    for names, moments, batch in _batches(path, layer, notes, read_geometry=True):
        column = next(name for name in batch.schema.names if name not in names)
        values = {name: attribute_values(batch.column(name)) for name in names}
        values |= {name: _days(_without_zone(values[name])) for name in moments}
        yield names, list(values.values()), batch.column(column).to_pylist()


def apart_tables(path: Path, layer: str, notes: list[str]) -> Iterator[Table]:
    """Geometries at once, and values as a stream, which has whole numbers beside empty cells exactly as they are."""
    import pyogrio

    from merestone.exchange.rows.arrow_value import attribute_values

    with gdal_refusals(path, notes):
        _, _, wkbs, _ = pyogrio.raw.read(path, layer=layer, columns=[])
    before = 0
    for names, moments, batch in _batches(path, layer, notes, read_geometry=False):
        after = before + batch.num_rows
        values = {name: attribute_values(batch.column(name)) for name in names}
        values |= {name: _days(values[name]) for name in moments}
        yield names, list(values.values()), wkbs[before:after]
        before = after
    if before != len(wkbs):
        raise FileRefused(
            path,
            f"it gives {number_of(len(wkbs), 'geometry', 'geometries')} and {number_of(before, 'row')} of values",
            _DAMAGED,
        )


def recoded_tables(choose: Callable[[Collection[bytes]], CodePage]) -> Tables:
    """A reader of all at once, for text in an encoding that GDAL does not know: `choose` says which it is."""

    def tables(path: Path, layer: str, notes: list[str]) -> Iterator[Table]:
        import pyogrio

        with gdal_refusals(path, notes):
            # In ISO 8859-1 every byte is a character, so that none is lost.
            layer_info, _, wkbs, columns = pyogrio.raw.read(
                path, layer=layer, encoding="ISO-8859-1", datetime_as_string=True
            )
        as_bytes = [[v.encode("latin-1") if isinstance(v, str) else plain(v) for v in column] for column in columns]
        page = choose({value for column in as_bytes for value in column if isinstance(value, bytes)})
        if page.note is not None:
            notes.append(page.note)
        values = [[page.decode(v)[0] if isinstance(v, bytes) else v for v in column] for column in as_bytes]
        yield [str(name) for name in layer_info["fields"]], values, list(wkbs)

    return tables


def _batches(
    path: Path, layer: str, notes: list[str], *, read_geometry: bool
) -> Iterator[tuple[list[str], list[str], Any]]:
    """The names of all attributes, those of moments, and record batches; moments are text, with their zones."""
    import pyogrio

    with (
        gdal_refusals(path, notes),
        pyogrio.raw.open_arrow(
            path, layer=layer, use_pyarrow=True, batch_size=CHUNK, datetime_as_string=True, read_geometry=read_geometry
        ) as (layer_info, reader),
    ):
        column = layer_info["geometry_name"] or "wkb_geometry"
        kinds = zip(layer_info["fields"], layer_info["ogr_types"], strict=True)
        moments = [str(name) for name, kind in kinds if kind == "OFTDateTime"]
        for batch in reader:
            twice = next((name for name, count in Counter(batch.schema.names).items() if count > 1), None)
            if twice is not None:
                raise FileRefused(path, f"two of its columns are named {twice!r}", "give them names of their own")
            yield [name for name in batch.schema.names if name != column], moments, batch


def crs_of(path: Path, *, named: Path) -> str | None:
    """What the first layer's coordinates are in, as GDAL makes it out; failures are told of the file `named`."""
    import pyogrio

    with gdal_refusals(named):
        layer_info = pyogrio.read_info(path, force_total_bounds=False)["crs"]
    return None if layer_info is None else str(layer_info)


def wkbs_of(path: Path, *, named: Path) -> Iterator[Sequence[bytes | None]]:
    """The geometries of the first layer, by chunks; failures are told of the file `named`."""
    import pyogrio

    with (
        gdal_refusals(named),
        pyogrio.raw.open_arrow(path, columns=[], use_pyarrow=True, batch_size=CHUNK) as (layer_info, reader),
    ):
        for batch in reader:
            yield batch.column(layer_info["geometry_name"] or "wkb_geometry").to_pylist()


def numbered_wkbs(path: Path, layer: str, notes: list[str]) -> tuple[Sequence[int], Sequence[bytes | None], str]:
    """The number and the geometry of every feature of a layer, and the name of the column that they are in."""
    import pyogrio

    with gdal_refusals(path, notes):
        _, fids, wkbs, _ = pyogrio.raw.read(path, layer=layer, columns=[], return_fids=True)
        column = pyogrio.read_info(path, layer=layer)["geometry_name"]
    return fids, wkbs, str(column)


def rows_of(path: Path, column: str) -> list[tuple[int, str]]:
    """The number of every row of a table without geometries, and one of its texts."""
    import pyogrio

    with gdal_refusals(path):
        _, fids, _, columns = pyogrio.raw.read(path, columns=[column], read_geometry=False, return_fids=True)
    return [(int(fid), str(text)) for fid, text in zip(fids, columns[0], strict=True)]


def _without_zone(values: Sequence[Any]) -> Sequence[Any]:
    """GDAL (3.12.4) says of a geodatabase's moments that they are UTC, which the file does not say."""
    if not any(isinstance(value, str) and _ZONELESS.fullmatch(value) for value in values):
        return values
    return [_ZONELESS.sub(r"\1", value) if isinstance(value, str) else value for value in values]


def _days(values: Sequence[Any]) -> Sequence[Any]:
    """A column of moments without a zone, all at midnight, is one of days: some formats have no other for them."""
    known_values = [value for value in values if value is not None]
    if known_values and all(isinstance(value, str) and _MIDNIGHT.fullmatch(value) for value in known_values):
        return [None if value is None else value[:10] for value in values]
    return values
