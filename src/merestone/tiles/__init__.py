"""Recorded areas as vector tiles that never leave a record out: which tile holds what, and how outlines are rounded.

For: maps that fetch what is in view. A hazard's outline in a tile contains the recorded one, whatever rounding,
clipping and simplification did; released land lies within the recorded one. Not here: who may see which outline (the
caller hands in the outlines of its viewer), HTTP, files, and colours.

Sources: Mapbox Vector Tile Specification 2.1; OGC Two Dimensional Tile Matrix Set 2.0, WebMercatorQuad.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
