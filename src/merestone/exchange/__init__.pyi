from .formats import Feature, Format, format_for_writing, format_of, known_formats, read
from .intake import Progress, import_file
from .intake_report import IntakeReport
from .publish import PublishReport, TierMismatch, publish_layer
from .row import Fault, Reading, Row
from .row_reports import RowReport

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
