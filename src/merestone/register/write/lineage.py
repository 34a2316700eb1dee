"""One area becomes several, or several become one: the land stays what it was, only its records change.

The old records are withdrawn from a day on and name what they became (``became``); the new ones name what they came
from (``came_from``). Nothing is decided about the land: state, layer and danger stay, and no ground is lost or gained
that is wider than the rounding of coordinates.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.register.events.event import Event
from merestone.register.write.layer_rows import status_of
from merestone.terms import FieldRefused, Visibility, most_closed

SAME_LINE_DEG: Final = 1e-7
"""Two lines no further apart are one line: 1 cm, the rounding of coordinates with seven digits. Our own choice."""


def refuse_other_land(outline: BaseGeometry, parts: Sequence[BaseGeometry]) -> None:
    """Refuse parts that are not, all together, the land of one outline.

    Raises
    ------
    FieldRefused
        Fewer than two parts, one that is no valid area, ground that no part covers, or ground outside the outline.
    """
    if len(parts) < 2:
        raise FieldRefused("parts", len(parts), "is not two or more", "give an outline for each part")
    for number, part in enumerate(parts, start=1):
        if part.geom_type not in ("Polygon", "MultiPolygon") or part.is_empty or not part.is_valid:
            raise FieldRefused("parts", number, "is not a valid area", "repair its outline")
    together = shapely.union_all(list(parts))
    if not together.buffer(SAME_LINE_DEG).covers(outline):
        raise FieldRefused(
            "parts",
            len(parts),
            "leave out ground of the area",
            "cover all of it; only a step of its life releases land",
        )
    if not outline.buffer(SAME_LINE_DEG).covers(together):
        raise FieldRefused("parts", len(parts), "reach beyond the area", "revise its outline first, and say why")


def joined(states: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What several areas in one state have in common: the state of the one that they become.

    Attributes on which they differ are left to their own histories. What is not known of one is not known of all; the
    largest accuracy radius and the most closed visibility hold.

    Parameters
    ----------
    states
        The bodies of the areas' present states, by record.

    Raises
    ------
    FieldRefused
        Fewer than two, or they stand in different states of their life or on different layers.
    """
    if len(states) < 2:
        raise FieldRefused("records", list(states), "is not two or more", "name each area once")
    bodies = list(states.values())
    stands = {(status_of(body), body["kind"]) for body in bodies}
    if len(stands) > 1:
        text = ", ".join(f"{record_id} {status_of(body)} ({body['kind']})" for record_id, body in states.items())
        raise FieldRefused("records", text, "do not all have the same status", "move each to the same status first")
    accuracies = [body["accuracy_m"] for body in bodies]
    first = bodies[0]["attributes"]
    ends = [body["true_until"] for body in bodies]
    return {
        "kind": bodies[0]["kind"],
        "status": status_of(bodies[0]),
        "accuracy_m": None if None in accuracies else max(accuracies),
        "data_on": min(data_day(body) for body in bodies),
        "attributes": {
            name: value
            for name, value in first.items()
            if all(name in body["attributes"] and body["attributes"][name] == value for body in bodies)
        },
        "evidence": sorted({record_id for body in bodies for record_id in body.get("evidence", ())}),
        "true_until": None if None in ends else max(ends),
        "visibility": most_closed(Visibility(body["visibility"]) for body in bodies).value,
    }


def data_day(body: Mapping[str, Any]) -> str:
    """The day of an area's data, or else the day it was written down: new records do not make old data new."""
    return str(body.get("data_on") or body["recorded_at"][:10])


def lineage_of(events: Iterable[Event]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """From which records a record came, and which it became, by its events; both empty for most.

    >>> lineage_of([])
    ((), ())
    """
    came_from: dict[str, None] = {}
    became: dict[str, None] = {}
    for event in events:
        came_from.update(dict.fromkeys(event.body.get("came_from", ())))
        became.update(dict.fromkeys(event.body.get("became", ())))
    return tuple(came_from), tuple(became)
