from .block import Briefing
from .content import LIMITS, Clearing, brief
from .page import html_page, html_part, stylesheet
from .sheet import pdf, picture_page, set_in_type, write_sheet

__all__ = [
    "LIMITS",
    "Briefing",
    "Clearing",
    "brief",
    "html_page",
    "html_part",
    "pdf",
    "picture_page",
    "set_in_type",
    "stylesheet",
    "write_sheet",
]
