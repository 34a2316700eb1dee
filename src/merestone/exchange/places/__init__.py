"""Where a row lies: columns, notations and measures that state a place, its accuracy and its extent."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
