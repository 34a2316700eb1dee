"""Signing in and out: a page of its own, or in place, beside the form that was being written when the session ended."""

import secrets
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from merestone.service.context import Context
from merestone.service.filled import Filled, Kept, first_value, pairs
from merestone.service.posting import Form, accepted, form_of, wants_json
from merestone.service.problem import problem
from merestone.service.sign_in import (
    FORM_COOKIE,
    IDLE_S,
    FormForeign,
    Session,
    SignIn,
    cookie,
    inside,
    is_from_our_page,
    refuse_foreign,
    set_cookie,
)
from merestone.service.throttle import TooManyTries

KEPT: Final = "kept."
"""Before the fields of a form that goes along with a sign-in."""
WRONG: Final = "Type both once more: the name or the password is wrong."
TOO_OLD: Final = "Type the password once more: this page was too old to be taken."
BACK: Final = ("Look at it, and send it.", "what you wrote before you signed in is here, and was not sent yet")
NO_STORE: Final = {"Cache-Control": "no-store"}  # the next person at this browser must not find it


def router(context: Context) -> APIRouter:
    """Nothing, unless the service was given accounts."""
    routes = APIRouter(include_in_schema=False)
    if context.sign_in is not None:
        _add(routes, context, context.sign_in)
        _add_session(routes, context.sign_in)
    return routes


def sign_in_page(
    context: Context,
    request: Request,
    then: str,
    status: int = 200,
    form: Kept | None = None,
    *,
    name: str = "",
    fault: str = "",
) -> HTMLResponse:
    """The page on which one signs in; with a form that was not accepted, it goes along and is filled in again."""
    assert context.sign_in is not None
    token = cookie(request, FORM_COOKIE) or secrets.token_urlsafe(32)
    page = context.page(
        request,
        "sign_in.html",
        status,
        holding=None,
        csrf=token,
        then=then,
        fault=fault,
        form=form,
        kept=() if form is None else tuple((KEPT + field, value) for field, value in pairs(form.filled)),
        typed_name=name or ("" if form is None else first_value(form.filled, "person")),
        has_accounts=any(not account.is_closed for account in context.sign_in.accounts.all()),
    )
    page.headers.update(NO_STORE)
    set_cookie(request, page, FORM_COOKIE, token, path="/sign-in", lasts_s=IDLE_S)
    return page


def told_of(session: Session) -> dict[str, str]:
    """What a script of a desk's page has to know of a session."""
    name, key = session.browser_key
    return {"person": session.account.actor.name, "csrf": session.csrf, "keep_name": name, "keep_key": key}


def _add(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/sign-in")
    def page(request: Request, then: str = "/desk") -> Response:
        if not wants_json(request):
            return sign_in_page(context, request, then)
        token = cookie(request, FORM_COOKIE) or secrets.token_urlsafe(32)
        answer = JSONResponse({"csrf": token}, headers=NO_STORE)
        set_cookie(request, answer, FORM_COOKIE, token, path="/sign-in", lasts_s=IDLE_S)
        return answer

    @routes.post("/sign-in")
    def sign_in(request: Request, form: Form) -> Response:
        then, name = inside(first_value(form, "then")), first_value(form, "name")
        saved_form = _kept_in(form)
        try:
            refuse_foreign(request, first_value(form, "csrf"), cookie(request, FORM_COOKIE))
        except FormForeign:
            if wants_json(request) or not (name and is_from_our_page(request)):
                raise
            return sign_in_page(context, request, then, 403, saved_form, name=name, fault=TOO_OLD)

        def refused(status: int, text: str, **more: Any) -> Response:
            if wants_json(request):
                return problem(status, text, **more)
            return sign_in_page(context, request, then, status, saved_form, name=name, fault=text)

        writer = first_value(form, "writer") or ("" if saved_form is None else first_value(saved_form.filled, "person"))
        if writer and name.casefold() != writer.casefold():
            return refused(409, f"Sign in as {writer}: the form that goes along is theirs.")
        answer = accepted(request, then)
        try:
            # The password is taken as it was typed, also with spaces around it.
            session = door.enter(request, answer, name, (form.get("password") or ("",))[0])
        except TooManyTries as error:
            answer = refused(429, str(error))
            answer.headers["Retry-After"] = str(int(error.wait_s) + 1)
            return answer
        if session is None:
            return refused(403, WRONG)
        if saved_form is not None:
            session.keep(then, saved_form)
        if wants_json(request):
            with_cookies = JSONResponse(told_of(session), headers=NO_STORE)
            with_cookies.raw_headers += [
                raw_header for raw_header in answer.raw_headers if raw_header[0] == b"set-cookie"
            ]
            return with_cookies
        return answer


def _add_session(routes: APIRouter, door: SignIn) -> None:
    @routes.get("/desk/session.json")
    def session_now(request: Request) -> Response:
        session = door.session(request)
        if session is None:
            return problem(401, "sign in again: nobody is signed in here, or no longer")
        return JSONResponse(told_of(session), headers=NO_STORE)

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        form = await form_of(request)
        door.posted(request, first_value(form, "csrf"))
        outside = accepted(request, "/sign-in?out=yes")
        door.leave(request, outside)
        return outside


def _kept_in(form: Filled) -> Kept | None:
    """The form that goes along with a sign-in, if one does."""
    filled = {name.removeprefix(KEPT): values for name, values in form.items() if name.startswith(KEPT)}
    return Kept(filled, *BACK) if filled else None
