"""The application, put together: one context, the routers of every page, the errors, the headers that hold it in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException

from merestone import __version__
from merestone.service import checking, features, law_pages, pages
from merestone.service.holding import Keeper, Tier
from merestone.service.statuses import status_of
from merestone.terms import MerestoneError

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self' blob:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No outside server is ever called: a browser that honours this header cannot."""


@dataclass(frozen=True)
class Context:
    """What every page needs: the register's keeper and the templates."""

    keeper: Keeper
    templates: Environment

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page from a template. ``values`` are its variables."""
        text = self.templates.get_template(name).render(
            request=request, version=__version__, tier=self.keeper.tier.value, path=request.url.path, **values
        )
        return HTMLResponse(text, status)


ROUTERS: Final = (pages.router, checking.router, features.router, law_pages.router)
"""Every group of pages: a function from the context to a router. Add yours here."""


def create_app(register_path: Path | str, *, tier: Tier = Tier.PUBLIC) -> FastAPI:
    """The service over one register.

    Parameters
    ----------
    register_path
        The register's file. It is read, never written.
    tier
        `Tier.PUBLIC`: outlines generalised outward, which contain the true ones, for showing and for checking alike.
        `Tier.EXACT`: the holder's own view; it must not leave the holder's machine.
    """
    templates = Environment(
        loader=PackageLoader("merestone.service"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    templates.trim_blocks = templates.lstrip_blocks = True
    context = Context(Keeper(Path(register_path), tier), templates)
    app = FastAPI(title="Merestone", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api")
    app.state.context = context
    for router in ROUTERS:
        app.include_router(router(context))
    app.mount("/web", StaticFiles(packages=[("merestone.service", "web")]), name="web")

    @app.middleware("http")
    async def hold_in(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.url.path.startswith("/web/vendor/"):
            response.headers["Cache-Control"] = "public, max-age=86400"
        elif "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-cache"
        return response

    @app.exception_handler(MerestoneError)
    async def tell_error(request: Request, error: MerestoneError) -> Response:
        return _told(context, request, status_of(error), str(error))

    @app.exception_handler(HTTPException)
    async def tell_missing(request: Request, error: HTTPException) -> Response:
        words = "there is no such page here; start at /" if error.status_code == 404 else str(error.detail)
        return _told(context, request, error.status_code, words)

    return app


def _told(context: Context, request: Request, status: int, words: str) -> Response:
    """An error for whoever asked: a page for a person, JSON for a program."""
    if "text/html" in request.headers.get("accept", ""):
        return context.page(request, "error.html", status, words=words, holding=None)
    return JSONResponse({"error": words, "status": status}, status)
