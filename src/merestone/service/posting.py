"""Forms of the desk: read once, never entered twice, and given back with everything typed where they are refused.

A script asks for JSON and keeps its page; without a script the page itself comes back, filled in. Either way a form
that is sent again after a lost answer, with the key that its page gave it, is entered once.
"""

import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from merestone.service.bodies import FORM_MOST, BodyRefused, stated_bytes
from merestone.service.context import Context
from merestone.service.draft_form import fault_words
from merestone.service.filled import Filled, FormRefused, Kept, first_value, pairs
from merestone.service.problem import detail_of, problem
from merestone.service.sign_in import FormForeign, Session, SignIn, SignInMissing, is_from_our_page
from merestone.service.statuses import status_of
from merestone.service.uploads import MULTIPART, multipart_of
from merestone.terms import FieldRefused, MerestoneError

LOG: Final = logging.getLogger("merestone.service")
FAILED: Final = "the service failed on it, and its log says why; the same form is never entered twice"
TO_DO: Final = {
    400: "Correct what is marked, and send it again.",
    401: "Sign in again, then send it.",
    403: "Ask somebody who has the right to do this.",
    404: "Look whether it is still there.",
    409: "Look at what was changed meanwhile, then send it again.",
    503: "Send it again in a moment.",
}
"""Status to what the person does next; it stands first, before the reason."""
SEND_AGAIN: Final = "Send it again."
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


async def bounded_body(request: Request, most_bytes: int, too_large: str) -> bytes:
    """The body, read no further than this many bytes: a larger one is refused with status 413 and these words."""
    if stated_bytes(request.headers) > most_bytes:
        raise BodyRefused(413, too_large)
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most_bytes:
            raise BodyRefused(413, too_large)
    return bytes(content)


async def form_of(request: Request) -> Filled:
    """The fields of a form. Refused unless it is one of ours: small, and of the form's own media type."""
    known: Filled | None = getattr(request.state, "filled", None)
    if known is not None:
        return known
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type == MULTIPART and hasattr(request.state, "file_bytes_most"):
        return await _filled_with_file(request)
    if media_type != "application/x-www-form-urlencoded":
        raise HTTPException(415, "send the form as application/x-www-form-urlencoded")
    too_large = f"the form is larger than {FORM_MOST:,} bytes; import the outline from a file"
    content = await bounded_body(request, FORM_MOST, too_large)
    try:
        filled = parse_qs(content.decode("utf-8"), keep_blank_values=True, max_num_fields=500)
    except ValueError:
        raise HTTPException(400, "the form cannot be read") from None
    request.state.filled = filled
    return filled


async def _filled_with_file(request: Request) -> Filled:
    """The fields of a form that has a file; of the file its name and digest, so that a form sent twice is known."""
    form, upload = await multipart_of(request, request.state.file_bytes_most)
    filled: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            filled.setdefault(name, []).append(value)
    if upload is not None:
        filled["file"] = [upload.description]
    request.state.filled, request.state.upload = filled, upload
    return filled


Form = Annotated[Filled, Depends(form_of)]


def wants_json(request: Request) -> bool:
    """Whether a script asks, which keeps its page, and not a browser that shows what comes."""
    accepts = request.headers.get("accept", "")
    return "application/json" in accepts and "text/html" not in accepts


def returns_to(page: Callable[..., Response], path: str | None = None) -> Callable[[Endpoint], Endpoint]:
    """Name the page on which a form stands, and its path if the form is sent elsewhere; it comes back if refused."""

    def named(endpoint: Endpoint) -> Endpoint:
        endpoint.form_page = page  # type: ignore[attr-defined]
        endpoint.form_path = path  # type: ignore[attr-defined]
        return endpoint

    return named


def takes_file(most_bytes: int) -> Callable[[Endpoint], Endpoint]:
    """Let a form bring one file of so many bytes at the most, if somebody is signed in."""

    def named(endpoint: Endpoint) -> Endpoint:
        endpoint.file_bytes_most = most_bytes  # type: ignore[attr-defined]
        return endpoint

    return named


class FormRoute(APIRoute):
    """A route whose forms are entered once, and come back with everything typed if they are not accepted."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with that around it."""
        inner = super().get_route_handler()
        page: Callable[..., Response] | None = getattr(self.endpoint, "form_page", None)
        path: str | None = getattr(self.endpoint, "form_path", None)
        file_bytes_most: int | None = getattr(self.endpoint, "file_bytes_most", None)
        if page is None:
            return inner

        async def handler(request: Request) -> Response:
            context: Context = request.app.state.context
            session = context.sign_in.session(request) if context.sign_in else None
            if file_bytes_most is not None:  # nobody sends large files before they signed in
                request.state.file_bytes_most = file_bytes_most if session is not None else FORM_MOST
            try:
                filled = await form_of(request)
                place = request.url.path if path is None else path.format(**request.path_params)
                return await _Posted(context, request, session, filled, page, place).take(inner)
            finally:
                if (upload := getattr(request.state, "upload", None)) is not None:
                    upload.stream.close()

        return handler


