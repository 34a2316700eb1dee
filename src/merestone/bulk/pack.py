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

from merestone.bulk._pack_file import PackFile, PackRefused, open_pack, write_pack
from merestone.bulk.pack_names import Kinds, NamedHazard, PackHazards, Texts
from merestone.files import refuse_output
from merestone.register import PUBLIC
from merestone.screening import Circumstances, Edges, HazardIndex, Outlines
from merestone.screening.kernel import cells_fingerprint
from merestone.terms import DataDays, FieldRefused, Log, RecordKind

if TYPE_CHECKING:
    from merestone.register import Snapshot
    from merestone.screening.kernel import Cells

__all__ = ["Pack", "PackRefused", "circumstances_of", "index_of", "load_pack", "pack_snapshot", "save_pack"]

LOG: Final = Log("bulk")
NOTICE: Final = "Nothing recorded at a place is no assurance. Land outside the areas is not known to be without danger."
EXACT_NOTICE: Final = "Exact outlines as recorded. Not for publication."
MANY_EDGES: Final = 20_000
"""From so many edges on a pack keeps cells unless told otherwise; fewer are divided while one waits for the kernel."""
_MAKE_AGAIN: Final = "make the pack again, or fetch it again from who made it"


@dataclass(frozen=True, eq=False)
class Pack:
    """A hazard pack as it was read."""

    path: Path
    index: HazardIndex
    audience: str
    """For whom it was made: the name of the register's viewer, such as ``public`` or ``exact``."""
    given: Circumstances
    sources: str
    identity: str
    """The SHA-256 of its header, hexadecimal: of two packs alike in all their bytes, and of no others."""
    size_bytes: int
    has_cells: bool
    """Whether its cells were made by this very code, so that they need not be made anew."""
    begins_on: Mapping[int, date] = field(default_factory=dict)
    """Of hazards that are stated to begin later, by their place in the index: the day."""

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
    given = circumstances_of(snapshot)
    sources = "; ".join(sorted({record.source for record in snapshot.hazards}))
    save_pack(
        index_of(snapshot, edges),
        path,
        audience=snapshot.viewer,
        given=given,
        sources=sources,
        begins_on={i: day for i, record in enumerate(snapshot.hazards) if (day := record.begins_on) is not None},
        cells=cells,
        overwrite=overwrite,
    )
    return load_pack(path)


def save_pack(
    index: HazardIndex,
    path: Path | str,
    *,
    audience: str,
    given: Circumstances,
    sources: str = "",
    begins_on: Mapping[int, date] | None = None,
    cells: bool | None = None,
    overwrite: bool = False,
    made_from: str = "",
) -> int:
    """Write an index as a hazard pack; it appears under its name only when it is whole. Gives its bytes.

    Parameters
    ----------
    audience
        Who may have it: ``public`` only if every outline in the index is one that the public may see.
    given
        What answers must tell: the data's days, its label, rows without a place, whether outlines were made larger.
    begins_on
        Of hazards that are stated to begin later, by their place in the index: the day.
    cells
        Keep the cells too, so that the first question of many positions need not make them; None: if there are
        `MANY_EDGES`. False keeps the file small.
    made_from
        Of a pack that is kept for its maker's own use: a digest of what it was made from.

    Raises
    ------
    FileRefused
        A file stands there, or it cannot be written.
    """
    path = Path(path)
    refuse_output(path, overwrite=overwrite)
    arrays: dict[str, NDArray[Any]] = {
        f"outlines.{one.name}": getattr(index.outlines, one.name) for one in fields(Outlines)
    }
    used: list[RecordKind] | None = None
    if index.record_ids is not None:
        arrays["record_ids.utf8"], arrays["record_ids.start"] = Texts.arrays_of(index.record_ids)
    if index.kinds is not None:
        used = [kind for kind in RecordKind if kind in set(index.kinds)]
        number = {kind: i for i, kind in enumerate(used)}
        arrays["kinds"] = np.array([number[kind] for kind in index.kinds], np.uint8)
    if cells is None:
        cells = index.outlines.edges >= MANY_EDGES
    groups, cell_arrays = _divided(index.prepare() if cells else ())
    arrays |= cell_arrays
    about: dict[str, Any] = {
        "audience": audience,
        "written_on": _text(given.written_on),
        **given.data_days.as_json(),
        "unplaced_count": given.unplaced_count,
        "unplaced_rows": index.unplaced_rows,
        "label": given.label,
        "outlines_generalised": given.outlines_generalised,
        "sources": sources,
        "edges": index.edges.value,
        "kinds": None if used is None else [kind.value for kind in used],
        "cells": {"made_by": cells_fingerprint(), "groups": groups} if groups else None,
        "notice": NOTICE if audience == PUBLIC.name else f"{EXACT_NOTICE} {NOTICE}",
    }
    if made_from:
        about["made_from"] = made_from
    if given.clock_on is not None:
        about |= {"clock_on": _text(given.clock_on), "last_written_on": _text(given.last_written_on)}
    if given.begin_later_count:
        about["begin_later_count"] = given.begin_later_count
        about["begin_later_first_on"] = _text(given.begin_later_first_on)
        about["begins_on"] = {str(place): _text(day) for place, day in (begins_on or {}).items()}
    return write_pack(path, about, arrays, overwrite=overwrite)


