"""Alerts at the desk: declare one, look at it, approve, publish, correct and end it; as `merestone alert` does."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from merestone.alerts import Reason, sms_of, wording
from merestone.documents import outlines_svg
from merestone.languages import LANGUAGES
from merestone.register import Alert, AlertDesk, Declaration, Register, RightMissing, Role
from merestone.register.sidecars import AlertKeys
from merestone.service.audit import audit
from merestone.service.context import Context
from merestone.service.desk_pages import person_page, session_of
from merestone.service.filled import Filled, FormRefused, first_value
from merestone.service.holding import Tier
from merestone.service.outline_text import outline_of
from merestone.service.posting import Form, desk_router, returns_to
from merestone.service.sign_in import Session, SignIn
from merestone.terms import FieldRefused

PAGE: Final = "/desk/alerts"
REASON_WORDS: Final[Mapping[Reason, str]] = {
    Reason.NEW_FINDING: "mines or other explosive ordnance were found",
    Reason.DECREE: "the authority closes an area",
    Reason.FLOOD_DISPLACEMENT: "water may have moved explosive ordnance",
    Reason.CORRECTION: "correct it: another area, other times, other words",
    Reason.ALL_OVER: "end it: the alert is over, which says nothing about the ground",
    Reason.WITHDRAWAL: "withdraw it: it should not have been given",
}
STEP_WORDS: Final = {
    "approved": "Approve it",
    "published": "Publish it: everybody has it at once",
    "draft": "Return it to its author",
    "dropped": "Drop it",
}
FIRST: Final = tuple(reason for reason in Reason if not reason.needs_earlier)
LATER: Final = tuple(reason for reason in Reason if reason.needs_earlier)


def router(context: Context) -> APIRouter:
    """The pages on which alerts are declared, approved and published."""
    return desk_router(context, _add)


def _add(routes: APIRouter, context: Context, door: SignIn) -> None:
    _add_list(routes, context, door)
    _add_alert(routes, context, door)


def _add_list(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get(PAGE, response_class=HTMLResponse)
    def alerts_desk_page(request: Request) -> HTMLResponse:
        session = session_of(door, request)
        with context.keeper.open_register(read_only=True) as register:
            desk = _desk(context, register, session)
            rows = [(alert, desk.steps(alert)) for alert in desk.alerts()]
            authority, now = register.alert_authority(), register.instant()
        return person_page(
            context,
            request,
            session,
            "alert_desk.html",
            rows=rows,
            in_force={message.identifier for message in context.alerts.current().published.board.in_force(now)},
            authority=authority,
            text_languages=LANGUAGES,
            first_language=context.alerts.current().language,
            may_declare=Role.SURVEYOR in session.account.actor.roles,
            reasons={reason.value: REASON_WORDS[reason] for reason in FIRST},
        )

    @routes.post(PAGE)
    @returns_to(alerts_desk_page)
    def declare(request: Request, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        _refuse_unless_surveyor(session)
        return _declared(context, request, session, _declaration_in(form, FIRST, earlier=None), form)


def _add_alert(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get(f"{PAGE}/{{alert_id}}", response_class=HTMLResponse)
    def alert_desk_page(request: Request, alert_id: str) -> HTMLResponse:
        session = session_of(door, request)
        with context.keeper.open_register(read_only=True) as register:
            desk = _desk(context, register, session)
            alert = desk.show(alert_id)
            events, steps = register.history(alert.alert_id), desk.steps(alert)
        return person_page(
            context,
            request,
            session,
            "alert_draft.html",
            alert=alert,
            shown=_shown(alert),
            drawing=Markup(outlines_svg(None, alert.area, title="The area")),  # noqa: S704  # our own, its texts escaped
            events=events,
            steps=steps,
            words=STEP_WORDS,
            reason_words={reason.value: phrase for reason, phrase in REASON_WORDS.items()},
            later={reason.value: REASON_WORDS[reason] for reason in LATER},
            text_languages=LANGUAGES,
            first_language=context.alerts.current().language,
            may_follow=alert.is_published and Role.SURVEYOR in session.account.actor.roles,
        )

    @routes.post(f"{PAGE}/{{alert_id}}/step")
    @returns_to(alert_desk_page, f"{PAGE}/{{alert_id}}")
    def step(request: Request, alert_id: str, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        why, to, seen = first_value(form, "why"), first_value(form, "to"), first_value(form, "seen")
        if not why:
            raise FormRefused({"why": "is empty; say why: it stays in the history"})
        if not (seen.isascii() and seen.isdecimal() and len(seen) < 9):
            raise FieldRefused("seen", seen, "is not a version number from this page", "reload the page")
        with context.keeper.open_register() as register:
            desk = _desk(context, register, session)
            done = desk.advance(alert_id, to, why=why, seen_version=int(seen))
            still_seen = any(alert.alert_id == done.alert_id for alert in desk.alerts())
        audit(request, "alert_step", person=session.account.actor.name, alert=done.alert_id, to=to)
        text = (
            "It is published: feeds, pages and open maps show it." if done.is_published else f"It is now {done.stage}."
        )
        session.notices = [text]
        return RedirectResponse(f"{PAGE}/{done.alert_id}" if still_seen else PAGE, 303)

    @routes.post(f"{PAGE}/{{alert_id}}/follow")
    @returns_to(alert_desk_page, f"{PAGE}/{{alert_id}}")
    def follow(request: Request, alert_id: str, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        _refuse_unless_surveyor(session)
        with context.keeper.open_register(read_only=True) as register:
            before = _desk(context, register, session).show(alert_id)
        declaration = _declaration_in(form, LATER, earlier=before)
        return _declared(context, request, session, declaration, form)


def _refuse_unless_surveyor(session: Session) -> None:
    if Role.SURVEYOR not in session.account.actor.roles:
        raise RightMissing(
            f"{session.account.actor.name!r} may not declare an alert; this requires the role {Role.SURVEYOR}"
        )


def _desk(context: Context, register: Register, session: Session) -> AlertDesk:
    # The public tier's holding is what the public sees; a service of the exact tier asks the register for that.
    snapshot = context.keeper.current().snapshot if context.keeper.tier is Tier.PUBLIC else None
    return AlertDesk(register, session.account.actor, AlertKeys.beside(context.keeper.path), snapshot=snapshot)


def _declared(
    context: Context, request: Request, session: Session, declaration: Declaration, form: Filled
) -> RedirectResponse:
    why, source = first_value(form, "why"), first_value(form, "source")
    empty = [name for name, value in (("why", why), ("source", source)) if not value]
    if empty:
        raise FormRefused(dict.fromkeys(empty, "is empty; it stays in the history"))
    with context.keeper.open_register() as register:
        alert_id = _desk(context, register, session).declare(declaration, why=why, source=source)
    audit(request, "alert", person=session.account.actor.name, alert=alert_id)
    session.notices = ["The draft is kept. Another person approves it; until it is published, nobody is warned."]
    return RedirectResponse(f"{PAGE}/{alert_id}", 303)


def _declaration_in(form: Filled, reasons: tuple[Reason, ...], *, earlier: Alert | None) -> Declaration:
    reason = next((reason for reason in reasons if reason.value == first_value(form, "reason")), None)
    if reason is None:
        raise FieldRefused("reason", first_value(form, "reason"), "is not a reason", f"use one of {', '.join(reasons)}")
    text, outline = first_value(form, "text"), first_value(form, "geometry")
    return Declaration(
        reason,
        first_value(form, "area_name") or ("" if earlier is None else earlier.declaration.area_name),
        tuple(record.upper() for record in re.split(r"[\s,;]+", first_value(form, "records")) if record),
        outline_of(outline) if outline else None,
        _instant(form, "onset"),
        _instant(form, "expires"),
        {first_value(form, "language") or "en": text} if text else {},
        None if earlier is None else earlier.alert_id,
    )


def _instant(form: Filled, name: str) -> datetime | None:
    text = first_value(form, name)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise FieldRefused(name, text, "is not a time", "write it as 2026-05-03T14:00+02:00") from None


def _shown(alert: Alert) -> dict[str, Any] | None:
    """What the public reads of a published alert."""
    if alert.message is None:
        return None
    language = alert.message.languages[0]
    return {"words": wording(alert.message, language), "sms": sms_of(alert.message, language)}
