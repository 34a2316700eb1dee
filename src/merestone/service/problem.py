"""Errors as people and programs get them: a page, or problem details (RFC 9457), never a path of the server."""

import http
from pathlib import Path
from typing import Any, Final

from fastapi.responses import JSONResponse

from merestone.terms import FileRefused, MerestoneError

PROBLEM_JSON: Final = "application/problem+json"
UNEXPECTED: Final = (
    "the service failed on this request, and its log says why; nothing was changed. Ask again, or tell whoever runs it"
)


def problem(status: int, detail: str, **more: Any) -> JSONResponse:
    """Problem details. ``about:blank`` as the type, left out, means that the status says what kind of problem it is."""
    return JSONResponse(
        {"title": title_of(status), "status": status, "detail": detail, **more}, status, media_type=PROBLEM_JSON
    )


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
