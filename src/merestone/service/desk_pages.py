"""The desk on the web: the drafts a person sees, a draft's form, and the steps they may take with it."""

from functools import partial
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from shapely.geometry import mapping
from starlette.exceptions import HTTPException

from merestone.documents import outlines_svg
from merestone.exchange.publication import label_of
from merestone.geodesy import area_m2
from merestone.register import (
    Base,
    Desk,
    Draft,
    DraftMoved,
    Entry,
    RecordUnknown,
    RightMissing,
    Role,
)
from merestone.register.programme import DRAFT, PUBLISHED, kind_of_layer
from merestone.service.audit import audit
from merestone.service.base_map_tiles import base_map_of
from merestone.service.context import Context
from merestone.service.desk_list import advance
from merestone.service.draft_form import OWN, Read, asked, filled_from, layers, read
from merestone.service.field_readers import levels_shown, reader_note
from merestone.service.filled import Filled, FormRefused, Kept, first_value
from merestone.service.page import inline_json
from merestone.service.posting import Form, desk_router, returns_to
from merestone.service.revision import base_of, changes
from merestone.service.sign_in import Session, SignIn
from merestone.terms import LEVELS, FieldRefused, RecordKind, Visibility

STEP_WORDS: Final = {
    "submitted": "Submit it",
    "reviewed": "Reviewed: it holds",
    "approved": "Approve it",
    "published": "Publish it",
    "draft": "Return it to its author",
    "dropped": "Drop it",
}


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)


def session_of(door: SignIn, request: Request) -> Session:
    """The session of whoever asks; without one, the way to the door."""
    session = door.session(request)
    if session is None:
        raise HTTPException(303, "sign in first", {"Location": f"/sign-in?then={quote(request.url.path)}"})
    return session


