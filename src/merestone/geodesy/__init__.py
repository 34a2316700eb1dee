"""WGS 84 on the ellipsoid: measure, check and repair outlines, make them larger, read and write coordinates.

Not here: what a hazard is, files, storage.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
