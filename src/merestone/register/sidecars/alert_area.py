"""The area of an alert, from what the public sees of the records that it warns of and from what was declared.

Nothing here knows an exact outline that the public does not: the snapshot is the public's. An area that somebody
declares by hand is joined with the public outline of every hazard that it touches, so that an exact outline which was
copied into an alert cannot be told from the public one around it.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.alerts import published_area
from merestone.geodesy import widen
from merestone.register.events.errors import RecordUnknown
from merestone.register.events.record import Record
from merestone.register.events.records import Snapshot
from merestone.register.events.rights import PUBLIC
from merestone.terms import WIDENED_M, FieldRefused


def alert_area(snapshot: Snapshot, hazard_ids: Sequence[str], declared: BaseGeometry | None) -> shapely.MultiPolygon:
    """The area to publish: it contains what was declared, and every hazard named with its accuracy.

    Parameters
    ----------
    snapshot
        What the public sees (``register.as_of(viewer=PUBLIC)``).
    hazard_ids
        The records that the alert warns of.
    declared
        An area in degrees, or None.

    Raises
    ------
    RecordUnknown
        No hazard of that name holds today.
    FieldRefused
        Neither a record nor an area; or the area is not one.
    """
    assert snapshot.viewer == PUBLIC.name, "an alert is made of what the public sees"
    shapes: list[BaseGeometry] = []
    by_id: dict[str, list[Record]] = {}
    for record in snapshot.hazards:
        by_id.setdefault(record.record_id, []).append(record)
    for record_id in hazard_ids:
        if record_id not in by_id:
            raise RecordUnknown(record_id)
        shapes += [_with_accuracy(record) for record in by_id[record_id]]
    if declared is not None:
        if declared.geom_type not in ("Polygon", "MultiPolygon"):
            raise FieldRefused(
                "area", declared.geom_type, "is not an area", "give the outline of the ground to warn of"
            )
        outlines = np.array([record.geometry for record in snapshot.hazards], dtype=object)
        touched: list[BaseGeometry] = outlines[shapely.intersects(outlines, declared)].tolist()
        shapes += [declared, *(outline for outline in touched if outline.geom_type.endswith("Polygon"))]
    if not shapes:
        raise FieldRefused("area", None, "is missing", "name a record, or give the outline of the ground to warn of")
    return published_area(shapely.union_all(shapes))


def _with_accuracy(record: Record) -> BaseGeometry:
    return widen(record.geometry, WIDENED_M if record.accuracy_m is None else record.accuracy_m)
