"""The measurement itself: hazards laid out flat, cells over them, and the compiled code that finds the nearest edge.

The code of this folder makes the cells that hazard packs keep; a change of it, and of nothing else, makes them anew.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
