"""Hazard packs: a prepared hazard index in one file, which programs map into memory and share.

The form is specified in `docs/formats/hazard-pack.md`. The outlines are what a pack says; the cells are a cache of how
to search them, used only by the very code that made them (`screening.layout`) and otherwise made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.bulk._compact_outlines import IN_STEPS, compacted
from merestone.bulk._pack_arrays import read_cells, read_kinds, read_outlines, read_record_ids
from merestone.bulk._pack_file import (
    COMPACT_VERSION,
    PART_VERSION,
    VERSION,
    PackFile,
    PackRefused,
    open_pack,
    write_pack,
)
from merestone.bulk._pack_header import MAKE_AGAIN, PackHeader, data_days_of
from merestone.bulk.pack_names import Kinds, NamedHazard, PackHazards, Texts
from merestone.files import refuse_output
from merestone.register import PUBLIC
from merestone.screening import Circumstances, Edges, HazardIndex, Outlines, PackIdentity
from merestone.screening.kernel import cells_fingerprint
from merestone.terms import DataDays, FieldRefused, RecordKind, number_of, renamed_attribute, renamed_parameters

if TYPE_CHECKING:
    from merestone.register import Snapshot
    from merestone.screening.kernel import Cells

__all__ = ["Pack", "PackRefused", "circumstances_of", "index_of", "load_pack", "pack_snapshot", "save_pack"]

NOTICE: Final = "Nothing recorded at a place is no assurance. Land outside the areas is not known to be without danger."
EXACT_NOTICE: Final = "Exact outlines as recorded. Not for publication."
MANY_EDGES: Final = 20_000
"""From so many edges on a pack keeps cells unless told otherwise; fewer are divided while one waits for the kernel."""


@dataclass(frozen=True, eq=False)
class Pack:
    """A hazard pack as it was read."""

    path: Path
    index: HazardIndex
    audience: str
    """For whom it was made: the name of the register's viewer, such as ``public`` or ``exact``."""
    circumstances: Circumstances
    sources: str
    identity: str
    """The SHA-256 of its header, hexadecimal: of two packs alike in all their bytes, and of no others."""
    size_bytes: int
    has_cells: bool
    """Whether its cells were made by this very code, so that they need not be made anew."""
    begins_on: Mapping[int, date] = field(default_factory=dict)
    """Of hazards that are stated to begin later, by their place in the index: the day."""

    given = renamed_attribute("given", "circumstances")

    @property
    def hazards(self) -> Sequence[NamedHazard]:
        """What answers name, in the order of the index.

        Raises
        ------
        PackRefused
            It was made without identifiers or without kinds.
        """
        if self.index.record_ids is None or self.index.kinds is None:
            raise PackRefused(self.path, "names no records and kinds", "ask `pack.index` from Python")
        return PackHazards(self.index, self.begins_on)


def index_of(snapshot: "Snapshot", edges: Edges | str = Edges.STRAIGHT) -> HazardIndex:
    """The index over a snapshot's hazards, in the order of its records.

    Raises
    ------
    FieldRefused
        Edges are to be geodesic, and outlines were made larger for the viewer: only with edges straight in longitude
        and latitude do these contain the true ones.
    """
    hazards, edges = snapshot.hazards, Edges(edges)
    if edges is Edges.GEODESIC and not all(record.is_exact for record in hazards):
        why = f"fits no outlines of tier {snapshot.viewer}, which contain the true ones only with straight edges"
        raise FieldRefused("edges", edges.value, why, "take the exact tier, or straight edges")
    return HazardIndex.build(
        np.array([record.geometry for record in hazards], dtype=object),
        [record.accuracy_m for record in hazards],
        record_ids=[record.record_id for record in hazards],
        kinds=[record.kind for record in hazards],
        edges=edges,
    )


def circumstances_of(snapshot: "Snapshot") -> Circumstances:
    """What answers from a snapshot's hazards must tell."""
    return Circumstances(
        snapshot.written_on,
        DataDays.of(record.data_on for record in snapshot.hazards),
        snapshot.quarantined_count,
        snapshot.label,
        outlines_generalised=any(not record.is_exact for record in snapshot.hazards),
        clock_on=snapshot.clock_on,
        last_written_on=snapshot.last_written_on,
        begin_later_count=len(snapshot.begin_later_on),
        begin_later_first_on=min(snapshot.begin_later_on, default=None),
    )


