from .amendment import Amendment, attribute_from, differences, geometry_from_file, geometry_from_wkt
from .blank_form import BlankColumn, blank_columns, write_blank
from .comparison import Comparison
from .delivery_map import write_delivery_map
from .form import refuse_no_form, write_xlsform
from .many_files import FileResult, expanded, import_files
from .mapping import ColumnMapping, mapping_text, read_mapping
from .new_record import add_record
from .preview import Preview, preview_file
from .reading_map import write_reading_map
from .row_filter import RowFilter
from .sheet_preview import SheetPreview, preview_sheets

__all__ = [
    "Amendment",
    "BlankColumn",
    "ColumnMapping",
    "Comparison",
    "FileResult",
    "Preview",
    "RowFilter",
    "SheetPreview",
    "add_record",
    "attribute_from",
    "blank_columns",
    "differences",
    "expanded",
    "geometry_from_file",
    "geometry_from_wkt",
    "import_files",
    "mapping_text",
    "preview_file",
    "preview_sheets",
    "read_mapping",
    "refuse_no_form",
    "write_blank",
    "write_delivery_map",
    "write_reading_map",
    "write_xlsform",
]
