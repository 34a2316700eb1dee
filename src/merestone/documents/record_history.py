"""The life of one record, told event by event for its holder: what changed, who said so, and where its land stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import area_m2
from merestone.languages import gettext_noop
from merestone.register import Advice, Change, Event, Register, SheetRecord, Snapshot
from merestone.register.programme import FieldType, Kind, kind_of_layer, kinds, state_by_kind
from merestone.register.write import lineage_of
from merestone.release import SHARE_OF_KIND, Balance, Parcel, balance
from merestone.terms import RecordKind

WHAT: Final[Mapping[Change, str]] = {
    Change.RECORDED: gettext_noop("Recorded"),
    Change.REVISED: gettext_noop("Revised"),
    Change.WITHDRAWN: "Withdrawn",
    Change.CONFLICTED: "Conflict: changed in two copies; both outlines warn until it is resolved",
}
"""What an event did to a record, in words."""
_LAYERS: Final = {kind.value: kind for kind in RecordKind}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One attribute before and after an event; None: absent."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Chapter:
    """One event, beside what the event before it had said."""

    event: Event
    what: str
    kind_before: str | None
    kind: str | None
    """The kind's words; None where the event states none, as a withdrawal does."""
    status_before: str | None
    status: str | None
    advised: str | None
    """What the evidence named at a step of the life cycle advised; None if nothing."""
    evidence: tuple[str, ...]
    changes: tuple[FieldChange, ...]
    before: BaseGeometry | None
    after: BaseGeometry | None
    """The outlines around a change of outline; both None where it stayed."""
    before_m2: float
    after_m2: float
    lost_m2: float
    gained_m2: float


@dataclass(frozen=True, slots=True)
class OwnBalance:
    """Where the land stands that the record ever named as hazardous."""

    shares: Balance
    """Over the records that name parts of it today, each clipped to it; this record is one of them."""
    once_m2: float
    """All that it ever named, m2."""
    unnamed_m2: float
    """Of that, what no record names today as open or released, m2: an outline was redrawn, or a release is missing."""


@dataclass(frozen=True, slots=True)
class Link:
    """Another record, and how it is connected."""

    record_id: str
    connection: str


@dataclass(frozen=True, slots=True)
class Story:
    """The whole life."""

    record_id: str
    chapters: tuple[Chapter, ...]
    """The oldest first, in the order of the chain."""
    advice: Advice | None
    """What the findings recorded for a hazardous area advise; None for other kinds."""
    may_follow: tuple[str, ...]
    """The states that the programme's table lets follow the present one."""
    own: OwnBalance | None
    """None for records that are no reported land."""
    links: tuple[Link, ...]


def story(register: Register, record_id: str, *, snapshot: Snapshot) -> Story:
    """Tell the life of a record or sheet, exactly: for the register's holder and nobody else.

    Parameters
    ----------
    snapshot
        What holds today, exactly (`EXACT`): the records beside which its land is balanced.

    Raises
    ------
    RecordUnknown
    """
    events = register.history(record_id)
    history_chapters = chapters(events)
    is_area = any(_LAYERS.get(str(event.body.get("kind"))) in SHARE_OF_KIND for event in events)
    present = next((record for record in snapshot.records if record.record_id == record_id), None)
    steps = () if present is None or present.status is None else register.life_cycle().next_steps(present.status)
    return Story(
        record_id,
        history_chapters,
        register.advise(record_id) if is_area else None,
        tuple(step.after for step in steps),
        own_balance(events, snapshot) if is_area else None,
        (*family(events), *links(events[-1], record_id, sheets=register.sheets())),
    )


def chapters(events: Sequence[Event]) -> tuple[Chapter, ...]:
    """Each event beside what was said before it."""
    history_chapters = []
    kind: str | None = None
    status: str | None = None
    attributes: Mapping[str, Any] = {}
    outline: BaseGeometry | None = None
    for event in events:
        body = event.body
        states = "kind" in body
        before, kind_before, status_before = outline, kind, status
        changes: tuple[FieldChange, ...] = ()
        if states:
            kind = _kind_label(body["kind"])
            layer = _LAYERS.get(body["kind"])
            status = body.get("status") or (None if layer is None else state_by_kind(layer))
            changes = tuple(attribute_changes(kind_named(body["kind"]), attributes, event.attributes))
            attributes = event.attributes
        after = event.geometry if states else None
        moved = after is not None and (before is None or not before.equals_exact(after))
        history_chapters.append(
            Chapter(
                event,
                WHAT.get(event.change, event.change.value),
                kind_before,
                kind if states else None,
                status_before,
                status if states else None,
                (body.get("step") or {}).get("advised"),
                tuple(body.get("evidence") or ()),
                changes,
                before if moved else None,
                after if moved else None,
                **_areas(before if moved else None, after if moved else None),
            )
        )
        outline = after if after is not None else outline
    return tuple(history_chapters)


