"""Merestone: from the treaty, along the border, to the ground.

It keeps the record of where mines and other explosive ordnance may be, tells people, and helps to release the land
again. It never says that a place is safe. The rooms, in the only order in which they may import each other, are
`terms`, `law`, `geodesy`, `border`, `screening`, `release`, `register`, `exchange`, `service` and `cli`.

This module imports none of them, so that ``merestone --help`` starts at once.
"""

__version__ = "0.1.0"
