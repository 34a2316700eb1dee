"""Documents for people: reports, briefings, histories of records, drawings, and lists of law.

A document says what the register, the law and the border data say, with its day and its sources; it decides nothing.

Not here: file formats of geodata (exchange), answers of screening (bulk), rules of law or of land release.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