def pack_snapshot(
    snapshot: "Snapshot",
    path: Path,
    *,
    cells: bool | None = None,
    edges: Edges | str = Edges.STRAIGHT,
    compact: bool = False,
    overwrite: bool = False,
) -> Pack:
    """Write the hazards of a snapshot as a pack for the snapshot's viewer, and nothing that the viewer may not see.

    Rights were applied when the register made the snapshot. Attributes, persons and rows are never in a pack.

    Raises
    ------
    FileRefused
        A file stands there, or it cannot be written.
    FieldRefused
        As for `index_of`.
    """
    circumstances = circumstances_of(snapshot)
    sources = "; ".join(sorted({record.source for record in snapshot.hazards}))
    save_pack(
        index_of(snapshot, edges),
        path,
        audience=snapshot.viewer,
        circumstances=circumstances,
        sources=sources,
        begins_on={i: day for i, record in enumerate(snapshot.hazards) if (day := record.begins_on) is not None},
        cells=cells,
        compact=compact,
        overwrite=overwrite,
    )
    return load_pack(path)


@renamed_parameters(given="circumstances")
def save_pack(
    index: HazardIndex,
    path: Path | str,
    *,
    audience: str,
    circumstances: Circumstances,
    sources: str = "",
    begins_on: Mapping[int, date] | None = None,
    cells: bool | None = None,
    compact: bool = False,
    overwrite: bool = False,
    made_from: str = "",
    part_deg: tuple[float, float, float, float] | None = None,
) -> int:
    """Write an index as a hazard pack; it appears under its name only when it is whole. Gives its bytes.

    Parameters
    ----------
    audience
        Who may have it: ``public`` only if every outline in the index is one that the public may see.
    circumstances
        What answers must tell: the data's days, its label, rows without a place, whether outlines were made larger.
    begins_on
        Of hazards that are stated to begin later, by their place in the index: the day.
    cells
        Keep the cells too, so that the first question of many positions need not make them; None: if there are
        `MANY_EDGES`. False keeps the file small.
    compact
        Keep outlines as steps, exact and a quarter smaller, for a phone: version 2 of the form, which Merestone reads
        from 2026-11-28 on.
    made_from
        Of a pack that is kept for its maker's own use: a digest of what it was made from.
    part_deg
        Of a part of the areas (`pack_part`): west, south, east and north of the box in which it may be asked.

    Raises
    ------
    FileRefused
        A file stands there, or it cannot be written.
    """
    path = Path(path)
    refuse_output(path, overwrite=overwrite)
    arrays = _outline_arrays(index.outlines, compact=compact)
    if index.record_ids is not None:
        arrays["record_ids.utf8"], arrays["record_ids.start"] = Texts.arrays_of(index.record_ids)
    used = None if index.kinds is None else [kind for kind in RecordKind if kind in set(index.kinds)]
    if used is not None and index.kinds is not None:
        arrays["kinds"] = np.array([used.index(kind) for kind in index.kinds], np.uint8)
    if cells is None:
        cells = index.outlines.edges >= MANY_EDGES
    groups, cell_arrays = _divided((index.made_cells() or index.prepare()) if cells else ())
    arrays |= cell_arrays
    about = _about(index, circumstances, audience=audience, sources=sources, begins_on=begins_on, used=used)
    about["cells"] = {"made_by": cells_fingerprint(), "groups": groups} if groups else None
    if made_from:
        about["made_from"] = made_from
    if part_deg is not None:
        about["part_deg"] = part_deg
    version = PART_VERSION if part_deg is not None else COMPACT_VERSION if compact else VERSION
    return write_pack(path, about, arrays, version=version, overwrite=overwrite)


def _about(
    index: HazardIndex,
    circumstances: Circumstances,
    *,
    audience: str,
    sources: str,
    begins_on: Mapping[int, date] | None,
    used: list[RecordKind] | None,
) -> dict[str, Any]:
    """What a pack tells of its hazards beside their outlines."""
    about: dict[str, Any] = {
        "audience": audience,
        "written_on": _text(circumstances.written_on),
        **circumstances.data_days.as_json(),
        "unplaced_count": circumstances.unplaced_count,
        "unplaced_rows": index.unplaced_rows,
        "label": circumstances.label,
        "outlines_generalised": circumstances.outlines_generalised,
        "sources": sources,
        "edges": index.edges.value,
        "kinds": None if used is None else [kind.value for kind in used],
        "notice": NOTICE if audience == PUBLIC.name else f"{EXACT_NOTICE} {NOTICE}",
    }
    if circumstances.clock_on is not None:
        about |= {"clock_on": _text(circumstances.clock_on), "last_written_on": _text(circumstances.last_written_on)}
    if circumstances.begin_later_count:
        about["begin_later_count"] = circumstances.begin_later_count
        about["begin_later_first_on"] = _text(circumstances.begin_later_first_on)
        about["begins_on"] = {str(place): _text(day) for place, day in (begins_on or {}).items()}
    return about


