"""Every format in and out, and the two ways that join files to the register: intake and publication.

A file becomes rows, nothing judged (`read`). Rows become accepted, repaired or quarantined records, and the three add
up to what came in. A snapshot of the register becomes files, the public tier always containing the true areas.

Not here: what makes an area valid (geodesy), what may be seen by whom (register), any rule of release or law.
"""

from merestone.exchange.formats import Feature, Format, format_for_writing, format_of, known_formats, read
from merestone.exchange.intake import Progress, import_file
from merestone.exchange.intake_report import IntakeReport, RowReport
from merestone.exchange.publish import PublishReport, TierMismatch, publish_layer
from merestone.exchange.row import Fault, Reading, Row

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
