"""The one small protocol that every format follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from shapely.geometry.base import BaseGeometry

from merestone.exchange.rows.row import Reading


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing to write: a geometry in longitude and latitude on WGS 84, and its columns."""

    geometry: BaseGeometry | None
    attributes: Mapping[str, Any]
    """Text, whole numbers, numbers, true and false, days, moments with their zone, or None."""
    feature_id: str | None = None
    """What the feature is called in its source; written where the format has a place for it."""


@dataclass(frozen=True, slots=True)
class TableFields:
    """The fields of a kind of record: a table whose header names some of them needs no columns of places."""

    kind: str
    field_named: Callable[[str], str | None]
    """The field that a column gives, by the column's name; None if it gives none."""
    has_place: bool
    """Whether a record of the kind may have a place; columns that are not fields may then state it."""


class Format(Protocol):
    """A way in and out for files of one kind. It knows rows, and nothing of the register.

    A package of yours adds one through the entry-point group ``merestone.formats``;
    `merestone.exchange.formats.contract` holds what it must pass. Formats of packages are asked before ours, so one
    must know its own files and no others.

    A format whose data sets are folders, or of several files, also has `reads_folders` = True, or a method
    ``parts(path, layer)`` that gives all the files of a layer in order of name: of them the digest is made by which an
    import is recognised.
    """

    @property
    def name(self) -> str:
        """As people call it: ``GeoPackage``."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings by which a file to be written is recognised, lower case, with the dot."""
        ...

    @property
    def writes(self) -> bool:
        """Whether `write` keeps all that `read` gives; a format that cannot (Shapefile) only reads."""
        ...

    def sniff(self, path: Path, head: bytes) -> bool:
        """Whether the file is of this kind, by its first 4,096 bytes and, where those say nothing, its name."""
        ...

    def layers(self, path: Path) -> tuple[str, ...]:
        """The names of the layers that hold features, in the order of the file."""
        ...

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one layer, each of them, in order, also the broken ones.

        Parameters
        ----------
        layer
            Needed only where the file has more than one.
        crs
            Coordinate reference system, for a file that does not state it.
        encoding
            Python's name of the text encoding, for a format whose files do not state it (CSV, DBF); others pass over
            it.

        Raises
        ------
        FileRefused
            The file as a whole cannot be read; the message gives the place. Also while rows are being read.
        """
        ...

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Write a new file at `path`, which does not exist yet.

        `about` is what the file says of itself (title, date of the data, source, licence): put where the format has
        a place for it.
        """
        ...


@runtime_checkable
class ReadsFields(Protocol):
    """A format of tables that reads records of a kind whether or not they have a place."""

    def with_fields(self, fields: TableFields) -> Format:
        """The format as it reads records of a kind, with or without places."""
        ...


@runtime_checkable
class ReadsPlaceColumns(Protocol):
    """A format of tables, in which a person may say which column gives the place."""

    def with_place_columns(self, columns: Mapping[str, str]) -> Format:
        """The format as it reads these columns: column of the file, then the part of the place that it gives."""
        ...