def person_page(
    context: Context, request: Request, session: Session, name: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the desk for a person who is signed in, with what there is to tell them."""
    saved_form = kept_for(request, session)
    notices, session.notices = session.notices, []
    values |= {"kept": saved_form, "told": notices, "browser_key": session.browser_key}
    status = status if saved_form is None else saved_form.status
    page = context.page(
        request,
        name,
        status,
        holding=context.keeper.current(),
        person=session.account.actor,
        csrf=session.csrf,
        **values,
    )
    page.headers["Cache-Control"] = "no-store"  # the next person at this browser must not find it
    return page


def kept_for(request: Request, session: Session) -> Kept | None:
    """The form of this page that was sent and not accepted, if there is one; ``?fresh=yes`` puts it away."""
    if request.query_params.get("fresh"):
        session.saved_forms.pop(request.url.path, None)
    refused: Kept | None = getattr(request.state, "saved_form", None)
    return refused or session.saved_forms.get(request.url.path)


def router(context: Context) -> APIRouter:
    """The pages on which drafts are written and decided."""
    return desk_router(context, _add_desk)


def _form_page(
    context: Context,
    request: Request,
    session: Session,
    layer: RecordKind,
    filled: Filled,
    *,
    action: str,
    draft: Draft | None = None,
    base: Base | None = None,
) -> HTMLResponse:
    """The form of a draft: filled as it is known, or as it was sent last and refused."""
    kind, saved_form, known = kind_of_layer(layer), kept_for(request, session), draft or base
    return person_page(
        context,
        request,
        session,
        "draft_form.html",
        layer=layer,
        kind=kind,
        fields=asked(kind),
        own=OWN,
        filled=filled if saved_form is None else saved_form.filled,
        faults={} if saved_form is None else saved_form.faults,
        level_words=partial(label_of, is_hazard=layer.is_hazard),
        reader_note=reader_note,
        action=action,
        draft=draft,
        base=base,
        **_known_values(context, layer, known),
    )


def _add_desk(routes: APIRouter, context: Context, door: SignIn) -> None:
    for add in (_add_new, _add_revision, _add_draft, _add_redraft):
        add(routes, context, door)


def _add_new(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/new/{layer}", response_class=HTMLResponse)
    def new_page(request: Request, layer: RecordKind) -> HTMLResponse:
        session, layer = session_of(door, request), RecordKind(layer)
        _refuse_unless_asked(session, layer)
        return _form_page(context, request, session, layer, {}, action=f"/desk/new/{layer.value}")

    @routes.post("/desk/new/{layer}")
    @returns_to(new_page)
    def new(request: Request, layer: RecordKind, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        _refuse_unless_asked(session, layer)
        entry, advice = _entry_in(read(layer, form))
        why, source = first_value(form, "why"), first_value(form, "source")
        actor, chosen_id = session.account.actor, draft_id_for(session.account.actor.name, first_value(form, "key"))
        with context.keeper.open_register() as register:
            draft_id, is_new = register.desk(actor).draft_once(entry, why=why, source=source, draft_id=chosen_id)
        audit(request, "draft", person=actor.name, draft=draft_id)
        text = "The draft is kept." if is_new else "The draft was kept already, and says now what you sent last."
        session.notices = [f"{text} Only your organisation sees it until it is submitted.", *advice]
        return _to(f"/desk/{draft_id}")


def _add_revision(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/revise/{record_id}", response_class=HTMLResponse)
    def revise_page(request: Request, record_id: str) -> HTMLResponse:
        session = session_of(door, request)
        with context.keeper.open_register(read_only=True) as register:
            base = base_of(context, session, register, record_id.upper())
        action = f"/desk/revise/{base.record_id}"
        return _form_page(context, request, session, base.entry.kind, filled_from(base), action=action, base=base)

    @routes.post("/desk/revise/{record_id}")
    @returns_to(revise_page)
    def revise(request: Request, record_id: str, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        with context.keeper.open_register(read_only=True) as register:
            base = base_of(context, session, register, record_id.upper())
        entry, advice = _entry_in(read(base.entry.kind, form, base.entry))
        why, source, seen_version = first_value(form, "why"), first_value(form, "source"), _seen(form, "base")
        actor, chosen_id = session.account.actor, draft_id_for(session.account.actor.name, first_value(form, "key"))
        with context.keeper.open_register() as register:
            draft_id, is_new = register.desk(actor).draft_once(
                entry, why=why, source=source, record_id=base.record_id, seen_version=seen_version, draft_id=chosen_id
            )
        audit(request, "draft", person=actor.name, draft=draft_id, record=base.record_id)
        text = "The draft is kept." if is_new else "The draft was kept already, and says now what you sent last."
        session.notices = [f"{text} The record stands as it is until the draft is published.", *advice]
        return _to(f"/desk/{draft_id}")


def _add_draft(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/{draft_id}", response_class=HTMLResponse)
    def draft_page(request: Request, draft_id: str) -> HTMLResponse:
        session = session_of(door, request)
        with context.keeper.open_register(read_only=True) as register:
            desk = register.desk(session.account.actor)
            values = _draft_values(desk, draft_id)
        values["settings"] = _draft_map_settings(context, values["draft"], values["base"])
        is_writer = _is_writer(session, values["draft"])
        return person_page(context, request, session, "draft.html", **values, is_writer=is_writer, words=STEP_WORDS)

    @routes.post("/desk/{draft_id}/step")
    @returns_to(draft_page, "/desk/{draft_id}")
    def step(request: Request, draft_id: str, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        why, to, seen_seq = first_value(form, "why"), first_value(form, "to"), _seen(form)
        if not why:
            raise FormRefused({"why": "is empty; say why: it stays in the history"})
        with context.keeper.open_register() as register:
            desk = register.desk(session.account.actor)
            done = advance(desk, draft_id, to, why=why, seen_seq=seen_seq)
            still_seen = any(draft.draft_id == draft_id for draft in desk.drafts())
        audit(request, "draft_step", person=session.account.actor.name, draft=draft_id, to=to, record=done.record_id)
        session.notices = [f"{draft_id} is now {done.stage}{f' as {done.record_id}' if done.record_id else ''}."]
        return _to(f"/desk/{draft_id}" if still_seen else "/desk")


def _add_redraft(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/{draft_id}/form", response_class=HTMLResponse)
    def redraft_page(request: Request, draft_id: str) -> HTMLResponse:
        session = session_of(door, request)
        draft, base = written_by(context, session, draft_id)
        action = f"/desk/{draft_id}/form"
        return _form_page(
            context, request, session, draft.entry.kind, filled_from(draft), action=action, draft=draft, base=base
        )

    @routes.post("/desk/{draft_id}/form")
    @returns_to(redraft_page)
    def redraft(request: Request, draft_id: str, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        draft, base = written_by(context, session, draft_id)
        entry, advice = _entry_in(read(draft.entry.kind, form, draft.entry if base is None else base.entry))
        why, source, seen_seq = first_value(form, "why"), first_value(form, "source"), _seen(form)
        seen_version = None if base is None else _seen(form, "base")
        with context.keeper.open_register() as register:
            desk = register.desk(session.account.actor)
            try:
                desk.redraft(draft_id, entry, why=why, source=source, seen_version=seen_version, seen_seq=seen_seq)
            except DraftMoved:
                if not desk.has_written(draft_id, entry, why=why, source=source):  # the answer to it was lost
                    raise
        audit(request, "draft", person=session.account.actor.name, draft=draft_id)
        session.notices = ["The draft was rewritten.", *advice]
        return _to(f"/desk/{draft_id}")


def draft_id_for(person: str, key: str) -> str | None:
    """The identity of the draft that a form makes: the same however often the form is sent, also after a restart."""
    return f"D-{blake2b(f'{person} {key}'.encode(), digest_size=6).hexdigest()}" if key else None


def _entry_in(form_read: Read) -> tuple[Entry, tuple[str, ...]]:
    if form_read.entry is None:
        raise FormRefused(form_read.faults)
    return form_read.entry, form_read.advice


def _known_values(context: Context, layer: RecordKind, known: Draft | Base | None) -> dict[str, Any]:
    """What of a form follows from what is known of its record: the levels, what each shows, and the map's beginning."""
    return {
        "visibilities": _levels_offered(known),
        "levels": levels_shown(layer, None if known is None else known.entry.geometry),
        "settings": _drawing_settings(context, known),
    }


def _drawing_settings(context: Context, known: Draft | Base | None, **more: Any) -> Markup:
    """What a map of the desk must know; it begins at the outline, if there is one."""
    bounds = context.keeper.current().bounds_deg if known is None else known.entry.geometry.bounds
    kinds = [kind.value for kind in sorted(RecordKind, key=lambda kind: kind.is_hazard)]
    return inline_json({"bounds": bounds, "kinds": kinds, "base_map": base_map_of(context.base_map), **more})


def _draft_map_settings(context: Context, draft: Draft, base: Base | None) -> Markup:
    """What the map of a draft must know: its outline, and that of the record which it would revise."""
    before = None if base is None else mapping(base.entry.geometry)
    return _drawing_settings(context, draft, outline=mapping(draft.entry.geometry), before=before)


def _levels_offered(known: Draft | Base | None) -> tuple[Visibility, ...]:
    """The levels that a person chooses from, and one of an older register, if the record has it."""
    visibilities = set() if known is None else {known.entry.visibility}
    return tuple(level for level in Visibility if level in {*LEVELS, *visibilities})


def _refuse_unless_asked(session: Session, layer: RecordKind) -> None:
    if Role.SURVEYOR not in session.account.actor.roles:
        raise RightMissing(f"{session.account.actor.name!r} may not draft; this requires the role {Role.SURVEYOR}")
    if layer not in layers():
        raise FieldRefused("layer", layer.value, "is only transcribed from documents", "import it from a file")


def _is_writer(session: Session, draft: Draft) -> bool:
    actor = session.account.actor
    is_own = (actor.organisation, actor.hub) == (draft.organisation, draft.hub)
    return draft.stage == DRAFT and is_own and Role.SURVEYOR in actor.roles


def _seen(form: Filled, name: str = "seen") -> int:
    """The event of the draft, or as ``base`` the version of the record, that the form was made of."""
    seen = first_value(form, name)
    if not (seen.isascii() and seen.isdecimal() and len(seen) < 18):
        raise FieldRefused(name, seen, "is not a version number from this page", "reload the page and use its form")
    return int(seen)


def written_by(context: Context, session: Session, draft_id: str) -> tuple[Draft, Base | None]:
    """A draft that the person may write anew, and the record that it would revise, as it stands now."""
    with context.keeper.open_register(read_only=True) as register:
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
        "levels": () if draft.stage in (PUBLISHED, "dropped") else levels_shown(draft.entry.kind, draft.entry.geometry),
        "events": desk.history(draft_id),
        "steps": desk.steps(draft_id),
    }
