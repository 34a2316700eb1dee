"""Which documents belong to which record: attachments as the chain names them, and the files that it vouches for.

An attachment is a sheet of the kind ``attachment``, an event like any other: who attached it, when and why stand in the
chain, it is withdrawn like any record, and copies that are merged keep each other's. It belongs to the record that its
field ``belongs_to`` names, and to each whose own fields name it (``documents`` of a finding).
"""

import mimetypes
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from merestone.register.events.errors import RegisterNotWritable
from merestone.register.events.records import Sheet
from merestone.register.programme.approval import Actor
from merestone.register.programme.kind import Field, kind_of_layer, kinds
from merestone.register.register import Register
from merestone.register.sidecars.attachment_store import Attachment, AttachmentStore
from merestone.register.write.draft import DraftDocument
from merestone.register.write.layer_rows import layer_named
from merestone.terms import FieldRefused, FileRefused

KIND: Final = "attachment"
PERSON: Final = "victim"
UNKNOWN_TYPE: Final = "application/octet-stream"


class Found(StrEnum):
    """What lies in the folder for an attachment."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"
    """Other bytes than its name promises, or it cannot be read."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A document of the register."""

    attachment_id: str
    """The record that carries it."""
    record_ids: tuple[str, ...]
    """The records that it belongs to, sorted; empty if none names it and it names none."""
    sha256: str
    file_name: str
    media_type: str
    size_bytes: int
    recorded_at: datetime
    """When it was attached, in UTC."""
    by: str
    why: str


def attach(
    register: Register,
    store: AttachmentStore,
    record_id: str,
    file: Path,
    *,
    by: str,
    why: str,
    source: str,
    media_type: str | None = None,
) -> Attached:
    """Attach a file to a record: the file is stored beside the register, and the history names its record.

    The file is kept first: if the register then refuses, a file may stay that no record names, and nothing else.

    Parameters
    ----------
    media_type
        Such as ``image/jpeg``. None: what the file's name tells, or that it is not known.

    Raises
    ------
    RecordUnknown
    FieldRefused
        The record is a person, whose data lie apart and must be erasable, or itself an attachment; or it has this very
        file already.
    FileRefused
        The file is empty, too large, or cannot be read.
    RegisterNotWritable, RegisterBusy
    """
    if register.is_read_only:
        raise RegisterNotWritable(register.path, "it was opened for reading only", "open it for writing")
    kind = next((str(event.body["kind"]) for event in register.history(record_id) if "kind" in event.body), "")
    if kind == PERSON:
        how = "personal data go to the personal store alone, where they can be erased"
        raise FieldRefused("record", record_id, "is a person, to whom nothing is attached", how)
    if kind == KIND:
        raise FieldRefused("record", record_id, "is itself an attachment", "name the record that it shows")
    attachment = _stored(store, file)
    if any(listed.sha256 == attachment.sha256 for listed in attachments(register, record_id)):
        raise FieldRefused("FILE", file.name, f"is attached to {record_id} already", "nothing was changed")
    fields = {
        "sha256": attachment.sha256,
        "file_name": file.name,
        "media_type": media_type or mimetypes.guess_type(file.name)[0] or UNKNOWN_TYPE,
        "size_bytes": attachment.size_bytes,
        "belongs_to": record_id,
    }
    with register.batch(by=by, why=why, source=source) as batch:
        batch.record(Sheet(KIND, fields))
    return next(listed for listed in attachments(register, record_id) if listed.sha256 == attachment.sha256)


def attach_to_draft(
    register: Register, store: AttachmentStore, actor: Actor, draft_id: str, file: Path, *, why: str
) -> DraftDocument:
    """Keep a file beside the register, and let it go with a draft (`Desk.attach`).

    Raises
    ------
    DraftUnknown, RightMissing
    FieldRefused
        The draft has this very file already.
    FileRefused, RegisterNotWritable, RegisterBusy
        As `attach`.
    """
    bytes_kept = _stored(store, file)
    media_type = mimetypes.guess_type(file.name)[0] or UNKNOWN_TYPE
    document = DraftDocument(bytes_kept.sha256, file.name, media_type, bytes_kept.size_bytes)
    register.desk(actor).attach(draft_id, document, why=why)
    return document


