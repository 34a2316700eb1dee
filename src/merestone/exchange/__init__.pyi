from .formats import Feature, Format, format_for_writing, format_of, known_formats, read
from .formats.base_map import BaseMap
from .formats.columns import columns_of
from .imports.import_request import Progress
from .imports.intake import import_file
from .imports.intake_report import IntakeReport
from .imports.row_reports import RowReport
from .publication.publish import PublishReport, TierMismatch, publish_layer, watched
from .rows.row import Fault, Reading, Row

__all__ = [
    "BaseMap",
    "Fault",
    "Feature",
    "Format",
    "IntakeReport",
    "Progress",
    "PublishReport",
    "Reading",
    "Row",
    "RowReport",
    "TierMismatch",
    "columns_of",
    "format_for_writing",
    "format_of",
    "import_file",
    "known_formats",
    "publish_layer",
    "read",
    "watched",
]
