"""The application, put together: one context, the routers of every page, the errors, the headers that hold it in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from merestone import __version__
from merestone.exchange import BaseMap
from merestone.languages import current_language, speaking
from merestone.register.sidecars import Accounts
from merestone.service import (
    alert_desk_pages,
    alert_pages,
    attach_pages,
    attachment_pages,
    base_map_tiles,
    briefing_pages,
    checking,
    correction_pages,
    desk_list_pages,
    desk_pages,
    features,
    health_pages,
    import_pages,
    law_pages,
    list_pages,
    map_tiles,
    pack_pages,
    pages,
    place_finding,
    pocket_pages,
    push_pages,
    record_pages,
    report_pages,
    sharing_pages,
    sign_in_pages,
    snap_pages,
)
from merestone.service.beside_pages import BesidePages
from merestone.service.bodies import BodyLimits
from merestone.service.conditional import GzipForWhoAsks, TagForWhoComesBack
from merestone.service.context import Context
from merestone.service.description import describe
from merestone.service.download_log import DownloadLog
from merestone.service.error_words import NO_SUCH_PAGE, ErrorWords, words_of_detail, words_of_error
from merestone.service.holding import Keeper, Tier
from merestone.service.limits import TILE_PATHS, ExpensiveTurns, RateLimit, RequestLimits
from merestone.service.middleware import (
    AnswerRules,
    ApartBySession,
    HeadAsGet,
    KnownHosts,
    OpenToOtherSites,
    security_headers,
)
from merestone.service.page import page_templates
from merestone.service.problem import detail_of, malformed_words, problem
from merestone.service.sign_in import SignIn
from merestone.service.spoken import Spoken, language_for_errors
from merestone.service.statuses import status_of
from merestone.service.web_files import WebFiles
from merestone.terms import MerestoneError

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")


ROUTERS: Final = (
    pages.router,
    list_pages.router,  # before the page of each record
    record_pages.router,
    attachment_pages.router,
    checking.router,
    features.router,
    health_pages.router,
    map_tiles.router,
    base_map_tiles.router,
    place_finding.router,
    pack_pages.router,
    pocket_pages.router,
    sharing_pages.router,
    law_pages.router,
    briefing_pages.router,
    report_pages.router,
    push_pages.router,  # before the page of each alert
    alert_pages.router,
    alert_desk_pages.router,  # before the desk, too
    attach_pages.router,
    import_pages.router,
    correction_pages.router,  # before the desk, whose drafts have the other paths below /desk
    sign_in_pages.router,  # before the desk, too
    snap_pages.router,
    desk_list_pages.router,  # before the desk, too
    desk_pages.router,
)
"""Every group of pages: a function from the context to a router. Add yours here."""


def create_app(
    register_path: Path | str,
    *,
    tier: Tier = Tier.PUBLIC,
    allowed_hosts: Sequence[str] = LOOPBACK_NAMES,
    accounts: Accounts | None = None,
    limits: RequestLimits | None = None,
    base_map: BaseMap | None = None,
) -> FastAPI:
    """The service over one register.

    Parameters
    ----------
    register_path
        The register's file. It is read, and written by nothing but the desk.
    tier
        `Tier.PUBLIC`: outlines generalised outward, which contain the true ones, for showing and for checking alike.
        `Tier.EXACT`: the holder's own view; it must not leave the holder's machine.
    allowed_hosts
        The names by which it may be asked; ``*`` for any. By default those of this machine alone, so that no page
        elsewhere can read it through a name that it points here (DNS rebinding).
    accounts
        Who may sign in at the desk, where drafts are written and published. None: there is no desk.
    limits
        What one client and one request may take. None: the defaults of `RequestLimits`.
    base_map
        What is drawn below the areas. None: the packaged outlines of land and borders alone.
    """
    templates = page_templates()
    context = Context(
        Keeper(Path(register_path), tier),
        templates,
        sign_in_pages.sign_in_page,
        sign_in=None if accounts is None else SignIn(accounts),
        base_map=base_map,
    )
    app = FastAPI(title="Merestone", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # as FastAPI's own documentation does
    app.state.context = context
    app.state.allowed_hosts = list(allowed_hosts)
    for router in ROUTERS:
        app.include_router(router(context))
    app.mount("/web", WebFiles(packages=[("merestone.service", "web")]), name="web")
    _answer_errors(app, context)
    _add_layers(app, context, allowed_hosts, limits or RequestLimits())
    return app


def _answer_errors(app: FastAPI, context: Context) -> None:
    """What is refused, not found or malformed is answered in words, for a person or for a program."""

    @app.exception_handler(MerestoneError)
    async def answer_refusal(request: Request, error: MerestoneError) -> Response:
        with speaking(language_for_errors(request.scope).tag):
            return _problem(context, request, status_of(error), words_of_error(error), detail_of(error))

    @app.exception_handler(HTTPException)
    async def answer_http_error(request: Request, error: HTTPException) -> Response:
        detail = NO_SUCH_PAGE if error.detail == "Not Found" else str(error.detail)
        with speaking(language_for_errors(request.scope).tag):
            answer = _problem(context, request, error.status_code, words_of_detail(detail), detail)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def answer_malformed(request: Request, error: RequestValidationError) -> Response:
        detail = "; ".join(map(malformed_words, error.errors()))
        return _problem(context, request, 400, ErrorWords(detail, is_english=False), detail)


def _add_layers(app: FastAPI, context: Context, allowed_hosts: Sequence[str], limits: RequestLimits) -> None:
    """What every request passes through; the last one added is the outermost."""
    tier = context.keeper.tier
    app.add_middleware(Spoken)  # inside what hands requests on, so that the address still names the language there
    app.add_middleware(BesidePages, context=context)
    app.add_middleware(TagForWhoComesBack)
    app.add_middleware(GzipForWhoAsks)
    app.add_middleware(ExpensiveTurns, limits=limits)
    app.add_middleware(ExpensiveTurns, limits=limits.for_tiles(), paths=TILE_PATHS)
    app.add_middleware(BodyLimits, within_s=limits.body_within_s)
    app.add_middleware(RateLimit, limits=limits)
    if context.sign_in is not None:
        app.add_middleware(ApartBySession)
    if tier is Tier.PUBLIC:
        app.add_middleware(OpenToOtherSites)
    app.add_middleware(HeadAsGet)
    app.add_middleware(DownloadLog, sign_in=context.sign_in)
    app.add_middleware(KnownHosts, names=list(allowed_hosts))
    app.add_middleware(AnswerRules, headers=security_headers(tier))


def _problem(context: Context, request: Request, status: int, error_words: ErrorWords, detail: str) -> Response:
    """An error for whoever asked: a page for a person, problem details for a program."""
    if "text/html" in request.headers.get("accept", ""):
        answer = context.page(request, "error.html", status, words=error_words, holding=None)
        answer.headers["Content-Language"] = current_language().tag
        for name in ("Accept-Language", "Cookie"):
            answer.headers.add_vary_header(name)
        return answer
    return problem(status, detail)
