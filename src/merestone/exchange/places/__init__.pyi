from .arrow_positions import PLAIN, Positions, stated_reference
from .bearing_columns import Away, BearingColumns, bearing_columns, distance_away
from .geometry_column import geometry_columns
from .measures import ANSWER_PREFIX, Measure, accuracy_measures
from .text_geometry import TextGeometryInvalid, parse_text_geometry

__all__ = [
    "ANSWER_PREFIX",
    "PLAIN",
    "Away",
    "BearingColumns",
    "Measure",
    "Positions",
    "TextGeometryInvalid",
    "accuracy_measures",
    "bearing_columns",
    "distance_away",
    "geometry_columns",
    "parse_text_geometry",
    "stated_reference",
]
