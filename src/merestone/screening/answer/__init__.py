"""What is said of a place: the classes, the sentences, and the answer that is made of them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
