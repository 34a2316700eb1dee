"""What formats of tables have in common: which columns give places, and whether rows are read as records of a kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from merestone.exchange.rows.format import TableFields
from merestone.terms import FileRefused


class TableFormat:
    """A format of which a person may say what its columns give."""

    def __init__(self, place_columns: Mapping[str, str] | None = None, fields: TableFields | None = None) -> None:
        self._place_columns = dict(place_columns or {})
        self._fields = fields

    def with_place_columns(self, columns: Mapping[str, str]) -> Self:
        """The format as it reads these columns: column of the file, then the part of the place that it gives."""
        return type(self)(columns, self._fields)

    def with_fields(self, fields: TableFields) -> Self:
        """The format as it reads records of a kind, with or without places."""
        return type(self)(self._place_columns, fields)


class OneTable(TableFormat):
    """A format whose files hold one table, which is named as the file."""

    def layers(self, path: Path) -> tuple[str, ...]:
        """One layer, named as the file."""
        return (path.stem,)

    @staticmethod
    def refuse_other_layer(path: Path, layer: str | None) -> None:
        """Refuse a file of which another layer than its own is asked for.

        Raises
        ------
        FileRefused
        """
        if layer is not None and layer != path.stem:
            raise FileRefused(path, f"it has no layer {layer!r}", f"it has one layer, {path.stem}; leave --layer out")
