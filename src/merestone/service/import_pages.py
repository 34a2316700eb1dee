"""A file imported at the desk: sent, looked at, and written once its sender has seen what it becomes.

What `merestone import --preview` and `merestone import` do, for whoever publishes for the whole programme: an import
warns at once, and needs no further hands. The page that puts mistakes right undoes it.
"""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from merestone.exchange.publication import label_of
from merestone.register import RightMissing, Role
from merestone.service.audit import audit
from merestone.service.bodies import FILE_BYTES_MOST
from merestone.service.context import Context
from merestone.service.desk_pages import person_page, session_of
from merestone.service.filled import Filled, FormRefused, first_value
from merestone.service.import_jobs import LOOK, WRITE, ImportJob, ImportJobs, ImportWish
from merestone.service.posting import Form, desk_router, returns_to, takes_file
from merestone.service.sign_in import Session, SignIn
from merestone.service.uploads import upload_of
from merestone.terms import LEVELS, FieldRefused, RecordKind, day_from

PAGE: Final = "/desk/import"
AGAIN_AFTER_S: Final = 2
TEXT_MOST: Final = 60_000
"""Characters of a report that the page shows."""


def router(context: Context) -> APIRouter:
    """The pages on which files are taken in."""
    return desk_router(context, _add)


def _add(routes: APIRouter, context: Context, door: SignIn) -> None:
    jobs = ImportJobs(context.expensive, context.keeper)
    _add_sending(routes, context, door, jobs)
    _add_job(routes, context, door, jobs)


def _add_sending(routes: APIRouter, context: Context, door: SignIn, jobs: ImportJobs) -> None:
    @routes.get(PAGE, response_class=HTMLResponse)
    def import_page(request: Request) -> HTMLResponse:
        session = session_of(door, request)
        _refuse_unless_publisher(session)
        return person_page(
            context,
            request,
            session,
            "import.html",
            kinds=tuple(RecordKind),
            levels=[(level, label_of(level, is_hazard=True)) for level in LEVELS],
            jobs=jobs.of(session.account.actor.name),
            most_mib=FILE_BYTES_MOST >> 20,
        )

    @routes.post(PAGE)
    @returns_to(import_page)
    @takes_file(FILE_BYTES_MOST)
    def send(request: Request, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        _refuse_unless_publisher(session)
        wish, upload = _wish_of(form), upload_of(request)
        person = session.account.actor.name
        job = jobs.begin(person, upload, wish)
        audit(request, "import_preview", person=person, file=upload.file_name, sha256=upload.sha256)
        return _to(job)


def _add_job(routes: APIRouter, context: Context, door: SignIn, jobs: ImportJobs) -> None:
    @routes.get(f"{PAGE}/{{import_id}}", response_class=HTMLResponse)
    def job_page(request: Request, import_id: str) -> HTMLResponse:
        session, job = _job_of(door, jobs, request, import_id)
        looked, written = job.result(LOOK), job.result(WRITE)
        return person_page(
            context,
            request,
            session,
            "import_job.html",
            job=job,
            looked=_shortened(looked),
            written=_shortened(written),
            again_after_s=AGAIN_AFTER_S,
        )

    @routes.post(f"{PAGE}/{{import_id}}/write")
    @returns_to(job_page, f"{PAGE}/{{import_id}}")
    def write(request: Request, import_id: str, form: Form) -> Response:
        door.posted(request, first_value(form, "csrf"))
        session, job = _job_of(door, jobs, request, import_id)
        looked = job.result(LOOK)
        if job.is_running or looked is None or "refusal" in looked:
            raise FieldRefused(
                "import", import_id, "cannot be imported as it is", "look at its page, or upload it again"
            )
        if job.result(WRITE) is None:
            jobs.write(job)
            audit(request, "import", person=session.account.actor.name, file=job.file_name)
        return _to(job)

    @routes.post(f"{PAGE}/{{import_id}}/drop")
    @returns_to(job_page, f"{PAGE}/{{import_id}}")
    def drop(request: Request, import_id: str, form: Form) -> Response:
        door.posted(request, first_value(form, "csrf"))
        session, job = _job_of(door, jobs, request, import_id)
        if job.is_running and job.at == WRITE:
            raise FieldRefused("import", import_id, "is being written", "wait until it is done, then undo it")
        jobs.forget(job)
        session.notices = [f"The upload of {job.file_name} is closed."]
        return RedirectResponse(PAGE, 303)


def _to(job: ImportJob) -> RedirectResponse:
    return RedirectResponse(f"{PAGE}/{job.import_id}", 303)


def _refuse_unless_publisher(session: Session) -> None:
    actor = session.account.actor
    if Role.PUBLISHER not in actor.roles:
        raise RightMissing(f"{actor.name!r} may not import files; this requires the role {Role.PUBLISHER}")


def _job_of(door: SignIn, jobs: ImportJobs, request: Request, import_id: str) -> tuple[Session, ImportJob]:
    session = session_of(door, request)
    _refuse_unless_publisher(session)
    job = jobs.find(import_id, session.account.actor.name)
    if job is None:
        raise HTTPException(404, f"this file is no longer available; upload it again at {PAGE}")
    return session, job


def _wish_of(form: Filled) -> ImportWish:
    """What a form says of its file.

    Raises
    ------
    FormRefused
    """
    faults: dict[str, str] = {}
    kind, source, level = first_value(form, "kind"), first_value(form, "source"), first_value(form, "visibility")
    if kind not in set(RecordKind):
        faults["kind"] = "say what the rows are"
    if not source:
        faults["source"] = "is empty; say who surveyed or published them, and when"
    if level and level not in {level_choice.value for level_choice in LEVELS}:
        faults["visibility"] = "is not a level; choose one of the list"
    accuracy_m = _accuracy_of(form, faults)
    true_on = first_value(form, "true_on") or None
    if true_on is not None:
        try:
            true_on = day_from("true_on", true_on).isoformat()
        except FieldRefused as refused:
            faults["true_on"] = str(refused)
    if faults:
        raise FormRefused(faults)
    layer, crs, encoding = (first_value(form, name) or None for name in ("layer", "crs", "encoding"))
    return ImportWish(kind, source, accuracy_m, level or None, true_on, layer, crs, encoding)


def _accuracy_of(form: Filled, faults: dict[str, str]) -> float | None:
    text, is_unknown = first_value(form, "accuracy_m"), first_value(form, "accuracy_unknown") == "yes"
    if bool(text) is is_unknown:
        faults["accuracy_m"] = "give metres, or state that it is unknown; one of the two"
        return None
    if is_unknown:
        return None
    try:
        metres = float(text)
    except ValueError:
        metres = -1.0
    if not 0 <= metres < 100_000:
        faults["accuracy_m"] = f"{text!r} is not a distance; give metres, such as 25"
    return metres


def _shortened(result: dict[str, Any] | None) -> dict[str, Any] | None:
    if result is None or len(result.get("text", "")) <= TEXT_MOST:
        return result
    return {**result, "text": f"{result['text'][:TEXT_MOST]}\n... merestone import prints all of it"}
