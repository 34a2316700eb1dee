"""Rows of a file as they were read, and the values in them: cells, shapes, reference systems, XML, text encodings."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