def _divided(prepared: Iterable["Cells"]) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """The single values of each group of cells, and their arrays by name."""
    groups: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    for group, one in enumerate(prepared):
        values = one._asdict()
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
    about = _About(path, file.about)
    outlines = _outlines(file)
    record_ids: Texts | None = None
    kinds: Kinds | None = None
    if "record_ids.utf8" in file.names:
        record_ids = _texts(file)
    if "kinds" in file.names:
        kinds = _kinds(file, about.texts("kinds"))
    for name, values in (("record_ids", record_ids), ("kinds", kinds)):
        if values is not None and len(values) != outlines.hazards:
            raise PackRefused(path, f"has {len(values)} {name} for {outlines.hazards} hazards", _MAKE_AGAIN)
    held = about.cells() if cells else None
    index = HazardIndex(
        outlines,
        record_ids,
        kinds,
        unplaced_rows=about.count("unplaced_rows"),
        edges=about.edges(),
        ready=None if held is None else lambda group: _cells(file, held, group, must_have_cells),
    )
    audience = about.text("audience")
    who = "the public" if audience == PUBLIC.name else f"viewer {audience!r}, not for the public"
    given = Circumstances(
        about.day("written_on") or about.day("data_on"),  # the latter in packs of before 2026-11-28
        _data_days(about),
        about.count("unplaced_count"),
        about.text("label"),
        about.yes("outlines_generalised"),
        f"Compared with the hazard pack {path.name}, made for {who}.",
        clock_on=about.day("clock_on"),
        last_written_on=about.day("last_written_on"),
        begin_later_count=about.count("begin_later_count") if "begin_later_count" in about.values else 0,
        begin_later_first_on=about.day("begin_later_first_on"),
    )
    return Pack(
        path,
        index,
        audience,
        given,
        about.text("sources"),
        file.identity,
        file.size_bytes,
        held is not None,
        about.days_by_place("begins_on"),
    )


