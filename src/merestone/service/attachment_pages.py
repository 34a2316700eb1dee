"""A record's documents and photographs: given out to whoever may see the record exactly, and to nobody else."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from merestone.register import RecordUnknown, Register
from merestone.register.sidecars import Attached, AttachmentMissing, AttachmentStore, attachments
from merestone.service.audit import audit
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.service.revision import sees_exactly


def attachments_shown(context: Context, request: Request, register: Register, record_id: str) -> tuple[Attached, ...]:
    """What whoever asks may see of a record's attachments; the public sees none.

    Where the public tier is served, whoever is signed in sees those of the records that they may see exactly, and no
    others: a photograph would tell the place that the outline hides.
    """
    if context.keeper.tier is not Tier.EXACT:
        session = None if context.sign_in is None else context.sign_in.session(request)
        if session is None or not sees_exactly(context, session, register, record_id):
            return ()
    return attachments(register, record_id)


def router(context: Context) -> APIRouter:
    """The download of one file. Whoever may not have it is told what is told of a page that does not exist."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/areas/{record_id}/attachments/{sha256}")
    def download(request: Request, record_id: str, sha256: str) -> Response:
        try:
            with context.keeper.open_register(read_only=True) as register:
                shown = attachments_shown(context, request, register, record_id.upper())
        except RecordUnknown:
            shown = ()
        attachment = next((shown_file for shown_file in shown if shown_file.sha256 == sha256), None)
        if attachment is None:
            raise HTTPException(404, "Not Found")
        session = context.sign_in.session(request) if context.sign_in else None
        person = session.account.actor.name if session else ""
        answer = file_sent(context, attachment.sha256, attachment.file_name)
        audit(request, "download", person=person, record=record_id.upper(), sha256=sha256)
        return answer

    return routes


def file_sent(context: Context, sha256: str, file_name: str) -> Response:
    """A kept file as a download, for somebody who may have it."""
    try:
        # Compared with its name before the first byte goes out: a header cannot be taken back.
        content = AttachmentStore.beside(context.keeper.path).read(sha256)
    except AttachmentMissing:
        raise HTTPException(404, "the register names this file, but it is missing beside it; restore it") from None
    return Response(
        content,
        # Not the media type that was stated: no browser is to run or draw what somebody sent in.
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
