from .accuracy_text import (
    WrittenAccuracy,
    accuracy_beginnings,
    accuracy_in_text,
    accuracy_of_quality,
    quality_columns,
    texts_with_accuracy,
)
from .arrow_positions import PLAIN, Positions, is_text_kind, stated_reference
from .bearing_columns import Away, BearingColumns, bearing_columns, distance_away
from .decimal_marks import DecimalMarks, is_degrees_name
from .geometry_column import geometry_columns
from .measures import ANSWER_PREFIX, Measure, accuracy_measures
from .text_geometry import TextGeometryInvalid, parse_text_geometry

__all__ = [
    "ANSWER_PREFIX",
    "PLAIN",
    "Away",
    "BearingColumns",
    "DecimalMarks",
    "Measure",
    "Positions",
    "TextGeometryInvalid",
    "WrittenAccuracy",
    "accuracy_beginnings",
    "accuracy_in_text",
    "accuracy_measures",
    "accuracy_of_quality",
    "bearing_columns",
    "distance_away",
    "geometry_columns",
    "is_degrees_name",
    "is_text_kind",
    "parse_text_geometry",
    "quality_columns",
    "stated_reference",
    "texts_with_accuracy",
]
