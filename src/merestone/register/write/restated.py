"""What an event states of a record, as an entry that can be written down again: in part, or for other days."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from merestone.register.events.event import Event
from merestone.register.events.records import Entry, Sheet
from merestone.register.write.layer_rows import layer_named
from merestone.terms import FieldRefused, Visibility


def entry_of(event: Event) -> Entry | Sheet:
    """The state that an event gives to a record; its source and the day of its data stay with it.

    Raises
    ------
    FieldRefused
        The event states nothing: it withdraws the record.
    """
    return entry_from(event.body, event.geometry)


def entry_from(body: Mapping[str, Any], geometry: BaseGeometry | None) -> Entry | Sheet:
    """As `entry_of`, from a body and its outline."""
    if "attributes" not in body:
        raise FieldRefused("event", body["change"], "states nothing of the record", "name an event that states it")
    layer = layer_named(body["kind"])
    true_from, true_until, data_on = (_day(body.get(name)) for name in ("true_from", "true_until", "data_on"))
    visibility, row = Visibility(body["visibility"]), body.get("row")
    if layer is None:
        return Sheet(
            body["kind"], body["attributes"], geometry, true_from, true_until, visibility, body["source"], row, data_on
        )
    if geometry is None:
        raise FieldRefused("geometry", None, "is missing from the event", "verify the register")
    return Entry(
        layer,
        geometry,
        body["accuracy_m"],
        body["attributes"],
        true_from,
        true_until,
        visibility,
        source=body["source"],
        row=row,
        status=body.get("status"),
        evidence=tuple(body.get("evidence", ())),
        data_on=data_on,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
