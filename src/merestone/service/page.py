"""Pages from templates, for every process that shows some."""

import json
import secrets
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from merestone import __version__
from merestone.service.holding import Tier


def page_templates() -> Environment:
    """The templates, which escape whatever is put into them."""
    templates = Environment(
        loader=PackageLoader("merestone.service"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.globals["place"] = place
    templates.globals["form_key"] = partial(secrets.token_urlsafe, 16)  # by which a form sent twice is entered once
    return templates


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
        request=request, version=__version__, tier=tier.value, path=request.url.path, has_desk=has_desk, **values
    )
    return HTMLResponse(text, status)


def place(lon_deg: float, lat_deg: float) -> str:
    """A place as every page writes it, and as every box reads it: latitude first, with letters.

    >>> place(17.02143, -45.21171)
    '45.21171 S, 17.02143 E'
    """
    return f"{abs(lat_deg):.5f} {'N' if lat_deg >= 0 else 'S'}, {abs(lon_deg):.5f} {'E' if lon_deg >= 0 else 'W'}"


def inline_json(value: Any) -> Markup:
    """JSON that may stand inside a script element as it is: no ``<`` can end it."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))  # noqa: S704 (escaped on this line)
