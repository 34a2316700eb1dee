"""The one place that remembers: what was recorded of hazards and of released land, when, by whom, why, and when true.

History is the truth: each change is an event, chained by SHA-256 to the one before, never changed and never deleted.
The current layers, which GDAL and QGIS open as they are, are a projection of it. Both times can be asked for: what held
on a day, as it was known at a moment. Rights are applied in `Register.as_of`, and nowhere else.

Not here: file formats of others, HTTP, and rules of law or of land release.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
