from .border_plot import curve_drawing, lengths_drawing
from .drawing_file import TABLES, Drawing, write_drawing, write_rows
from .land_parcel import parcel_of
from .law_calendar import CALENDAR_COLUMNS, calendar_file, calendar_rows
from .law_parties import counts_drawing, counts_plot, parties_csv, parties_drawing
from .law_sources import SOURCE_COLUMNS, bibtex, source_rows
from .law_timeline import timeline_drawing, timeline_svg
from .outline_change_drawing import outlines_svg
from .planning_plot import burden_drawing, burn_down_drawing, ranking_drawing
from .record_conflict import Side, apart
from .record_history import WHAT, Chapter, FieldChange, attribute_changes, story
from .treaty_collection import read_treaty_list

__all__ = [
    "CALENDAR_COLUMNS",
    "SOURCE_COLUMNS",
    "TABLES",
    "WHAT",
    "Chapter",
    "Drawing",
    "FieldChange",
    "Side",
    "apart",
    "attribute_changes",
    "bibtex",
    "burden_drawing",
    "burn_down_drawing",
    "calendar_file",
    "calendar_rows",
    "counts_drawing",
    "counts_plot",
    "curve_drawing",
    "lengths_drawing",
    "outlines_svg",
    "parcel_of",
    "parties_csv",
    "parties_drawing",
    "ranking_drawing",
    "read_treaty_list",
    "source_rows",
    "story",
    "timeline_drawing",
    "timeline_svg",
    "write_drawing",
    "write_rows",
]
