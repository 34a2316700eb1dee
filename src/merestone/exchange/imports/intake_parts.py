"""What an intake of hazards and land and one of records without a layer share: digest, mapping at work, summary."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from merestone.exchange.formats import Reading, parts_of
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.row_reports import RowReport, counted
from merestone.terms import Outcome


class Unused:
    """A mapping at work, and what it named in vain."""

    def __init__(self, mapping: ColumnMapping | None) -> None:
        self._mapping = mapping
        self._waiting = set() if mapping is None else {*mapping.columns, *mapping.values} - set(mapping.place_columns)

    def apply(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """The attributes of a row as the mapping has them."""
        assert self._mapping is not None
        if self._waiting:
            self._waiting -= attributes.keys()
        return self._mapping.apply(attributes)

    def notes(self) -> Iterator[str]:
        """What is to be told of columns that no row has."""
        if self._waiting:
            yield f"the mapping names columns that no row has: {', '.join(sorted(self._waiting))}"


def digest_of(path: Path, *, layer: str | None = None) -> str:
    """SHA-256 by which a file is recognised, hexadecimal.

    Of a file alone it is what ``sha256sum`` prints. Of a data set of several files (`formats.parts_of`), or of one
    layer of several, it is the SHA-256 of the lines ``<sha256>  <file name>`` of all parts in order of name, and of a
    last line ``layer <name>``.
    """
    parts = parts_of(path, layer)
    digests = []
    for part in parts:
        with part.open("rb") as file:
            digests.append((hashlib.file_digest(file, "sha256").hexdigest(), part.name))
    if len(parts) == 1 and layer is None:
        return digests[0][0]
    lines = [f"{digest}  {name}\n" for digest, name in digests] + ([f"layer {layer}\n"] if layer is not None else [])
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def summary_of(rows: Sequence[RowReport], reading: Reading) -> Mapping[str, Any]:
    """What the register remembers of an import as a whole."""
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for row, times in counted(rows):
        outcomes[row.outcome.value] += times
        for code in row.reasons:
            reasons[code] += times
    return {
        **{outcome.value: outcomes[outcome.value] for outcome in Outcome},
        "reasons": dict(sorted(reasons.items())),
        "format": reading.format_name,
        "layer": reading.layer,
        "crs": reading.crs,
    }
