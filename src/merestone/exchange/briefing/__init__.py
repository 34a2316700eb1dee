"""The briefing: one readable document for a minister, a journalist, a mayor, as HTML, PDF and web page.

The content is put together once (`brief`) and drawn three times (`html_page`, `html_part`, `pdf`), so that all say the
same. Not here: how anything is measured or checked.
"""

from merestone.exchange.briefing.block import Briefing
from merestone.exchange.briefing.content import LIMITS, brief
from merestone.exchange.briefing.page import html_page, html_part, stylesheet
from merestone.exchange.briefing.sheet import pdf
from merestone.release import Clearing

__all__ = ["LIMITS", "Briefing", "Clearing", "brief", "html_page", "html_part", "pdf", "stylesheet"]
