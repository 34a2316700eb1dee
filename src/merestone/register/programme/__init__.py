"""What a programme decides: its kinds of records, their life cycle, the weight of evidence, and who approves what."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
