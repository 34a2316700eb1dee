"""The language of each answer to the public: chosen in the address, kept in a cookie, or as the browser asks.

Only what is for the public and has words is answered in a language; tiles and data are the same for everybody, and the
desk is in English.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.languages import LANGUAGES, Language, current_language, language_of, negotiated_language, speaking
from merestone.service.sign_in import cookie, cookie_name

PARAMETER: Final = "lang"
"""The name of the language in an address, and in the name of the cookie that keeps it."""
KEPT_S: Final = 365 * 86_400
"""How long the browser keeps what was chosen."""
NEGOTIATED: Final = re.compile(
    r"/|/check|/check\.json|/map-record|/places|/areas(/[^/]+)?|/print|/alerts(/(?!phones\.json$)[^/]+)?|/alert-files/[^/]+\.txt"
    r"|/law(/(treaty/|parties/)?[^/.]+)?"
)
"""What is answered in the language of whoever asks."""
ONLY_CHOSEN: Final = re.compile(r"/alerts\.(atom|rss|geojson)")
"""What is answered in another language only if its address names it: a reader of feeds has none of its own."""
CHOSEN_BY_SCRIPT: Final = "/pocket/"
"""The page that is the same for everybody: its script reads the language in its address, without a network too."""


class Spoken:
    """Answers in a language, and says so to whoever asked and to caches on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the language, take it out of the address, and answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] == CHOSEN_BY_SCRIPT:
            await self.app(_taken_out(scope)[1], receive, send)
            return
        is_negotiated = bool(NEGOTIATED.fullmatch(scope["path"]))
        if not is_negotiated and not ONLY_CHOSEN.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        chosen, scope = _taken_out(scope)
        headers = Headers(scope=scope)
        is_chosen = language_of(chosen) is not None
        if not is_negotiated and not is_chosen:
            await self.app(scope, receive, send)
            return
        before = _language_before(Request(scope))
        language = negotiated_language(chosen, before, headers.get("accept-language", ""))

        async def send_spoken(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["Content-Language"] = language.tag
                if not is_chosen:
                    answer.add_vary_header("Accept-Language")
                    answer.add_vary_header("Cookie")
                elif "text/html" in answer.get("content-type", "") and language in LANGUAGES and before != language.tag:
                    secure = "; Secure" if scope["scheme"] == "https" else ""
                    name = cookie_name(Request(scope), PARAMETER)
                    answer.append(
                        "Set-Cookie", f"{name}={language.tag}; Path=/; Max-Age={KEPT_S}; SameSite=Lax{secure}"
                    )
            await send(message)

        scope = {**scope, "merestone.language": language.tag}
        with speaking(language.tag):
            await self.app(scope, receive, send_spoken)


def language_for_errors(scope: Scope) -> Language:
    """The language of an error: that of the answer, or, where none was chosen yet, what whoever asks would be given.

    The desk, and what only programs read, speaks English.
    """
    language = language_of(scope.get("merestone.language", ""))
    if language is not None:
        return language
    headers = Headers(scope=scope)
    path = scope["path"]
    if path == "/desk" or path.startswith("/desk/") or "text/html" not in headers.get("accept", ""):
        return LANGUAGES[0]
    return negotiated_language(
        _taken_out(scope)[0], _language_before(Request(scope)), headers.get("accept-language", "")
    )


def language_asked(request: Request) -> str | None:
    """The language that was chosen or negotiated for this answer; None where nobody asked for one."""
    language: str | None = request.scope.get("merestone.language")
    return language


def other_languages(request: Request) -> list[Mapping[str, str]]:
    """For the switch of a page: each language with the address of this page in it; none where it has only one."""
    if not NEGOTIATED.fullmatch(request.url.path):
        return []
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return [
        {
            "tag": language.tag,
            "name": language.name,
            "href": f"{request.url.path}?{urlencode([*asked, (PARAMETER, language.tag)])}",
            "is_current": "yes" if language == current_language() else "",
        }
        for language in LANGUAGES
    ]


def _taken_out(scope: Scope) -> tuple[str, Scope]:
    """The language that an address names, and the scope without it, so that no page need know of it."""
    query = scope["query_string"].decode("latin-1")
    if PARAMETER not in query:
        return "", scope
    pairs = query.split("&")
    ours = [pair for pair in pairs if pair.partition("=")[0] == PARAMETER]
    chosen = dict(parse_qsl("&".join(ours))).get(PARAMETER, "")
    others = "&".join(pair for pair in pairs if pair not in ours)
    return chosen, {**scope, "query_string": others.encode("latin-1")}


def _language_before(request: Request) -> str:
    language = language_of(cookie(request, PARAMETER))
    return language.tag if language in LANGUAGES and language is not None else ""
