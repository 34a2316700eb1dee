"""Writing: one batch is one transaction, appended to the chain, with the current layers brought along."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
