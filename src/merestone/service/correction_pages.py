"""Mistakes put right at the desk: imports undone, rows settled, conflicts decided, records withdrawn and put back.

What `merestone undo-import`, `settle`, `resolve`, `withdraw` and `revise --restore` do, for whoever publishes for the
whole programme. Nothing is deleted, and each decision carries who, why and on whose word.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from merestone.register import Batch, Event, QuarantinedRow, Register, RightMissing, Role, SettledAs, StillDependedOn
from merestone.register.query import BY_A_PERSON
from merestone.service.audit import audit
from merestone.service.context import Context
from merestone.service.desk_pages import person_page, session_of
from merestone.service.filled import Filled, FormRefused, first_value
from merestone.service.posting import Form, desk_router, returns_to
from merestone.service.sign_in import Session, SignIn
from merestone.terms import FieldRefused, number_of

PAGE: Final = "/desk/corrections"
ROWS_MOST: Final = 200
"""Rows in quarantine that the page lists; the command line lists all."""
OUTCOMES: Final[Mapping[SettledAs, str]] = {
    SettledAs.WITHOUT_PLACE: "its place cannot be found",
    SettledAs.NO_RECORD: "it is not about a hazard or land",
    SettledAs.TAKEN_OTHERWISE: "it became this record",
    SettledAs.REOPENED: "it waits again",
}


def router(context: Context) -> APIRouter:
    """The pages on which mistakes are put right."""
    return desk_router(context, _add)


Page = Callable[[Request], HTMLResponse]


def _add(routes: APIRouter, context: Context, door: SignIn) -> None:
    page = _add_page(routes, context, door)
    _add_undoing(routes, context, door, page)
    _add_settling(routes, context, door, page)
    _add_deciding(routes, context, door, page)


def _add_page(routes: APIRouter, context: Context, door: SignIn) -> Page:
    @routes.get(PAGE, response_class=HTMLResponse)
    def corrections_page(request: Request) -> HTMLResponse:
        session = session_of(door, request)
        _refuse_unless_publisher(session)
        with context.keeper.open_register(read_only=True) as register:
            values = _values(register)
        return person_page(context, request, session, "corrections.html", **values)

    return corrections_page


def _add_undoing(routes: APIRouter, context: Context, door: SignIn, page: Page) -> None:

    @routes.post(f"{PAGE}/undo-import")
    @returns_to(page, PAGE)
    def undo_import(request: Request, form: Form) -> Response:
        session, why, source = _asked(door, request, form)
        batch_id, insists = first_value(form, "import"), first_value(form, "insist") == "yes"
        try:
            with _batch(context, session, why, source) as batch:
                undone = batch.undo_import(batch_id, force=insists)
        except StillDependedOn as dependents:
            text = str(dependents).replace("--force (force=True)", "the box that says so")
            raise FormRefused({"insist": text}) from None
        audit(request, "undo_import", person=session.account.actor.name, batch=batch_id)
        return _done(
            session,
            f"The import is undone: {number_of(undone.withdrawn, 'record')} withdrawn, {undone.restored:,} restored "
            f"to what they said before, {number_of(undone.rows_settled, 'row')} of quarantine settled. The history "
            "keeps all of it.",
        )


def _add_settling(routes: APIRouter, context: Context, door: SignIn, page: Page) -> None:
    @routes.post(f"{PAGE}/settle")
    @returns_to(page, PAGE)
    def settle(request: Request, form: Form) -> Response:
        session, why, source = _asked(door, request, form)
        event_id, record_id = first_value(form, "row"), first_value(form, "record").upper()
        outcome = _outcome_of(first_value(form, "as"))
        if (outcome is SettledAs.TAKEN_OTHERWISE) is not bool(record_id):
            raise FieldRefused("record", record_id, "goes with the row that became a record", "name it, and only then")
        is_for_all_alike = first_value(form, "alike") == "yes"
        if is_for_all_alike and record_id:
            raise FieldRefused(
                "alike", "yes", "goes with rows that became no record", "settle those that did one by one"
            )
        with context.keeper.open_register() as register:
            if record_id:
                register.present(record_id)  # refused if there is none
            records = {event_id: record_id} if record_id else {}
            event_ids = _alike(register, event_id) if is_for_all_alike else [event_id]
            with register.batch(by=session.account.actor.name, why=why, source=source) as batch:
                batch.settle(event_ids, outcome, records=records)
        audit(request, "settle", person=session.account.actor.name, row=event_id, outcome=outcome.value)
        return _done(
            session,
            f"The row is settled: {OUTCOMES[outcome]}. The history keeps it as it came."
            if len(event_ids) == 1
            else f"{len(event_ids):,} rows are settled: {OUTCOMES[outcome]}. The history keeps them as they came.",
        )


def _add_deciding(routes: APIRouter, context: Context, door: SignIn, page: Page) -> None:
    @routes.post(f"{PAGE}/resolve")
    @returns_to(page, PAGE)
    def resolve(request: Request, form: Form) -> Response:
        session, why, source = _asked(door, request, form)
        record_id, side = first_value(form, "record").upper(), first_value(form, "side")
        with _batch(context, session, _why_on_the_word_of(source, why), source) as batch:
            version = batch.resolve(record_id, side)
        audit(request, "resolve", person=session.account.actor.name, record=record_id)
        return _done(
            session,
            f"The conflict of {record_id} is decided; it is version {version}.",
        )

    @routes.post(f"{PAGE}/withdraw")
    @returns_to(page, PAGE)
    def withdraw(request: Request, form: Form) -> Response:
        session, why, source = _asked(door, request, form)
        record_id = first_value(form, "record").upper()
        with _batch(context, session, why, source) as batch:
            version = batch.withdraw(record_id)
        audit(request, "withdraw", person=session.account.actor.name, record=record_id)
        return _done(
            session,
            f"{record_id} does not hold any more; it is version {version}, and its history stays. A mistake? "
            f"“A record that was withdrawn by mistake”, at the end of this page, puts it back.",
        )

    @routes.post(f"{PAGE}/put-back")
    @returns_to(page, PAGE)
    def put_back(request: Request, form: Form) -> Response:
        session, why, source = _asked(door, request, form)
        record_id = first_value(form, "record").upper()
        with _batch(context, session, _why_on_the_word_of(source, why), source) as batch:
            version = batch.put_back(record_id)
        audit(request, "put_back", person=session.account.actor.name, record=record_id)
        return _done(
            session,
            f"{record_id} holds again, as it did before it was withdrawn; it is version {version}.",
        )


@contextmanager
def _batch(context: Context, session: Session, why: str, source: str) -> Iterator[Batch]:
    """One transaction of the register, by whoever is signed in."""
    with (
        context.keeper.open_register() as register,
        register.batch(by=session.account.actor.name, why=why, source=source) as batch,
    ):
        yield batch


def _done(session: Session, sentence: str) -> RedirectResponse:
    """Back to the page, which says what was done."""
    session.notices = [sentence]
    return RedirectResponse(PAGE, 303)


def _refuse_unless_publisher(session: Session) -> None:
    actor = session.account.actor
    if Role.PUBLISHER not in actor.roles:
        raise RightMissing(f"{actor.name!r} may not correct the register; this requires the role {Role.PUBLISHER}")


def _asked(door: SignIn, request: Request, form: Filled) -> tuple[Session, str, str]:
    """Who asks, why, and on whose word; refused unless they may, and say both."""
    session = door.posted(request, first_value(form, "csrf"))
    _refuse_unless_publisher(session)
    why, source = first_value(form, "why"), first_value(form, "source")
    empty = [name for name, value in (("why", why), ("source", source)) if not value]
    if empty:
        raise FormRefused(dict.fromkeys(empty, "is empty; it stays in the history"))
    return session, why, source


def _why_on_the_word_of(source: str, why: str) -> str:
    """For what says again what was said before: its source stays the survey's, so the decision's stands in the why."""
    return f"{why} (on the word of: {source})"


def _alike(register: Register, event_id: str) -> list[str]:
    """A row and those of its file that wait for the same reasons: a thousand rows without geometry are one decision."""
    waiting = register.quarantined()
    like = [(row.file_name, row.reasons) for row in waiting if row.event_id == event_id]
    return [row.event_id for row in waiting if (row.file_name, row.reasons) in like] or [event_id]


def _outcome_of(text: str) -> SettledAs:
    for outcome in BY_A_PERSON:
        if outcome.value == text:
            return outcome
    raise FieldRefused("as", text, "is not an outcome", f"use one of {', '.join(BY_A_PERSON)}")


def _values(register: Register) -> dict[str, Any]:
    """What there is to put right: imports, the newest first, rows that wait, conflicts with their sides."""
    taken = register.imports()
    standing = {
        taken_import.batch_id: register.standing_count(taken_import)
        for taken_import in taken
        if taken_import.undone_at is None
    }
    waiting = register.quarantined()
    settled: list[QuarantinedRow] = [row for row in register.quarantined(settled_too=True) if row.settled is not None]
    conflicts: dict[str, tuple[Event, ...]] = {name: register.sides(name) for name in register.conflicts()}
    return {
        "imports": list(reversed(list(enumerate(taken, start=1)))),
        "standing": standing,
        "waiting": waiting[:ROWS_MOST],
        "waiting_count": len(waiting),
        "settled": [row for row in settled if row.settled and row.settled.outcome in set(BY_A_PERSON)][:ROWS_MOST],
        "conflicts": conflicts,
        "table_conflicts": register.table_conflicts(),
        "outcomes": {key.value: phrase for key, phrase in OUTCOMES.items() if key is not SettledAs.REOPENED},
    }
