"""Many positions at once: hazard packs, record batches, Spark, and the files that answers go to.

Not here: how a position is measured (screening), how a file is read (exchange).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
