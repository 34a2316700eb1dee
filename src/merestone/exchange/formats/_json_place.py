"""The place of a feature without a geometry, where its properties state one, as programs without a map write it."""

from collections.abc import Mapping
from typing import Any, Final

from merestone.exchange.formats._table_header import cell_text
from merestone.exchange.places.columns import PlaceColumns, Role, place_columns
from merestone.exchange.places.place_cells import Place, PlaceReader
from merestone.exchange.places.repeat_points import outline_of_repeat
from merestone.exchange.rows.row import Fault

_CODE: Final = "place_in_properties"


class PropertyPlaces:
    """Reads longitudes and latitudes from properties, by the names and notations that tables of text may have."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, ...], PlaceColumns | None] = {}

    def of(self, feature: Any) -> tuple[Place, Fault] | None:
        """The place that the properties state, and a remark on it; None if they state none, or several."""
        properties = feature.get("properties") if isinstance(feature, Mapping) else None
        if not isinstance(properties, Mapping) or len(properties) < 2:
            return None
        names = tuple(map(str, properties))
        cells = [cell_text(value) for value in properties.values()]
        if names not in self._columns:
            self._columns[names] = place_columns(names, [cells], repeat_outline=outline_of_repeat)
        column = self._columns[names]
        if column is None or column.is_ambiguous:
            return None
        sources = [source for source in column.sources if source.role is Role.DEGREES]
        if len(sources) != 1 or len(column.sources) != 1:
            return None
        for place in PlaceReader(names, sources, repeat_outline=outline_of_repeat)(cells):
            if place.geometry is not None and place.crs is None:
                columns = " and ".join(names[i] for i in sources[0].columns)
                text = f"the geometry is null; the place is that of the properties {columns}"
                return place, Fault(_CODE, text)
        return None
