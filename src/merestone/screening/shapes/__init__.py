"""Tracks, footprints and areas against the hazard index: which parts lie inside or near, and the words that say so."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
