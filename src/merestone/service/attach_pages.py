"""Documents and photographs attached at the desk: to a record by whoever may draft a revision of it, or to a draft."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from merestone.register.programme import PUBLISHED
from merestone.register.sidecars import AttachmentStore, attach, attach_to_draft
from merestone.service.attachment_pages import attachments_shown, file_sent
from merestone.service.audit import audit
from merestone.service.context import Context
from merestone.service.desk_pages import person_page, session_of, written_by
from merestone.service.filled import FormRefused, first_value
from merestone.service.posting import Form, desk_router, returns_to, takes_file
from merestone.service.revision import base_of
from merestone.service.sign_in import SignIn
from merestone.service.uploads import upload_of
from merestone.terms import FieldRefused, FileRefused, number_of

FILE_BYTES_MOST: Final = 20 * 1024 * 1024
"""A scanned sheet or a photograph fits; `merestone attach add` takes larger ones."""


def router(context: Context) -> APIRouter:
    """The pages on which documents and photographs are attached."""
    return desk_router(context, _add)


def _add(routes: APIRouter, context: Context, door: SignIn) -> None:
    _add_to_records(routes, context, door)
    _add_to_drafts(routes, context, door)


def _add_to_records(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/attach/{record_id}", response_class=HTMLResponse)
    def attach_page(request: Request, record_id: str) -> HTMLResponse:
        session = session_of(door, request)
        with context.keeper.open_register(read_only=True) as register:
            base = base_of(context, session, register, record_id.upper())
            files = attachments_shown(context, request, register, base.record_id)
        return person_page(
            context,
            request,
            session,
            "attach.html",
            record_id=base.record_id,
            label=base.entry.kind.label,
            files=files,
            most_mib=FILE_BYTES_MOST >> 20,
        )

    @routes.post("/desk/attach/{record_id}")
    @returns_to(attach_page)
    @takes_file(FILE_BYTES_MOST)
    def attach_file(request: Request, record_id: str, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        with context.keeper.open_register(read_only=True) as register:
            base = base_of(context, session, register, record_id.upper())
        why, source = first_value(form, "why"), first_value(form, "source")
        empty = [name for name, value in (("why", why), ("source", source)) if not value]
        if empty:
            raise FormRefused(dict.fromkeys(empty, "is empty; it stays in the history"))
        upload = upload_of(request)
        store = AttachmentStore(AttachmentStore.beside(context.keeper.path).folder, largest_bytes=FILE_BYTES_MOST)
        with context.keeper.open_register() as register, upload.as_file() as file:
            try:
                attached = attach(
                    register, store, base.record_id, file, by=session.account.actor.name, why=why, source=source
                )
            except FileRefused as refused:
                raise FormRefused({"file": f"{upload.file_name} {refused.why}; {refused.remedy}"}) from None
            except FieldRefused as refused:
                raise FormRefused({"file": str(refused)}) from None
        audit(request, "attach", person=session.account.actor.name, record=base.record_id, sha256=attached.sha256)
        text = f"{attached.file_name} is attached: {number_of(attached.size_bytes, 'byte')}, SHA-256 {attached.sha256}."
        session.notices = [text]
        return RedirectResponse(f"/desk/attach/{base.record_id}", 303)


def _add_to_drafts(routes: APIRouter, context: Context, door: SignIn) -> None:
    @routes.get("/desk/{draft_id}/attach", response_class=HTMLResponse)
    def attach_to_draft_page(request: Request, draft_id: str) -> HTMLResponse:
        session = session_of(door, request)
        draft, _ = written_by(context, session, draft_id)
        return person_page(
            context, request, session, "attach_to_draft.html", draft=draft, most_mib=FILE_BYTES_MOST >> 20
        )

    @routes.post("/desk/{draft_id}/attach")
    @returns_to(attach_to_draft_page)
    @takes_file(FILE_BYTES_MOST)
    def attach_file_to_draft(request: Request, draft_id: str, form: Form) -> Response:
        session = door.posted(request, first_value(form, "csrf"))
        written_by(context, session, draft_id)
        why = first_value(form, "why")
        if not why:
            raise FormRefused({"why": "is empty; it stays in the history"})
        upload, actor = upload_of(request), session.account.actor
        store = AttachmentStore(AttachmentStore.beside(context.keeper.path).folder, largest_bytes=FILE_BYTES_MOST)
        with context.keeper.open_register() as register, upload.as_file() as file:
            try:
                document = attach_to_draft(register, store, actor, draft_id, file, why=why)
            except FileRefused as refused:
                raise FormRefused({"file": f"{upload.file_name} {refused.why}; {refused.remedy}"}) from None
            except FieldRefused as refused:
                raise FormRefused({"file": str(refused)}) from None
        audit(request, "attach", person=actor.name, draft=draft_id, sha256=document.sha256)
        session.notices = [f"{document.file_name} goes with the draft: {number_of(document.size_bytes, 'byte')}."]
        return RedirectResponse(f"/desk/{draft_id}", 303)

    @routes.get("/desk/{draft_id}/attachments/{sha256}")
    def download_of_draft(request: Request, draft_id: str, sha256: str) -> Response:
        session = session_of(door, request)
        with context.keeper.open_register(read_only=True) as register:
            draft = register.desk(session.account.actor).show(draft_id)
        chosen = next((document for document in draft.documents if document.sha256 == sha256), None)
        # Of a published draft they are the record's, and follow its right.
        if chosen is None or draft.stage == PUBLISHED:
            raise HTTPException(404, "Not Found")
        audit(request, "download", person=session.account.actor.name, draft=draft_id, sha256=sha256)
        return file_sent(context, chosen.sha256, chosen.file_name)
