"""The desk on the web: signing in, the drafts a person sees, a draft's form, and the steps they may take with it."""

import re
import secrets
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from merestone.exchange.life_drawing import outlines_svg
from merestone.geodesy import area_m2
from merestone.register import Base, Desk, Draft, RecordUnknown, Register, RightMissing, Role
from merestone.register.approval import DRAFT, PUBLISHED
from merestone.register.kind import kind_of_layer
from merestone.service.audit import audit
from merestone.service.draft_form import OWN, Filled, asked, filled_from, layers, one, read
from merestone.service.revision import base_of, changes
from merestone.service.sign_in import FORM_COOKIE, IDLE_S, Session, SignIn, cookie, refuse_foreign, set_cookie
from merestone.terms import FieldRefused, RecordKind, Visibility

if TYPE_CHECKING:
    from merestone.service.app import Context

FORM_MOST: Final = 2_000_000
"""Bytes of a form at the most: an outline of some 50,000 corners."""
STEP_WORDS: Final = {
    "submitted": "Submit it",
    "reviewed": "Reviewed: it holds",
    "approved": "Approve it",
    "published": "Publish it",
    "draft": "Return it to its author",
    "dropped": "Drop it",
}
_INSIDE: Final = re.compile(r"/desk(/[A-Za-z0-9_-]+){0,3}")


async def _posted_form(request: Request) -> Filled:
    """The fields of a form. Refused unless it is one of ours: small, and of the form's own media type."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(415, "send the form as application/x-www-form-urlencoded")
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > FORM_MOST:
            raise HTTPException(413, f"the form is larger than {FORM_MOST:,} bytes; import the outline from a file")
    try:
        return parse_qs(content.decode("utf-8"), max_num_fields=500)
    except ValueError:
        raise HTTPException(400, "the form cannot be read") from None


Form = Annotated[Filled, Depends(_posted_form)]


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)


def session_of(door: SignIn, request: Request) -> Session:
    """The session of whoever asks; without one, the way to the door."""
    session = door.session(request)
    if session is None:
        raise HTTPException(303, "sign in first", {"Location": f"/sign-in?then={quote(request.url.path)}"})
    return session


def person_page(
    context: "Context", request: Request, session: Session, name: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the desk for a person who is signed in, with what there is to tell them."""
    told, session.told = session.told, []
    return _page(context, request, name, status, person=session.account.actor, csrf=session.csrf, told=told, **values)


def router(context: "Context") -> APIRouter:
    """Nothing, unless the service was given accounts: without sign-in there is no desk."""
    routes = APIRouter(include_in_schema=False)
    if context.sign_in is None:
        return routes
    _add_sign_in(routes, context, context.sign_in)
    _add_desk(routes, context, context.sign_in)
    return routes