def desk_router(context: Context, add: Callable[[APIRouter, Context, SignIn], None]) -> APIRouter:
    """The pages that `add` adds; none, unless the service was given accounts: without sign-in there is no desk."""
    routes = APIRouter(include_in_schema=False, route_class=FormRoute)
    if context.sign_in is not None:
        add(routes, context, context.sign_in)
    return routes


def accepted(request: Request, location: str) -> Response:
    """Lead on from a form that was accepted."""
    return JSONResponse({"to": location}) if wants_json(request) else RedirectResponse(location, 303)


def to_do(error: Exception, status: int) -> str:
    """What the person does next about a refusal."""
    return SEND_AGAIN if isinstance(error, FormForeign) else TO_DO.get(status, SEND_AGAIN)


@dataclass(frozen=True, slots=True)
class _Posted:
    """A form that was sent, and where it stands."""

    context: "Context"
    request: Request
    session: Session | None
    filled: Filled
    page: Callable[..., Response]
    place: str

    async def take(self, enter: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
        """Enter the form, once, or give it back."""
        request, session = self.request, self.session
        person = session.account.actor.name if session else ""
        sent = self.context.once.of(person, request.url.path, self.filled)
        async with sent.lock:
            if session is not None and sent.location is not None:
                return accepted(request, sent.location)
            try:
                answer = await enter(request)
            except RequestValidationError:
                raise  # of the address, not of what was typed
            except Exception as error:  # whatever it is, nothing typed is lost
                return await run_in_threadpool(self._given_back, error)
            if session is not None and answer.status_code == 303:
                sent.location = answer.headers["location"]
                session.saved_forms.pop(self.place, None)
                return accepted(request, sent.location)
            return answer

    def _given_back(self, error: Exception) -> Response:
        status, text, faults = _status_and_text(error)
        if not is_from_our_page(self.request) and isinstance(error, SignInMissing | FormForeign):
            raise error  # another site's form, or nobody's: nothing of it is shown
        writer, session = first_value(self.filled, "person"), self.session
        is_anothers = session is not None and writer not in ("", session.account.actor.name)
        # Who is told that somebody changed it meanwhile, and sends again, speaks of what stands now.
        filled = {n: v for n, v in self.filled.items() if status != 409 or n not in ("seen", "base")}
        saved_form = Kept(filled, to_do(error, status), text, faults, status)
        if wants_json(self.request):
            return self._as_problem(error, saved_form, is_anothers=is_anothers)
        if session is None or (is_anothers and isinstance(error, FormForeign)):
            if session is not None:
                todo, text = (
                    f"Sign in as {writer}.",
                    f"The form is theirs, and {session.account.actor.name} is signed in",
                )
                saved_form = Kept(self.filled, todo, f"{text} at this browser now", {}, status)
            return self.context.show_sign_in(self.context, self.request, self.place, status, saved_form)
        self.request.state.saved_form = saved_form
        if status not in (403, 404) or isinstance(
            error, FormForeign
        ):  # who may not, or cannot any more, finds it on this page alone
            text = f"what you wrote here was not accepted yet: {text}"
            session.keep(self.place, replace(saved_form, todo="Look at it, and send it.", why=text, status=200))
        return self._page_again(session, saved_form)

    def _as_problem(self, error: Exception, saved_form: Kept, *, is_anothers: bool) -> Response:
        more: dict[str, Any] = {"todo": saved_form.todo}
        if saved_form.faults:
            more["faults"] = dict(saved_form.faults)
        if isinstance(error, FormForeign):
            more["reason"] = "another person" if is_anothers else "old page"
        return problem(saved_form.status, saved_form.why, **more)

    def _page_again(self, session: Session, saved_form: Kept) -> Response:
        if saved_form.status < 500:
            try:
                return self.page(self.request, **self.request.path_params)
            except (MerestoneError, HTTPException):
                pass  # such as a register that another program holds; the page below needs none
            except Exception as fault:
                LOG.error("unexpected fault at the page of a form", exc_info=fault)
        fields = {"kept": saved_form, "written": tuple(pairs(self.filled)), "place": self.place, "csrf": session.csrf}
        again = self.context.page(self.request, "kept.html", saved_form.status, holding=None, **fields)
        again.headers["Cache-Control"] = "no-store"
        return again


def _status_and_text(error: Exception) -> tuple[int, str, Mapping[str, str]]:
    """Status, words and faults of fields."""
    if isinstance(error, FormRefused):
        return 400, str(error), error.faults
    if isinstance(error, FieldRefused):
        return 400, str(error), {error.field: fault_words(error)}
    if isinstance(error, MerestoneError):
        return status_of(error), detail_of(error), {}
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail), {}
    LOG.error("unexpected fault at a form", exc_info=error)
    return 500, FAILED, {}
