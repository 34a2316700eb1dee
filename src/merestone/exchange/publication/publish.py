"""Publication: a snapshot of the register becomes a file that others open.

The public tier shows areas that contain the true ones, masked by chance and widened by their accuracy; and of each only
what a person needs to keep away. Who may see what was decided when the snapshot was made (`register.events.rights`);
nothing here makes an outline more exact than it came.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from merestone import __version__
from merestone.exchange.formats import Feature, format_for_writing
from merestone.exchange.rows.record_columns import accuracy_columns, columns_of_record
from merestone.files import refuse_output, whole_file
from merestone.geodesy import inward_all, outward_all, widen_all
from merestone.register import PUBLIC, Record, Snapshot, Viewer
from merestone.terms import WIDENED_M, DataDays, FileRefused, RecordKind, RequestRefused, number_of

NOTICE: Final = (
    "Hazards were made larger on purpose, and each contains the recorded area; released land was made smaller; "
    "but for records whose outline is said to be exact. "
    "Land outside them is not known to be without danger: nothing is recorded there, as of the date of the data."
)
_LARGER: Final = "made larger on purpose; contains the recorded place"
_EXACT: Final = "as recorded; the programme publishes it exactly"
_SMALLER: Final = "made smaller on purpose; lies within the recorded area"
_QUADRANT_SEGMENTS: Final = 6
"""Segments to a quarter of a circle where public outlines are widened: they reach 2 % of the accuracy farther than 16
segments would, and have 40 % fewer corners."""
EXACT_NOTICE: Final = "Exact outlines as recorded. Not for publication."


TILES_ENDING: Final = ".pmtiles"
"""Of vector tiles, which nothing reads back: they are no format that rows come from."""


_watch: ContextVar[Callable[[int, int | None], None]] = ContextVar("watch", default=lambda _done, _total: None)


@contextmanager
def watched(progress: Callable[[int, int | None], None]) -> Iterator[None]:
    """While tiles are published in here, which takes minutes of a national register, tell how much is done."""
    token = _watch.set(progress)
    try:
        yield
    finally:
        _watch.reset(token)


class FileWriter(Protocol):
    """What publication needs of a format: its name, and that it writes."""

    @property
    def name(self) -> str:
        """As people call it."""
        ...

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Write all features, and what the file says of itself."""
        ...


class TierMismatch(RequestRefused):
    """A snapshot made for one viewer was to be published in the tier of another."""

    def __init__(self, snapshot: str, tier: str) -> None:
        super().__init__(
            f"the snapshot was made for viewer {snapshot!r} and is to be published in tier {tier!r}; "
            "ask the register for a snapshot of that viewer: rights are applied there"
        )


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What was published."""

    path: Path
    format_name: str
    kinds: tuple[RecordKind, ...]
    tier: str
    features: int
    unplaced: int
    """Rows that wait in quarantine: hazards may be among them that no map shows."""
    written_on: date | None
    """The day on which the register was last written to; None if it holds no record."""
    data_days: DataDays
    """How old the records' own data are."""
    label: str
    cell_m: float | None
    """Width of the cells that were asked for, metres; None: as the tier's rights ask."""

    def as_json(self) -> Mapping[str, Any]:
        """The report for a program."""
        return {
            "file": str(self.path),
            "format": self.format_name,
            "kinds": [kind.value for kind in self.kinds],
            "tier": self.tier,
            "features": self.features,
            "rows_in_quarantine": self.unplaced,
            "written_on": None if self.written_on is None else self.written_on.isoformat(),
            **self.data_days.as_json(),
            "label": self.label,
            "cell_m": self.cell_m,
        }


def publish_layer(
    snapshot: Snapshot,
    path: Path | str,
    *,
    kind: RecordKind | Sequence[RecordKind] | None = None,
    tier: Viewer = PUBLIC,
    cell_m: float | None = None,
    layer: str | None = None,
    attribution: str = "",
    overwrite: bool = False,
) -> PublishReport:
    """Write the records of one kind, of several, or all (None), as one layer in the format of the path's ending.

    The file appears under its name only when it is whole.

    Parameters
    ----------
    snapshot
        Of the viewer whose tier it is: ``register.as_of(viewer=PUBLIC, outward=geodesy.outward)``.
    cell_m
        Show what is not exact in cells of this width, 1 to 100,000 metres; None: as wide as the tier's rights ask.
        Keep to one width for one publication.
    attribution
        Who publishes, and under which licence.
    overwrite
        Replace a file that stands there.

    Raises
    ------
    TierMismatch
        The snapshot is another viewer's.
    FileRefused
        A file stands there, or a register (which is never replaced), or the extension is not supported.
    FieldRefused
        `cell_m` is out of range.
    """
    path = Path(path)
    if snapshot.viewer != tier.name:
        raise TierMismatch(snapshot.viewer, tier.name)
    writer = _writer_for(path)
    refuse_output(path, overwrite=overwrite)
    kinds = tuple(RecordKind) if kind is None else (kind,) if isinstance(kind, RecordKind) else tuple(kind)
    records = [record for record in snapshot.shown if record.kind in kinds]
    features = list(_features(records, cell_m))
    about = _about(snapshot, records, tier, attribution)
    name = layer or (kinds[0].value if len(kinds) == 1 else "records")
    write_whole(writer, path, features, layer=name, about=about, overwrite=overwrite)
    return PublishReport(
        path=path,
        format_name=writer.name,
        kinds=kinds,
        tier=tier.name,
        features=len(features),
        unplaced=snapshot.quarantined_count,
        written_on=snapshot.written_on,
        data_days=DataDays.of(record.data_on for record in records),
        label=snapshot.label,
        cell_m=cell_m,
    )


