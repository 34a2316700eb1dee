"""Events and records as values: what was written down, its canonical bytes, and what it states of each day."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
