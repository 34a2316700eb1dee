"""The briefing: one readable document for a minister, a journalist, a mayor, as HTML, PDF and web page.

The content is put together once (`brief`) and drawn three times (`html_page`, `html_part`, `pdf`), so that all say the
same. Not here: how anything is measured or checked.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
