"""Files beside the register: accounts, attachments, and the sealed personal data of people hurt."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
