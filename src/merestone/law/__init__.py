"""What binds a state on a given day, what it may do, what it owes and by when.

Facts are rows of the files in ``data``, each with a source and a confidence; rules are small functions in `clauses`,
named after the article and standing beside its words. The day asked about is always an argument: nothing here reads a
clock. Not here: geometry, storage, formats; who is at war, which only a person may enter; legal advice.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