def _stored(store: AttachmentStore, file: Path) -> Attachment:
    try:
        with file.open("rb") as stream:
            return store.keep(stream, name=str(file))
    except OSError as error:
        raise FileRefused(file, f"cannot be read ({error.strerror})", "look at the original") from error


def attachments(register: Register, record_id: str | None = None) -> tuple[Attached, ...]:
    """The documents that the register names today, or those of one record; the oldest first.

    Raises
    ------
    RecordUnknown
    """
    named = _named(register) if record_id is None else _named_by(register, record_id)
    attachments_listed = []
    for sheet in register.sheets(KIND):
        belongs_to = sheet.attributes.get("belongs_to")
        record_ids = named[sheet.record_id] | ({str(belongs_to)} if belongs_to else set())
        if record_id is None or record_id in record_ids:
            first = register.history(sheet.record_id)[0]
            get = sheet.attributes
            attachments_listed.append(
                Attached(
                    sheet.record_id,
                    tuple(sorted(record_ids)),
                    str(get["sha256"]),
                    str(get["file_name"]),
                    str(get["media_type"]),
                    int(get["size_bytes"]),
                    first.recorded_at,
                    first.by,
                    first.why,
                )
            )
    return tuple(sorted(attachments_listed, key=lambda attachment: (attachment.recorded_at, attachment.attachment_id)))


def examine(register: Register, store: AttachmentStore) -> tuple[tuple[Attached, Found], ...]:
    """Each document that the register names today, and whether its file is there with the bytes that it promises."""
    by_name: dict[str, Found] = {}
    check_results = []
    for attachment in attachments(register):
        if attachment.sha256 not in by_name:
            by_name[attachment.sha256] = _file_state(store, attachment.sha256)
        check_results.append((attachment, by_name[attachment.sha256]))
    return tuple(check_results)


def _file_state(store: AttachmentStore, sha256: str) -> Found:
    if store.is_whole(sha256):
        return Found.WHOLE
    return Found.DAMAGED if store.path_of(sha256).exists() else Found.MISSING


def _naming_fields() -> Mapping[str, tuple[Field, ...]]:
    """The fields by which records name attachments, by the name of their kind."""
    fields = {kind.name: tuple(field for field in kind.fields if field.to == KIND) for kind in kinds().values()}
    return {name: field for name, field in fields.items() if field}


def _named(register: Register) -> dict[str, set[str]]:
    """For each attachment's identity, the records whose fields name it."""
    naming, named = _naming_fields(), defaultdict(set)
    for name, fields in naming.items():
        for sheet in () if kinds()[name].layers else register.sheets(name):
            for listed in _values(sheet.attributes, fields):
                named[listed].add(sheet.record_id)
    if any(kinds()[name].layers for name in naming):
        for record in register.as_of().records:
            for listed in _values(record.attributes, naming.get(kind_of_layer(record.kind).name, ())):
                named[listed].add(record.record_id)
    return named


def _named_by(register: Register, record_id: str) -> dict[str, set[str]]:
    """The same for what one record last stated."""
    stated = [event for event in register.history(record_id) if "kind" in event.body]
    named: dict[str, set[str]] = defaultdict(set)
    if stated:
        last = stated[-1]
        layer = layer_named(str(last.body["kind"]))
        name = str(last.body["kind"]) if layer is None else kind_of_layer(layer).name
        for listed in _values(last.attributes, _naming_fields().get(name, ())):
            named[listed].add(record_id)
    return named


def _values(attributes: Mapping[str, Any], fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        value = attributes.get(field.name) or []
        yield from (str(listed) for listed in (value if isinstance(value, list) else [value]))
