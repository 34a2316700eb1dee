from .formats import Feature, Format, format_for_writing, format_of, known_formats, read
from .imports.intake import Progress, import_file
from .imports.intake_report import IntakeReport
from .imports.row_reports import RowReport
from .publication.publish import PublishReport, TierMismatch, publish_layer
from .rows.row import Fault, Reading, Row

__all__ = [
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
    "format_for_writing",
    "format_of",
    "import_file",
    "known_formats",
    "publish_layer",
    "read",
]
