from .catalogue import Catalogue, catalogue_of, unreviewed_safety_messages
from .messages import filled, gettext, gettext_noop, in_english, needs_english, ngettext
from .negotiation import negotiated_language
from .page_messages import page_messages, phone_messages
from .quantities import day_text, instant_text, metres_text, number_text
from .speaking import current_language, speaking
from .tags import LANGUAGES, PSEUDO_LANGUAGES, Language, language_of

__all__ = [
    "LANGUAGES",
    "PSEUDO_LANGUAGES",
    "Catalogue",
    "Language",
    "catalogue_of",
    "current_language",
    "day_text",
    "filled",
    "gettext",
    "gettext_noop",
    "in_english",
    "instant_text",
    "language_of",
    "metres_text",
    "needs_english",
    "negotiated_language",
    "ngettext",
    "number_text",
    "page_messages",
    "phone_messages",
    "speaking",
    "unreviewed_safety_messages",
]
