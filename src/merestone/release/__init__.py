"""Land release: how much land is reported, open and released, each square metre counted once.

Not here: storage, law text, any military quantity, and any advice about anything but survey, clearance and release.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