def own_balance(events: Sequence[Event], snapshot: Snapshot) -> OwnBalance | None:
    """Balance the land that a record ever named as hazardous; None if it never named any."""
    named = [
        event.geometry
        for event in events
        if (layer := _LAYERS.get(str(event.body.get("kind")))) is not None
        and layer in SHARE_OF_KIND
        and event.geometry is not None
    ]
    once = _polygons(shapely.union_all(named)) if named else shapely.Polygon()
    if once.is_empty:
        return None
    shapely.prepare(once)
    parcels = []
    for record in snapshot.records:
        share = SHARE_OF_KIND.get(record.kind)
        if share is not None and once.intersects(record.geometry):
            part = _polygons(once.intersection(record.geometry))
            if not part.is_empty:
                parcels.append(Parcel(record.record_id, share, part))
    unnamed = _polygons(once.difference(shapely.union_all([parcel.geometry for parcel in parcels])))
    return OwnBalance(balance(parcels), area_m2(once), 0.0 if unnamed.is_empty else area_m2(unnamed))


def family(events: Sequence[Event]) -> Iterator[Link]:
    """The records that it came from, and those that it became, where areas were divided or joined."""
    came_from, became = lineage_of(events)
    yield from (Link(link_id, "became this record") for link_id in came_from)
    yield from (Link(link_id, "is what this record became") for link_id in became)


def links(event: Event, record_id: str, *, sheets: Sequence[SheetRecord]) -> Iterator[Link]:
    """The records that its last words name, and the sheets that name it."""
    for link_id in event.body.get("evidence") or ():
        yield Link(link_id, "supports it")
    yield from _named(str(event.body.get("kind")), event.attributes)
    for sheet in sheets:
        if any(link.record_id == record_id for link in _named(sheet.kind, sheet.attributes)):
            yield Link(sheet.record_id, f"{kinds()[sheet.kind].label}, names this record")


def _named(kind_name: str, attributes: Mapping[str, Any]) -> Iterator[Link]:
    kind = kind_named(kind_name)
    for field in () if kind is None else kind.fields:
        value = attributes.get(field.name)
        if value and field.type in (FieldType.LINK, FieldType.LINKS):
            for link_id in value if isinstance(value, list) else [value]:
                yield Link(str(link_id), field.label)


def kind_named(name: str) -> Kind | None:
    """The definition of a kind as events name it; None if there is none."""
    layer = _LAYERS.get(name)
    return kinds().get(name) if layer is None else kind_of_layer(layer)


def _kind_label(name: str) -> str:
    layer = _LAYERS.get(name)
    kind = kinds().get(name)
    return layer.label if layer is not None else name if kind is None else kind.label.lower()


def attribute_changes(kind: Kind | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    """The attributes that differ, by the labels of their kind; None where one is absent."""
    labels = {} if kind is None else {field.name: field.label for field in kind.fields}
    for name in dict.fromkeys((*after, *before)):
        if before.get(name) != after.get(name):
            yield FieldChange(labels.get(name, name), before.get(name), after.get(name))


def _areas(before: BaseGeometry | None, after: BaseGeometry | None) -> dict[str, float]:
    old, new = _polygons(before), _polygons(after)
    return {
        "before_m2": _m2(old),
        "after_m2": _m2(new),
        "lost_m2": _m2(_polygons(old.difference(new))),
        "gained_m2": _m2(_polygons(new.difference(old))),
    }


def _m2(outline: BaseGeometry) -> float:
    return 0.0 if outline.is_empty else area_m2(outline)


def _polygons(outline: BaseGeometry | None) -> BaseGeometry:
    """Only what has an area: an intersection may leave points and lines too."""
    parts = [] if outline is None else shapely.get_parts(shapely.get_parts(outline)).tolist()
    return shapely.union_all([part for part in parts if part.geom_type == "Polygon"])
