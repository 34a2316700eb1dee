"""The place of a feature without a geometry, where its properties state one, as programs without a map write it."""

from collections.abc import Mapping
from typing import Any, Final

import shapely

from merestone.exchange.formats._table import other_place
from merestone.exchange.formats._table_header import cell_text
from merestone.exchange.places.box_text import box_of
from merestone.exchange.places.columns import PlaceColumns, PlaceSource, Role, place_columns
from merestone.exchange.places.corner_columns import with_corner_columns
from merestone.exchange.places.extent_columns import flat_values
from merestone.exchange.places.place_cells import WGS84, Place, PlaceReader
from merestone.exchange.places.repeat_points import outline_of_repeat
from merestone.exchange.rows.row import Fault

_CODE: Final = "place_in_properties"
_ROLES: Final = frozenset({Role.DEGREES, Role.PARTS, Role.UTM, Role.MGRS, Role.POSITION, Role.BOX})
"""Outlines among the properties are found by what they mean; x and y do not say which of them is the longitude."""


class PropertyPlaces:
    """Reads places from properties, by the names and notations that tables of text may have."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, ...], PlaceColumns | None] = {}

    def of(self, feature: Any) -> tuple[Place, Fault] | None:
        """The place that the properties state, and a remark on it; None if they state none, or several far apart."""
        properties = feature.get("properties") if isinstance(feature, Mapping) else None
        return self._of_properties(properties) or _of_box(feature)

    def _of_properties(self, properties: Any) -> tuple[Place, Fault] | None:
        if not isinstance(properties, Mapping) or not properties:
            return None
        values = flat_values({str(name): value for name, value in properties.items()})
        names = tuple(values)
        cells = [cell_text(value) for value in values.values()]
        if names not in self._columns:
            column = place_columns(names, [cells], repeat_outline=outline_of_repeat)
            self._columns[names] = with_corner_columns(names, column, [cells])
        column = self._columns[names]
        if column is None or column.is_ambiguous:
            return None
        sources = [source for source in column.sources if source.role in _ROLES]
        places = [
            place
            for place in PlaceReader(names, sources, repeat_outline=outline_of_repeat)(cells)
            if place.geometry is not None and place.crs in (None, WGS84) and not place.is_order_assumed
        ]
        if not places:
            return None
        chosen = places[0]
        apart_m, _ = other_place(names, places, [place.geometry for place in places], 0)
        columns = " and ".join(names[i] for i in chosen.source.columns)
        message = f"the geometry is null; the place is that of the properties {columns}"
        if apart_m:
            message += f", which lies up to {apart_m:,.0f} m from others there: the distance counts as accuracy"
        return chosen._replace(resolution_m=chosen.resolution_m + apart_m), Fault(_CODE, message)


def _of_box(feature: Any) -> tuple[Place, Fault] | None:
    """The box of a feature that has nothing else (RFC 7946, section 5)."""
    box = feature.get("bbox") if isinstance(feature, Mapping) else None
    if not isinstance(box, list) or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in box):
        return None
    area = box_of(box)
    if area is None:
        return None
    inner = shapely.Point(area.bounds[:2])
    place = Place(PlaceSource(Role.BOX, ()), area, inner_geometry=inner)
    return place, Fault(_CODE, "the geometry is null; the box of the feature is taken as the area")
