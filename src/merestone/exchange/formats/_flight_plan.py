"""Plans of drone flights, which are not read: their polygons say where to fly, and not that they bound a hazard."""

import re
from typing import Final

_POLYGON: Final = (
    "if its polygon is the outline of a hazard, draw it in a GIS and save it as GeoPackage or KML, or write a table of "
    "its corners with the columns hazard_id, point_no, lat, lon"
)
_PLACES_ONLY: Final = re.compile(rb"\s*(?:#[^\n]*\n\s*)*-?\d{1,3}\.\d+[ \t]+-?\d{1,3}\.\d+\s")


def flight_plan(suffix: str, head: bytes) -> tuple[str, str] | None:
    r"""Why such a file is not read, and what to do instead; None for any other file.

    >>> flight_plan(".waypoints", b"QGC WPL 110\n0\t1")[0]
    'it is a plan of a flight (QGroundControl, Mission Planner), which says where a drone is to go'
    """
    is_plan = re.search(rb'"fileType"\s*:\s*"(?:Plan|Mission|GeoFence|RallyPoints)"', head) is not None
    if is_plan or (suffix == ".plan" and head.lstrip()[:1] == b"{") or head.startswith(b"QGC WPL"):
        why = "it is a plan of a flight (QGroundControl, Mission Planner), which says where a drone is to go"
        return why, f"give the log of the flight as GPX or KML for what was flown; {_POLYGON}"
    if suffix in (".poly", ".fen", ".fence") and _PLACES_ONLY.match(head) is not None:
        why = "it is a polygon or a fence of Mission Planner: bare places, of which a fence's first is not a corner"
        return why, _POLYGON
    return None
