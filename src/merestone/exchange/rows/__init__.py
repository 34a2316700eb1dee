"""Rows of a file as they were read, and the values in them: cells, shapes, reference systems, XML, text encodings."""
