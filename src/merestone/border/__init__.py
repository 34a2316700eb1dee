"""Borders between states, measured: their length at every resolution, the terrain along them, and published claims.

For: anyone who has to say how long a border is, and with what doubt; what lies along it; and whether what was
published about it holds. Not here: who is right in a dispute (each line says where it comes from), storage, and any
advice on what to do in a place: the figures describe, and rank nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
