"""Building a base map from OpenStreetMap: what is drawn, how it is read, how its tiles are written, its names."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