def _writer_for(path: Path) -> FileWriter:
    """What writes the file that the path's ending asks for.

    Raises
    ------
    FileRefused
        Nothing writes such a file.
    """
    if path.name.lower().endswith(TILES_ENDING):
        # Its libraries are read only when somebody writes tiles.
        from merestone.exchange.publication.tile_archive import TileArchive

        return TileArchive(_watch.get())
    try:
        return format_for_writing(path)
    except FileRefused as refused:
        raise FileRefused(path, refused.why, f"{refused.remedy}, {TILES_ENDING} (PMTiles)") from None


def _features(records: Sequence[Record], cell_m: float | None) -> Iterator[Feature]:
    hidden = [record for record in records if not record.is_exact and record.kind.is_hazard]
    accuracy_m = [np.nan if record.accuracy_m is None else record.accuracy_m for record in hidden]
    doubt_m = np.where(np.isnan(accuracy_m), WIDENED_M, accuracy_m)
    # The register made these larger without their accuracy. Widening keeps what lies within what: the widened cells
    # contain the widened outline.
    shapes = [record.geometry for record in hidden]
    covers = (
        widen_all(shapes, doubt_m, quadrant_segments=_QUADRANT_SEGMENTS)
        if cell_m is None
        else outward_all(shapes, cell_m, accuracy_m=doubt_m)
    )
    cover_of = {id(record): cover for record, cover in zip(hidden, covers, strict=True)}
    released = [] if cell_m is None else [r for r in records if not (r.is_exact or r.kind.is_hazard)]
    # Released land came narrowed by its accuracy already; a wider cell only takes more of it away.
    narrowed = inward_all([record.geometry for record in released], cell_m or 1.0, accuracy_m=0.0)
    within_of = {id(record): within for record, within in zip(released, narrowed, strict=True)}
    for record in records:
        if record.is_exact:
            columns = columns_of_record(record) if record.shows_text else _public_columns(record)
            yield Feature(record.geometry, columns, record.record_id)
        elif record.kind.is_hazard:
            yield Feature(cover_of[id(record)], _public_columns(record), record.record_id)
        else:
            within = within_of.get(id(record), record.geometry)
            if not within.is_empty:
                yield Feature(within, _public_columns(record), record.record_id)


def _public_columns(record: Record) -> dict[str, Any]:
    """What a person needs to keep away and to ask on: no attribute of the record itself, no person, no row."""
    land_type = record.kind.land_type
    columns: dict[str, Any] = {
        "Name": record.kind.label,
        "record_id": record.record_id,
        "kind": record.kind.value,
        "land_type": None if land_type is None else land_type.value,
        "source": record.source,
        "data_on": record.data_on,
        "true_from": record.true_from,
        "outline": _EXACT if record.is_exact else _LARGER if record.kind.is_hazard else _SMALLER,
    }
    if record.is_exact:
        columns |= accuracy_columns(record)
    if record.begins_on is not None:
        columns["begins_on"] = record.begins_on
    return columns | ({"label": record.label} if record.label else {})


def _about(snapshot: Snapshot, records: Sequence[Record], tier: Viewer, attribution: str) -> dict[str, str]:
    is_internal = any(record.shows_text for record in records)
    about = {
        "title": "Records of explosive ordnance" + (f" ({snapshot.label})" if snapshot.label else ""),
        "label": snapshot.label,
        "tier": tier.name,
        "written_on": "no records" if snapshot.written_on is None else snapshot.written_on.isoformat(),
        "data_days": str(snapshot.data_days),
        "true_on": snapshot.true_on.isoformat(),
        "sources": "; ".join(sorted({record.source for record in records})),
        "attribution": attribution,
        "rows_in_quarantine": f"{number_of(snapshot.quarantined_count, 'row')} could not be placed on the map",
        "days": " ".join(snapshot.doubts_of_days),
        "notice": EXACT_NOTICE if is_internal else NOTICE,
        "made_by": f"Merestone {__version__}",
    }
    return {name: value for name, value in about.items() if value}


def write_whole(
    writer: FileWriter,
    path: Path,
    features: Sequence[Feature],
    *,
    layer: str,
    about: Mapping[str, str],
    overwrite: bool = False,
) -> None:
    """Under another name first: whoever sees the file under its own sees all of it."""
    with whole_file(path, overwrite=overwrite) as part:
        writer.write(part, features, layer=layer, about=about)