class _About:
    """The header's words, each of the type that it must be."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self.path, self.values = path, values

    def text(self, key: str) -> str:
        return str(self._of(key, str))

    def yes(self, key: str) -> bool:
        return bool(self._of(key, bool))

    def count(self, key: str) -> int:
        value = self._of(key, int)
        if isinstance(value, bool) or value < 0:
            raise self.refusal(key)
        return int(value)

    def day(self, key: str) -> date | None:
        text = self.values.get(key)
        if text is None:
            return None
        try:
            return date.fromisoformat(self.text(key))
        except ValueError:
            raise self.refusal(key) from None

    def days_by_place(self, key: str) -> dict[int, date]:
        """Days by a place in the index; none in a pack of an older Merestone."""
        values = self.values.get(key, {})
        try:
            return {int(place): date.fromisoformat(day) for place, day in values.items()}
        except (AttributeError, TypeError, ValueError):
            raise self.refusal(key) from None

    def edges(self) -> Edges:
        try:
            return Edges(self.text("edges"))
        except ValueError:
            raise self.refusal("edges") from None

    def texts(self, key: str) -> list[str]:
        values = self._of(key, list)
        if not all(isinstance(value, str) for value in values):
            raise self.refusal(key)
        return list(values)

    def cells(self) -> list[dict[str, Any]] | None:
        """The scalars of each group of cells, if this very code made them."""
        match self.values.get("cells"):
            case {"made_by": str(made_by), "groups": [*groups]} if all(isinstance(group, dict) for group in groups):
                return groups if made_by == cells_fingerprint() else None
            case None:
                return None
        raise self.refusal("cells")

    def refusal(self, key: str) -> PackRefused:
        return PackRefused(self.path, f"its header says {key!r} is {self.values.get(key)!r}", _MAKE_AGAIN)

    def _of(self, key: str, kind: type) -> Any:
        if not isinstance(self.values.get(key), kind):
            raise self.refusal(key)
        return self.values[key]


def _outlines(file: PackFile) -> Outlines:
    """The outlines, after a look at every number: none may point outside, and no coordinate be off the globe."""
    names = [one.name for one in fields(Outlines)]
    given = dict(zip(names, file.arrays(*(f"outlines.{name}" for name in names)), strict=True))
    forms = {
        "lon_deg": "<f8", "lat_deg": "<f8", "ends": "|b1", "part_start": "<i8", "part_hazard": "<i4",
        "part_is_area": "|b1", "accuracy_m": "<f8", "unplaced": "<i4",
    }  # fmt: skip
    for name, array in given.items():
        if array.dtype.str != forms[name] or array.ndim != 1:
            raise PackRefused(file.path, f"outlines.{name} is {array.dtype.str}, {array.shape}", _MAKE_AGAIN)
    out = Outlines(**given)
    vertices, parts, hazards = len(out.lon_deg), len(out.part_hazard), out.hazards
    sound = (
        len(out.lat_deg) == len(out.ends) == vertices
        and len(out.part_is_area) == parts
        and len(out.part_start) == parts + 1
        and all(int(array.view(np.uint8).max(initial=0)) <= 1 for array in (out.ends, out.part_is_area))
        and _within(out.lon_deg, -180.0, 180.0)
        and _within(out.lat_deg, -90.0, 90.0)
        and out.part_start[0] == 0
        and out.part_start[-1] == vertices
        and bool((np.diff(out.part_start) >= 2).all())  # a point is an edge from itself to itself
        and bool(out.ends[out.part_start[1:] - 1].all())
        and not bool((out.ends[1:] & out.ends[:-1]).any())
        and not bool(out.ends[:1].any())
        and _within(out.part_hazard, 0, hazards - 1)
        and _within(out.unplaced, 0, hazards - 1)
        and bool((np.isnan(out.accuracy_m) | ((out.accuracy_m >= 0.0) & np.isfinite(out.accuracy_m))).all())
    )
    if not sound:
        raise PackRefused(file.path, "its outlines point outside themselves or off the globe", _MAKE_AGAIN)
    return out


def _within(values: NDArray[Any], low: float, high: float) -> bool:
    """Whether all lie within; NaN does not."""
    return not len(values) or bool(values.min() >= low and values.max() <= high)


def _texts(file: PackFile) -> Texts:
    utf8, start = file.arrays("record_ids.utf8", "record_ids.start")
    sound = (
        (utf8.dtype.str, utf8.ndim, start.dtype.str, start.ndim) == ("|u1", 1, "<i8", 1)
        and len(start) > 0
        and start[0] == 0
        and start[-1] == len(utf8)
        and bool((np.diff(start) >= 0).all())
    )
    if sound:
        try:
            utf8.tobytes().decode()
            inner = start[start < len(utf8)]
            sound = not bool(((utf8[inner] & 0xC0) == 0x80).any())  # no text begins inside a character
        except UnicodeDecodeError:
            sound = False
    if not sound:
        raise PackRefused(file.path, "its record identifiers are not texts", _MAKE_AGAIN)
    return Texts(utf8, start)


def _kinds(file: PackFile, names: Sequence[str]) -> Kinds:
    (number,) = file.arrays("kinds")
    known = {kind.value: kind for kind in RecordKind}
    if (number.dtype.str, number.ndim) != ("|u1", 1) or not _within(number, 0, len(names) - 1):
        raise PackRefused(file.path, "its kinds point outside their list", _MAKE_AGAIN)
    for name in (names[n] for n in np.unique(number)):
        if name not in known:
            raise PackRefused(file.path, f"holds a kind of record {name!r}", "install a newer Merestone")
    return Kinds(number, [known.get(name, RecordKind.SUSPECTED) for name in names])


def _cells(file: PackFile, groups: list[dict[str, Any]], group: int, must_have_cells: bool) -> "Cells | None":
    from merestone.screening.kernel import Cells

    if group >= len(groups):
        return None
    scalars = groups[group]
    names = [name for name in Cells._fields if name not in scalars]
    try:
        arrays = file.arrays(*(f"cells.{group}.{name}" for name in names))
    except PackRefused as refused:
        if must_have_cells:
            raise
        LOG.debug("cells made anew", why=refused)
        return None
    values: dict[str, Any] = {**dict(zip(names, arrays, strict=True)), **scalars}
    return Cells(**values)


def _data_days(about: _About) -> DataDays:
    """How old the data are; of a pack from before 2026-11-28, which mixed in days of writing, nothing is known."""
    if "data_count" not in about.values:
        return DataDays()
    first_on, last_on = about.day("data_first_on"), about.day("data_last_on")
    return DataDays(first_on, last_on, about.count("data_unstated_count"), about.count("data_count"))


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
