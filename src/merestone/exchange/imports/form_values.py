"""Answers as forms give them, for the fields of a definition: ODK, Kobo and Survey123 write them in ways of their own.

Sources: ODK XForms specification (select: choices parted by spaces; geopoint: latitude, longitude, altitude, accuracy);
ArcGIS Survey123, "Choices" (select_multiple: parted by commas).
"""

import re
from collections.abc import Mapping
from typing import Any

import shapely

from merestone.exchange.places.text_geometry import TextGeometryInvalid, parse_text_geometry
from merestone.register.programme import Field, FieldType


def from_form(field: Field, value: Any) -> Any:
    """The value as the definition has it; what is no answer of a form stays as it is.

    >>> choices = Field("use", FieldType.CHOICES, "Use", "own", choices=("farming", "water"))
    >>> from_form(choices, "farming water"), from_form(choices, "farming,water"), from_form(choices, "farming; flying")
    (['farming', 'water'], ['farming', 'water'], 'farming; flying')
    """
    if field.type is FieldType.CHOICES and isinstance(value, str):
        tokens = [word for word in re.split(r"[\s,;]+", value) if word]
        known = {choice.lower() for choice in field.choices}
        return tokens if len(tokens) > 1 and all(word.lower() in known for word in tokens) else value
    if field.type is FieldType.POINT:
        return _point(value)
    return value


def _point(value: Any) -> Any:
    """Longitude and latitude of a geopoint, as text or as GeoJSON."""
    if isinstance(value, Mapping) and value.get("type") == "Point" and isinstance(value.get("coordinates"), list):
        return value["coordinates"][:2]
    if not isinstance(value, str):
        return value
    try:
        text_geometry = parse_text_geometry(value)
    except TextGeometryInvalid:
        return value
    if text_geometry is None or text_geometry.geometry.geom_type != "Point" or text_geometry.srid not in (None, 4326):
        return value
    lon_deg, lat_deg = shapely.get_coordinates(text_geometry.geometry)[0].tolist()
    return [lon_deg, lat_deg]
