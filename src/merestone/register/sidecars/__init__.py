"""What goes along with the register: accounts, attachments, personal data of people hurt, alerts and their keys."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
