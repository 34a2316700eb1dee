from .rights import reader_of, staff_read

__all__ = ["reader_of", "staff_read"]
