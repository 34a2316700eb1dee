from .batch_query import Cells
from .cells_fingerprint import cells_fingerprint
from .outline import Outlines

__all__ = ["Cells", "Outlines", "cells_fingerprint"]
