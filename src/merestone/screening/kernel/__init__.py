"""The measurement itself: hazards laid out flat, cells over them, and the compiled code that finds the nearest edge.

The code of this folder makes the cells that hazard packs keep; a change of it, and of nothing else, makes them anew.
"""