def _page(context: "Context", request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    page = context.page(request, name, status, holding=context.keeper.current(), **values)
    page.headers["Cache-Control"] = "no-store"  # the next person at this browser must not find it
    return page


def _add_sign_in(routes: APIRouter, context: "Context", door: SignIn) -> None:
    def form_page(request: Request, then: str, status: int = 200, fault: str = "") -> HTMLResponse:
        token = cookie(request, FORM_COOKIE) or secrets.token_urlsafe(32)
        has_accounts = any(not account.is_closed for account in door.accounts.all())
        page = _page(
            context, request, "sign_in.html", status, csrf=token, then=then, fault=fault, has_accounts=has_accounts
        )
        set_cookie(request, page, FORM_COOKIE, token, path="/sign-in", lasts_s=IDLE_S)
        return page

    @routes.get("/sign-in", response_class=HTMLResponse)
    def sign_in_page(request: Request, then: str = "/desk") -> HTMLResponse:
        return form_page(request, then)

    @routes.post("/sign-in")
    def sign_in(request: Request, form: Form) -> Response:
        refuse_foreign(request, one(form, "csrf"), cookie(request, FORM_COOKIE))
        then = one(form, "then")
        inside = _to(then if _INSIDE.fullmatch(then) else "/desk")
        # The password is taken as it was typed, also with spaces around it.
        if door.enter(request, inside, one(form, "name"), (form.get("password") or ("",))[0]) is None:
            return form_page(request, then, 403, "The name or the password is wrong.")
        return inside

    @routes.post("/sign-out")
    def sign_out(request: Request, form: Form) -> Response:
        door.posted(request, one(form, "csrf"))
        outside = _to("/sign-in")
        door.leave(request, outside)
        return outside


def _add_desk(routes: APIRouter, context: "Context", door: SignIn) -> None:
    page = partial(person_page, context)

    def filling(
        request: Request,
        session: Session,
        layer: RecordKind,
        filled: Filled,
        *,
        faults: Mapping[str, str],
        action: str,
        draft: Draft | None = None,
        base: Base | None = None,
    ) -> HTMLResponse:
        kind = kind_of_layer(layer)
        return page(
            request,
            session,
            "draft_form.html",
            400 if faults else 200,
            layer=layer,
            kind=kind,
            fields=asked(kind),
            own=OWN,
            filled=filled,
            faults=faults,
            visibilities=tuple(Visibility),
            action=action,
            draft=draft,
            base=base,
        )

    @routes.get("/desk", response_class=HTMLResponse)
    def drafts_page(request: Request) -> HTMLResponse:
        session = session_of(door, request)
        with Register.open(context.keeper.path, read_only=True) as register:
            desk = register.desk(session.account.actor)
            rows = [(draft, desk.steps(draft.draft_id)) for draft in desk.drafts()]
        is_surveyor = Role.SURVEYOR in session.account.actor.roles
        may_correct = Role.PUBLISHER in session.account.actor.roles
        return page(
            request, session, "desk.html", rows=rows, layers=layers(), is_surveyor=is_surveyor, may_correct=may_correct
        )

    @routes.get("/desk/new/{layer}", response_class=HTMLResponse)
    def new_page(request: Request, layer: RecordKind) -> HTMLResponse:
        session = session_of(door, request)
        _refuse_unless_asked(session, layer)
        return filling(request, session, layer, {}, faults={}, action=f"/desk/new/{layer.value}")

    @routes.post("/desk/new/{layer}")
    def new(request: Request, layer: RecordKind, form: Form) -> Response:
        session = door.posted(request, one(form, "csrf"))
        _refuse_unless_asked(session, layer)
        told = read(layer, form)
        if told.entry is None:
            return filling(request, session, layer, form, faults=told.faults, action=f"/desk/new/{layer.value}")
        with Register.open(context.keeper.path) as register:
            desk = register.desk(session.account.actor)
            draft_id = desk.draft(told.entry, why=one(form, "why"), source=one(form, "source"))
        audit(request, "draft", person=session.account.actor.name, draft=draft_id)
        session.told = [
            "The draft is kept. Only your organisation sees it until it is submitted.",
            *told.advice,
        ]
        return _to(f"/desk/{draft_id}")

    @routes.get("/desk/revise/{record_id}", response_class=HTMLResponse)
    def revise_page(request: Request, record_id: str) -> HTMLResponse:
        session = session_of(door, request)
        with Register.open(context.keeper.path, read_only=True) as register:
            base = base_of(context, session, register, record_id.upper())
        action = f"/desk/revise/{base.record_id}"
        return filling(request, session, base.entry.kind, filled_from(base), faults={}, action=action, base=base)

    @routes.post("/desk/revise/{record_id}")
    def revise(request: Request, record_id: str, form: Form) -> Response:
        session = door.posted(request, one(form, "csrf"))
        with Register.open(context.keeper.path, read_only=True) as register:
            base = base_of(context, session, register, record_id.upper())
        told, seen_version = read(base.entry.kind, form, base.entry), _seen(form, "base")
        if told.entry is None:
            action = f"/desk/revise/{base.record_id}"
            return filling(request, session, base.entry.kind, form, faults=told.faults, action=action, base=base)
        why, source = one(form, "why"), one(form, "source")
        with Register.open(context.keeper.path) as register:
            desk = register.desk(session.account.actor)
            draft_id = desk.draft(
                told.entry, why=why, source=source, record_id=base.record_id, seen_version=seen_version
            )
        audit(request, "draft", person=session.account.actor.name, draft=draft_id, record=base.record_id)
        session.told = ["The draft is kept. The record stands as it is until the draft is published.", *told.advice]
        return _to(f"/desk/{draft_id}")

    @routes.get("/desk/{draft_id}", response_class=HTMLResponse)
    def draft_page(request: Request, draft_id: str) -> HTMLResponse:
        session = session_of(door, request)
        with Register.open(context.keeper.path, read_only=True) as register:
            desk = register.desk(session.account.actor)
            values = _draft_values(desk, draft_id)
        is_writer = _is_writer(session, values["draft"])
        return page(request, session, "draft.html", **values, is_writer=is_writer, words=STEP_WORDS)

    @routes.get("/desk/{draft_id}/form", response_class=HTMLResponse)
    def redraft_page(request: Request, draft_id: str) -> HTMLResponse:
        session = session_of(door, request)
        draft, base = _written_by(context, session, draft_id)
        action = f"/desk/{draft_id}/form"
        return filling(
            request, session, draft.entry.kind, filled_from(draft), faults={}, action=action, draft=draft, base=base
        )

    @routes.post("/desk/{draft_id}/form")
    def redraft(request: Request, draft_id: str, form: Form) -> Response:
        session = door.posted(request, one(form, "csrf"))
        draft, base = _written_by(context, session, draft_id)
        told = read(draft.entry.kind, form, draft.entry if base is None else base.entry)
        if told.entry is None:
            action = f"/desk/{draft_id}/form"
            return filling(
                request, session, draft.entry.kind, form, faults=told.faults, action=action, draft=draft, base=base
            )
        why, source, seen_seq = one(form, "why"), one(form, "source"), _seen(form)
        seen_version = None if base is None else _seen(form, "base")
        with Register.open(context.keeper.path) as register:
            desk = register.desk(session.account.actor)
            desk.redraft(draft_id, told.entry, why=why, source=source, seen_version=seen_version, seen_seq=seen_seq)
        audit(request, "draft", person=session.account.actor.name, draft=draft_id)
        session.told = ["The draft is written anew.", *told.advice]
        return _to(f"/desk/{draft_id}")

    @routes.post("/desk/{draft_id}/step")
    def step(request: Request, draft_id: str, form: Form) -> Response:
        session = door.posted(request, one(form, "csrf"))
        why, to, seen_seq = one(form, "why"), one(form, "to"), _seen(form)
        if not why:
            raise FieldRefused("why", why, "is empty", "say why; it stays in the history")
        with Register.open(context.keeper.path) as register:
            desk = register.desk(session.account.actor)
            done = desk.advance(draft_id, to, why=why, seen_seq=seen_seq)
            still_seen = any(one.draft_id == draft_id for one in desk.drafts())
        audit(request, "draft_step", person=session.account.actor.name, draft=draft_id, to=to, record=done.record_id)
        session.told = [f"{draft_id} is now {done.stage}{f' as {done.record_id}' if done.record_id else ''}."]
        return _to(f"/desk/{draft_id}" if still_seen else "/desk")


def _refuse_unless_asked(session: Session, layer: RecordKind) -> None:
    if Role.SURVEYOR not in session.account.actor.roles:
        raise RightMissing(f"{session.account.actor.name!r} may not draft; it takes the role {Role.SURVEYOR}")
    if layer not in layers():
        raise FieldRefused("layer", layer.value, "is only transcribed from documents", "import it from a file")


def _is_writer(session: Session, draft: Draft) -> bool:
    actor = session.account.actor
    is_own = (actor.organisation, actor.hub) == (draft.organisation, draft.hub)
    return draft.stage == DRAFT and is_own and Role.SURVEYOR in actor.roles


def _seen(form: Filled, name: str = "seen") -> int:
    """The event of the draft, or as ``base`` the version of the record, that the form was made of."""
    seen = one(form, name)
    if not (seen.isascii() and seen.isdecimal()):
        raise FieldRefused(name, seen, "is no number", "load the page anew and use its form")
    return int(seen)


def _written_by(context: "Context", session: Session, draft_id: str) -> tuple[Draft, Base | None]:
    """A draft that the person may write anew, and the record that it would revise, as it stands now."""
    with Register.open(context.keeper.path, read_only=True) as register:
        desk = register.desk(session.account.actor)
        draft = desk.show(draft_id)
        base = _base_of(desk, draft)
    if not _is_writer(session, draft):
        raise RightMissing(
            f"draft {draft_id!r} is {draft.stage}; a surveyor of its organisation writes it, while a draft"
        )
    return draft, base


def _base_of(desk: Desk, draft: Draft) -> Base | None:
    """The record that a draft would revise; None: it would begin one, the record was withdrawn, or it is done."""
    if draft.record_id is None or draft.stage in (PUBLISHED, "dropped"):
        return None
    try:
        return desk.base(draft.record_id)
    except RecordUnknown:
        return None


def _draft_values(desk: Desk, draft_id: str) -> dict[str, Any]:
    draft = desk.show(draft_id)
    kind = kind_of_layer(draft.entry.kind)
    labels = {field.name: field for field in kind.fields}
    base = _base_of(desk, draft)
    if base is None:
        drawing = outlines_svg(None, draft.entry.geometry, title="Outline of the draft")
    else:
        title = "The outline as it stands (dashed) and as drafted (hatched)"
        drawing = outlines_svg(base.entry.geometry, draft.entry.geometry, title=title)
    return {
        "draft": draft,
        "base": base,
        "changes": () if base is None else tuple(changes(base, draft)),
        "kind": kind,
        "labels": labels,
        "outline": Markup(drawing),  # noqa: S704  # our own drawing, its texts escaped
        "area_m2": area_m2(draft.entry.geometry),
        "events": desk.history(draft_id),
        "steps": desk.steps(draft_id),
    }
