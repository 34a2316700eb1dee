"""The desk's list of drafts on the web, and the page that asks before one step is taken with several of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from merestone.register import Role
from merestone.service.audit import audit
from merestone.service.context import Context
from merestone.service.desk_list import MOST_SEARCHED, UNDER_WAY, Choice, DraftList, Taken, list_values, take_step
from merestone.service.desk_pages import STEP_WORDS, person_page, session_of
from merestone.service.draft_form import layers
from merestone.service.filled import FormRefused, first_value
from merestone.service.posting import Form, desk_router, returns_to
from merestone.service.problem import detail_of
from merestone.service.sign_in import SignIn
from merestone.terms import FieldRefused


def router(context: Context) -> APIRouter:
    """The list, and steps with several drafts."""
    return desk_router(context, _add)


def _add(routes: APIRouter, context: Context, door: SignIn) -> None:
    _add_list(routes, context, door)
    _add_steps(routes, context, door)


def _add_list(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk", response_class=HTMLResponse)
    def drafts_page(
        request: Request,
        page: int = 1,
        *,
        search: str = "",
        kind: str = "",
        stage: str = "",
        waits: str = "",
        sort: str = "",
    ) -> HTMLResponse:
        session = session_of(door, request)
        asked = DraftList(search.strip()[:MOST_SEARCHED], kind, stage or UNDER_WAY, waits == "yes", sort, page)
        with context.keeper.open_register(read_only=True) as register:
            values = list_values(asked, register.desk(session.account.actor))
        roles = session.account.actor.roles
        return person_page(
            context,
            request,
            session,
            "desk.html",
            layers=layers(),
            words=STEP_WORDS,
            is_surveyor=Role.SURVEYOR in roles,
            may_correct=Role.PUBLISHER in roles,
            is_reader_only=roles == {Role.READER},
            **values,
        )


def _add_steps(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/steps", response_class=HTMLResponse)
    def steps_page(
        request: Request, *, draft: Annotated[list[str] | None, Query()] = None, to: str = ""
    ) -> HTMLResponse:
        session = session_of(door, request)
        filled = getattr(request.state, "filled", None)  # a form that comes back has its choice in itself
        to = to if filled is None else first_value(filled, "to")
        choice = Choice.of(to, (draft or []) if filled is None else filled.get("draft", []))
        with context.keeper.open_register(read_only=True) as register:
            values = _chosen_values(choice, session.account.actor, register)
        return person_page(context, request, session, "desk_steps.html", to=to, words=STEP_WORDS, **values)

    @routes.post("/desk/steps")
    @returns_to(steps_page)
    def steps(request: Request, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        why, choice = first_value(form, "why"), Choice.of(first_value(form, "to"), form.get("draft", []))
        if not why:
            raise FormRefused({"why": "is empty; say why: it stays in the history"})
        if not choice.seen:
            raise FieldRefused("draft", "", "is not chosen", "choose drafts in the list first")
        actor = session.account.actor
        with context.keeper.open_register() as register:
            taken = take_step(register.desk(actor), choice, why=why)
        for done in taken.done:
            audit(request, "draft_step", person=actor.name, draft=done.draft_id, to=choice.to, record=done.record_id)
        session.notices[:] = _words_of(taken, choice.to)
        return RedirectResponse("/desk", 303)


def _chosen_values(choice: Choice, actor: Any, register: Any) -> dict[str, Any]:
    """The chosen drafts that the step is open for, as they were seen, and those for which it is not."""
    desk = register.desk(actor)
    drafts = [draft for draft in desk.drafts() if draft.draft_id in choice.seen]
    ready, left_out = [], []
    for draft, steps in zip(drafts, desk.steps_of(drafts), strict=True):
        if draft.seq != choice.seen[draft.draft_id]:
            left_out.append((draft, "was changed since you looked at the list"))
        elif not any(step.after == choice.to for step in steps):
            left_out.append((draft, f"is {draft.stage}, and this step with it is not yours"))
        else:
            ready.append(draft)
    return {"ready": ready, "left_out": left_out}


def _words_of(taken: Taken, to: str) -> list[str]:
    """What the person is told on the list."""
    count = len(taken.done)
    named = ", ".join(
        f"{draft.draft_id} as {draft.record_id}" if draft.record_id and to == "published" else draft.draft_id
        for draft in taken.done
    )
    done = f"{count} {'draft is' if count == 1 else 'drafts are'} now {to}: {named}."
    return [done, *(f"{draft_id} is not: {detail_of(error)}" for draft_id, error in taken.refused)]
