"""Imports: files compared with the register, previewed, understood, and recorded in one transaction."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
