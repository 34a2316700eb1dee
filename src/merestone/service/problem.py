"""Errors as people and programs get them: a page, or problem details (RFC 9457), never a path of the server."""

import http
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fastapi.responses import JSONResponse

from merestone.languages import gettext, gettext_noop
from merestone.terms import FileRefused, MerestoneError

PROBLEM_JSON: Final = "application/problem+json"
UNEXPECTED: Final = gettext_noop(
    "the service failed on this request, and its log says why; nothing was changed. Ask again, or tell whoever runs it"
)


def problem(status: int, detail: str, **more: Any) -> JSONResponse:
    """Problem details. ``about:blank`` as the type, left out, means that the status says what kind of problem it is."""
    return JSONResponse(
        {"title": title_of(status), "status": status, "detail": detail, **more}, status, media_type=PROBLEM_JSON
    )


_MALFORMED: Final = {
    "missing": gettext_noop("is missing"),
    "int": gettext_noop("is not a whole number"),
    "float": gettext_noop("is not a number"),
    "finite": gettext_noop("is not a finite number"),
    "bool": gettext_noop("is neither true nor false"),
    "greater": gettext_noop("is too small"),
    "less": gettext_noop("is too large"),
    "string": gettext_noop("is not a text"),
}
"""The beginning of what pydantic calls a fault, in our words: its own name types that no visitor knows."""


def malformed_words(fault: Mapping[str, Any]) -> str:
    """What is wrong with one part of an address, from what pydantic says of it.

    >>> malformed_words({"type": "int_parsing", "loc": ("query", "limit"), "input": "ten", "msg": "..."})
    "limit = 'ten' is not a whole number"
    """
    name, kind, context = fault["loc"][-1], str(fault["type"]), fault.get("ctx") or {}
    why = next((text for start, text in _MALFORMED.items() if kind.startswith(start)), gettext_noop("cannot be taken"))
    text = gettext(why)
    if kind in ("enum", "literal_error"):
        names = str(context.get("expected", "")).replace(" or ", ", ")  # pydantic's word before the last
        text = gettext("is not one of the choices; use {names}", names=names)
    elif kind.startswith(("greater", "less")) and context:
        text = gettext("{why}; the limit is {limit}", why=text, limit=next(iter(context.values())))
    return f"{name} {text}" if kind == "missing" else f"{name} = {str(fault['input'])[:60]!r} {text}"


def title_of(status: int) -> str:
    """The phrase of a status, such as Not Found."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def detail_of(error: MerestoneError) -> str:
    """What an error says, without the folder of the file that it names: visitors are not told the server's paths."""
    text = str(error)
    if isinstance(error, FileRefused):
        text = text.replace(str(error.path), "the register" if Path(error.path).suffix == ".gpkg" else "a file")
    return text
