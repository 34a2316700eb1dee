"""The languages in which the public reads: which there are, the one of this answer, and what each message is in it.

The first room: every room may put its words through `gettext`. English is the language of the code and needs neither a
catalogue nor Babel. Messages of other languages are in ``catalogues``, one file a language, for Python, the templates
and the page's scripts alike; they are read as they stand when a language is first used, so that no compiled file can be
older than its source.

Not here: what a message says, which answers are translated, HTTP.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
