from .level_effect import effect_lines, label_of, write_effect_picture
from .table_sheet import write_sheet, write_table
from .table_text import csv_lines, text_columns

__all__ = [
    "csv_lines",
    "effect_lines",
    "label_of",
    "text_columns",
    "write_effect_picture",
    "write_sheet",
    "write_table",
]
