"""Records as a viewer may see them: what it may not see exactly is shown larger, and says less."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import inward_all, mask_of, masked_all, masked_within_all
from merestone.register.events.record import Record
from merestone.register.events.rights import WITHHELD, Viewer
from merestone.register.file.sqlite_driver import Rows
from merestone.register.query.generalisation_cache import Covers
from merestone.register.query.outline_history import Anchored, anchored
from merestone.register.query.outline_key import chances
from merestone.register.query.public_table import PublicTable, public_table
from merestone.terms import RecordKind, Visibility

Outward = Callable[[BaseGeometry, float], BaseGeometry]
"""(outline, metres) -> an outline that contains it, generalised by that much."""
Rule = tuple[str, float, float | None]
"""How an outline is generalised: inward or outward, by how many metres, and from which accuracy in metres."""
OUTWARD: Final = "outward"


def seen_by(
    viewer: Viewer,
    records: tuple[Record, ...],
    *,
    rows: Rows,
    versions: Mapping[str, int],
    key: bytes | None,
    outward: Outward | None,
    covers: Covers,
) -> tuple[Record, ...]:
    """The records as a viewer may see them; those of one rule are generalised together.

    A hazard is shown larger than it is. Released land is shown smaller, and not at all where nothing of it is left:
    land that was never released must not look as if it were.

    Parameters
    ----------
    versions
        How many events there are of each record that has more than one.
    key
        The register's secret; needed unless ``outward`` is given.
    """
    rules: dict[tuple[Visibility, RecordKind, float | None], Rule | None] = {}
    hidden: dict[Rule, list[int]] = {}
    for place, record in enumerate(records):
        kind = (record.visibility, record.kind, record.accuracy_m)
        if kind not in rules:
            rules[kind] = _rule_for(viewer, *kind)
        rule = rules[kind]
        if rule is not None:
            hidden.setdefault(rule, []).append(place)
    outlines: dict[int, BaseGeometry] = {}
    for rule, places in hidden.items():
        chosen = [records[place] for place in places]
        way, by_m, accuracy_m = rule
        if outward is None:
            assert key is not None
            shown = _masked(chosen, rule, rows=rows, versions=versions, key=key, covers=covers)
        elif way == OUTWARD:
            shown = [outward(record.geometry, by_m) for record in chosen]
        else:
            shown = _inward(chosen, by_m, accuracy_m, covers)
        outlines.update(zip(places, shown, strict=True))
    lost = {place for rule, at in hidden.items() if rule[0] != OUTWARD for place in at if outlines[place].is_empty}
    has_unread = any(record.visibility not in viewer.reads for record in records)
    shown_as = partial(_shown_as, viewer, public_table(rows) if has_unread else None)
    return tuple(shown_as(record, outlines.get(place)) for place, record in enumerate(records) if place not in lost)


def _shown_as(viewer: Viewer, table: PublicTable | None, record: Record, outline: BaseGeometry | None) -> Record:
    """A record with the outline that is shown in place of its own, if any, and with the words that may be read.

    A source often names a person, a telephone number, a place.
    """
    changes: dict[str, Any] = {} if outline is None else {"geometry": outline, "is_exact": False}
    if record.visibility not in viewer.reads:
        assert table is not None
        changes |= WITHHELD
        changes |= {"source": table.source_of(record), "shows_text": False}
    return record._replace(**changes) if changes else record


def _rule_for(viewer: Viewer, visibility: Visibility, kind: RecordKind, accuracy_m: float | None) -> Rule | None:
    """How the outline is generalised for the viewer; None if it may see it exactly."""
    if viewer.sees_exact(visibility):
        return None
    by_m = viewer.widening_m(visibility)
    return (OUTWARD, by_m, None) if kind.is_hazard else ("inward", by_m, accuracy_m)


def _inward(records: Sequence[Record], by_m: float, accuracy_m: float | None, covers: Covers) -> list[BaseGeometry]:
    outlines = [record.geometry for record in records]
    rules = [repr(("inward", by_m, accuracy_m)).encode()] * len(records)
    return covers.of(
        outlines,
        rules,
        lambda places: inward_all([outlines[place] for place in places], by_m, accuracy_m=accuracy_m).tolist(),
    )


def _masked(
    records: Sequence[Record], rule: Rule, *, rows: Rows, versions: Mapping[str, int], key: bytes, covers: Covers
) -> list[BaseGeometry]:
    mask = mask_of(rule[1])
    exact = [(record.record_id, record.geometry) for record in records]
    bases = anchored(rows, exact, changed=versions, tolerance_m=mask.tolerance_m)
    drawn = partial(_drawn, rule=rule, key=key, covers=covers)
    shown = drawn(bases)
    for place, (base, (_, outline)) in enumerate(zip(bases, exact, strict=True)):
        # It lies close to its anchor, and so within what is shown of that (of released land, that lies within it).
        # Should it not, its own is drawn.
        is_hazard = rule[0] == OUTWARD
        if base.outline is not outline and not (
            shown[place].covers(outline) if is_hazard else shown[place].is_empty or outline.covers(shown[place])
        ):
            shown[place] = drawn([base._replace(outline=outline)])[0]
    return shown


def _drawn(bases: Sequence[Anchored], *, rule: Rule, key: bytes, covers: Covers) -> list[BaseGeometry]:
    way, by_m, accuracy_m = rule
    chance = chances(key, [base.seed for base in bases], by_m)
    outlines, frames = (
        np.array([getattr(base, name) for base in bases], dtype=object) for name in ("outline", "frame")
    )
    # The chance stands for the secret and the record: what is remembered holds neither, but a digest of it.
    about = repr(rule).encode()
    # A frame that is the outline itself, as of most records, stands in what is remembered already.
    apart = np.array([base.frame is not base.outline for base in bases], dtype=bool)
    wkbs = np.full(len(bases), b"", dtype=object)
    wkbs[apart] = shapely.to_wkb(frames[apart])
    rules = [about + bytes(own) + wkb for own, wkb in zip(chance, wkbs.tolist(), strict=True)]
    masked = masked_all if way == OUTWARD else partial(masked_within_all, accuracy_m=accuracy_m)
    mask = mask_of(by_m)
    return covers.of(list(outlines), rules, lambda at: list(masked(outlines[at], frames[at], chance[at], mask)))
