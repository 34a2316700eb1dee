"""Pages from templates, for every process that shows some."""

import json
import secrets
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from merestone import __version__
from merestone.languages import (
    current_language,
    day_text,
    filled,
    gettext,
    gettext_noop,
    in_english,
    instant_text,
    metres_text,
    needs_english,
    ngettext,
    number_text,
    page_messages,
)
from merestone.law import source_links
from merestone.service.holding import Tier
from merestone.service.spoken import other_languages
from merestone.terms import number_of

UNNAMED_SOURCE: Final = gettext_noop("the programme that keeps this register")
"""The source of every record until a programme chooses other words (`register/query/public.yaml`)."""


def page_templates() -> Environment:
    """The templates, which escape whatever is put into them."""
    templates = Environment(
        loader=PackageLoader("merestone.service"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.globals |= {"place": place, "cited": cited, "number_of": number_of}
    templates.globals |= {"_": page_text, "ngettext": page_text_of_count, "safety_text": safety_text}
    templates.globals |= {"number_text": number_text, "metres_text": metres_text, "day_text": day_text}
    templates.globals |= {"instant_text": instant_text, "source_text": source_text, "isolated": isolated}
    templates.globals |= {"needs_english": needs_english, "script_messages": script_messages}
    templates.globals["form_key"] = partial(secrets.token_urlsafe, 16)  # by which a form sent twice is entered once
    return templates


def cited(source: str) -> Markup:
    """The words of a source with links to the addresses that they name, as `law.source_links` finds them."""
    links = [
        Markup('<a href="{0}" rel="noreferrer">{1}</a>').format(link, urlsplit(link).netloc)
        for link in source_links(source)
    ]
    return escape(source) + (Markup(" [") + Markup(", ").join(links) + Markup("]") if links else "")


def render(
    templates: Environment,
    request: Request,
    name: str,
    status: int = 200,
    *,
    tier: Tier,
    has_desk: bool,
    **values: Any,
) -> HTMLResponse:
    """One page; ``values`` are its template's variables."""
    text = templates.get_template(name).render(
        request=request,
        version=__version__,
        tier=tier.value,
        path=request.url.path,
        has_desk=has_desk,
        language=current_language(),
        languages=other_languages(request),
        **values,
    )
    return HTMLResponse(text, status)


def place(lon_deg: float, lat_deg: float) -> str:
    """A place as every page writes it, and as every box reads it: latitude first, with letters.

    >>> place(17.02143, -45.21171)
    '45.21171 S, 17.02143 E'
    """
    return f"{abs(lat_deg):.5f} {'N' if lat_deg >= 0 else 'S'}, {abs(lon_deg):.5f} {'E' if lon_deg >= 0 else 'W'}"


def page_text(message: str, **values: Any) -> Markup:
    """A message for a page: what is put into it is escaped, unless it is markup of ours."""
    return filled(escape(gettext(message)), values)


def page_text_of_count(singular: str, plural: str, count: int, **values: Any) -> Markup:
    """A message whose form depends on a count, for a page."""
    places = {name: "{" + name + "}" for name in values}
    return filled(escape(ngettext(singular, plural, count, **places)), values)


def safety_text(message: str, **values: Any) -> Markup:
    """A sentence on which somebody's life may hang; English stands beside a translation that nobody has reviewed."""
    text = page_text(message, **values)
    if needs_english():
        english = filled(escape(in_english(message)), values)
        text += Markup(' <span class="in-english" lang="en" dir="ltr">{}</span>').format(english)
    return text


def isolated(text: str, name: str) -> Markup:
    """A text with a name in it, whose letters may run in another direction than the text.

    >>> str(isolated("Found: Ežeras", "Ežeras"))
    'Found: <bdi>Ežeras</bdi>'
    """
    return escape(text).replace(escape(name), Markup("<bdi>{}</bdi>").format(name)) if name else escape(text)


def source_text(source: str) -> str:
    """What the public reads as the source of a record; in its language where the programme chose no words of its own.

    >>> source_text("Mine Action Centre, 2026")
    'Mine Action Centre, 2026'
    """
    return source.replace(UNNAMED_SOURCE, gettext(UNNAMED_SOURCE)) if source.startswith(UNNAMED_SOURCE) else source


def script_messages() -> Markup:
    """What the page's scripts say, in the language of the page."""
    return inline_json(page_messages(current_language().tag))


def inline_json(value: Any) -> Markup:
    """JSON that may stand inside a script element as it is: no ``<`` can end it."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))  # noqa: S704 (escaped on this line)
