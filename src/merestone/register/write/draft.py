"""What a draft is, how its row follows from the events about it, and the documents that a record takes over from it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from merestone.register.events.event import Change, Event
from merestone.register.events.records import Entry, Sheet
from merestone.register.programme.approval import DRAFT
from merestone.register.write.batch import Batch
from merestone.terms import RecordKind, RequestRefused, Visibility

ATTACHMENT: Final = "attachment"


@dataclass(frozen=True, slots=True)
class DraftDocument:
    """A document or photograph that came with a draft; its bytes lie beside the register, by their SHA-256."""

    sha256: str
    file_name: str
    media_type: str
    size_bytes: int


class DraftMoved(RequestRefused):
    """Somebody did something with the draft after it was read: the step would be about what nobody looked at."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(
            f"draft {draft_id!r}: somebody changed it or took a step with it since you read it; look again"
        )


class DraftUnknown(RequestRefused):
    """There is no such draft, or it is another hub's, which is the same to whoever asks."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(
            f"draft {draft_id!r}: there is no such draft, or you may not see it; the desk lists those you may"
        )
        self.draft_id = draft_id


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody proposes to write down."""

    draft_id: str
    stage: str
    entry: Entry
    record_id: str | None
    """The record that it would revise; None: a new one. Once published: the record that it became."""
    seen_version: int | None
    author: str
    organisation: str
    hub: str
    changed_at: datetime
    source: str
    seq: int
    """The newest event about it; give it to `Desk.advance`, so that the step is about what was looked at."""
    documents: tuple[DraftDocument, ...] = ()
    """What was attached to it; the record has it from the publication on."""


@dataclass(frozen=True, slots=True)
class Base:
    """A published record as it was last stated: what a revision of it begins from."""

    record_id: str
    entry: Entry
    version: int
    """Give it to `Desk.draft` or `Desk.redraft` as ``seen_version``."""
    source: str
    is_own: bool
    """Whether a draft of the person's own organisation in this hub became, or revised, this record; of any in the hub
    only where the programme's table says that hubs share (`merestone.register.query.public_table`)."""


def entry_of_draft(event: Event) -> Entry:
    """What an event about a draft, or about a record on a layer, states."""
    body, outline = event.body, event.geometry
    assert outline is not None, "an Entry always has an outline"
    return Entry(
        RecordKind(body["kind"]),
        outline,
        body["accuracy_m"],
        body["attributes"],
        event.true_from,
        event.true_until,
        Visibility(body["visibility"]),
        row=body["row"],
        status=body.get("status"),
        evidence=tuple(body.get("evidence", ())),
    )


def draft_after(before: Mapping[str, Any] | None, seq: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a draft after one more event about it: the projection, one event at a time."""
    if before is None:
        before = {
            "fid": seq,
            "draft_id": body["draft"],
            "hub": body["hub"],
            "organisation": body["organisation"],
            "author": body["by"],
            "record_id": body["target"],
            "seen_version": body["seen"],
            "state_seq": seq,
        }
    row = dict(before)
    if body["change"] == Change.DRAFTED:
        row |= {"stage": DRAFT, "state_seq": seq, "seen_version": body["seen"], "author": body["by"]}
    else:
        row |= {"stage": body["to"], "record_id": body["target"]}
    row |= {"changed_at": body["recorded_at"], "event_seq": seq}
    return row


def documents_of(body: Mapping[str, Any]) -> tuple[DraftDocument, ...]:
    """The documents of a draft as an event states it; a draft of an older version has none."""
    return tuple(DraftDocument(**values) for values in body.get("documents", ()))


def documents_as_json(documents: Iterable[DraftDocument]) -> dict[str, Any]:
    """What an event says of a draft's documents: nothing at all where there are none, as in an older version."""
    listed = [asdict(document) for document in documents]
    return {"documents": listed} if listed else {}


def hand_documents_over(
    batch: Batch, documents: Iterable[DraftDocument], record_id: str, attached: Iterable[Mapping[str, Any]]
) -> None:
    """Let a record have the documents of the draft that became it, except those that it has already.

    Parameters
    ----------
    attached
        The fields of the attachments that the register has.
    """
    has = {fields.get("sha256") for fields in attached if fields.get("belongs_to") == record_id}
    for document in documents:
        if document.sha256 not in has:
            batch.record(Sheet(ATTACHMENT, {**asdict(document), "belongs_to": record_id}))
