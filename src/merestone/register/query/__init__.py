"""Questions to the register: what held on a day, as it was known at a moment, for a viewer."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