def _outline_arrays(outlines: Outlines, *, compact: bool) -> dict[str, NDArray[Any]]:
    """The outlines' arrays by name."""
    columns = [column.name for column in fields(Outlines) if not (compact and column.name in IN_STEPS)]
    arrays = {name: getattr(outlines, name) for name in columns}
    if compact:
        arrays |= compacted(outlines)
    return {f"outlines.{name}": array for name, array in arrays.items()}


def _divided(prepared: Iterable["Cells"]) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """The single values of each group of cells, and their arrays by name."""
    groups: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    for group, hazard_group in enumerate(prepared):
        values = hazard_group._asdict()
        singles = {name: value for name, value in values.items() if not isinstance(value, np.ndarray)}
        scalars = {name: value.item() if isinstance(value, np.generic) else value for name, value in singles.items()}
        arrays |= {f"cells.{group}.{name}": value for name, value in values.items() if name not in scalars}
        groups.append(scalars)
    return groups, arrays


def load_pack(path: Path | str, *, verify: bool = False, cells: bool = True) -> Pack:
    """Open a hazard pack: the outlines are read, compared with their checksums and checked; cells when first needed.

    Parameters
    ----------
    verify
        Compare the checksums of everything now. Otherwise those of the cells are when the cells are first used, and a
        pack that fails then is refused then; no answer ever rests on bytes that were not compared.
    cells
        False leaves the cells that the file holds unread and makes them anew. Checksums find damage, not malice: use
        it for a pack from somebody who is not trusted, since the compiled kernel believes what cells say.

    Raises
    ------
    PackRefused
        It is damaged, cut off, of a newer version, or says what cannot be.
    FileRefused
        It cannot be opened.
    """
    file = open_pack(Path(path))
    if verify:
        file.verify()
    return load_opened_pack(file, cells=cells)


def load_opened_pack(file: PackFile, *, cells: bool = True, must_have_cells: bool = True) -> Pack:
    """`load_pack` of a file that is open already.

    Parameters
    ----------
    must_have_cells
        Refuse cells that are damaged. Otherwise they are made anew without a word, since the outlines are whole.
    """
    path = file.path
    about = PackHeader(path, file.about)
    outlines = read_outlines(file)
    record_ids: Texts | None = None
    kinds: Kinds | None = None
    if "record_ids.utf8" in file.names:
        record_ids = read_record_ids(file)
    if "kinds" in file.names:
        kinds = read_kinds(file, about.texts("kinds"))
    for name, values in (("record_ids", record_ids), ("kinds", kinds)):
        if values is not None and len(values) != outlines.hazards:
            raise PackRefused(path, f"has {len(values)} {name} for {number_of(outlines.hazards, 'hazard')}", MAKE_AGAIN)
    cells_or_none = about.cells() if cells else None
    index = HazardIndex(
        outlines,
        record_ids,
        kinds,
        unplaced_rows=about.count("unplaced_rows"),
        edges=about.edges(),
        ready=None if cells_or_none is None else lambda group: read_cells(file, cells_or_none, group, must_have_cells),
    )
    audience = about.text("audience")
    circumstances = Circumstances(
        about.day("written_on") or about.day("data_on"),  # the latter in packs of before 2026-11-28
        data_days_of(about),
        about.count("unplaced_count"),
        about.text("label"),
        about.yes("outlines_generalised"),
        PackIdentity(path.name, audience, audience == PUBLIC.name),
        clock_on=about.day("clock_on"),
        last_written_on=about.day("last_written_on"),
        begin_later_count=about.count("begin_later_count") if "begin_later_count" in about.values else 0,
        begin_later_first_on=about.day("begin_later_first_on"),
    )
    return Pack(
        path,
        index,
        audience,
        circumstances,
        about.text("sources"),
        file.identity,
        file.size_bytes,
        cells_or_none is not None,
        about.days_by_place("begins_on"),
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
