"""A revision of a published record: who may draft one at the desk, what it begins from, and what it would change."""

from collections.abc import Iterator
from typing import Any

from fastapi import Request

from merestone.documents import FieldChange, attribute_changes
from merestone.register import Base, Draft, RecordUnknown, Register, RightMissing, Role
from merestone.register.events import staff_read
from merestone.register.programme import kind_of_layer
from merestone.service.context import Context
from merestone.service.draft_form import layers
from merestone.service.holding import Tier
from merestone.service.sign_in import Session
from merestone.terms import FieldRefused, MerestoneError, most_closed


def base_of(context: Context, session: Session, register: Register, record_id: str) -> Base:
    """What a revision of a record begins from, for somebody who may draft one.

    Where the public tier is served, the form would show a restricted record exactly: only the organisation whose draft
    made it, or revised it, gets that; others of its hub only where the programme's table says that hubs share.

    Raises
    ------
    RightMissing
        It takes a surveyor; or the record is restricted, and another's.
    RecordUnknown
    FieldRefused
        Records of its kind are only transcribed, or have no outline.
    """
    actor = session.account.actor
    if Role.SURVEYOR not in actor.roles:
        raise RightMissing(f"{actor.name!r} may not draft; this requires the role {Role.SURVEYOR}")
    base = register.desk(actor).base(record_id)
    if context.keeper.tier is not Tier.EXACT and not base.is_own:
        shown = context.keeper.current().by_id.get(record_id)
        if shown is None:
            raise RecordUnknown(record_id)
        level = most_closed([base.entry.visibility, shown.visibility])
        if not staff_read(level, is_own=base.is_own, is_staff=True):
            raise RightMissing(
                f"record {record_id!r} is restricted, and no draft of your organisation made it; ask its programme"
            )
    if base.entry.kind not in layers():
        raise FieldRefused("record", record_id, "is only transcribed from documents", "import it again from a file")
    return base


def sees_exactly(context: Context, session: Session, register: Register, record_id: str) -> bool:
    """Whether somebody who is signed in where the public tier is served gets a record exactly, and what is attached.

    Of a record of their own organisation, always; of another that is not restricted, who may draft a revision of it,
    and a reader, who sees what those of their organisation see (`merestone.register.events.rights.staff_read`).
    """
    try:
        base = register.desk(session.account.actor).base(record_id)
    except MerestoneError:
        return False
    shown = context.keeper.current().by_id.get(record_id)
    level = base.entry.visibility if shown is None else most_closed([base.entry.visibility, shown.visibility])
    may_look = not session.account.actor.roles.isdisjoint({Role.SURVEYOR, Role.READER})
    return staff_read(level, is_own=base.is_own, is_staff=shown is not None and may_look)


def may_revise(context: Context, request: Request, register: Register, record_id: str) -> bool:
    """Whether to offer whoever asks a draft of a revision."""
    session = None if context.sign_in is None else context.sign_in.session(request)
    if session is None:
        return False
    try:
        base_of(context, session, register, record_id)
    except MerestoneError:
        return False
    return True


def changes(base: Base, draft: Draft) -> Iterator[FieldChange]:
    """What publishing a draft would change of the record, the outline apart."""
    before, after = base.entry, draft.entry
    rows: tuple[tuple[str, Any, Any], ...] = (
        ("Accurate to, metres", before.accuracy_m, after.accuracy_m),
        ("True from", before.true_from, after.true_from),
        ("True until", before.true_until, after.true_until),
        ("How exactly the public sees it", before.visibility.value, after.visibility.value),
        ("Source", base.source, draft.source),
    )
    for label, old, other in rows:
        if old != other:
            yield FieldChange(label, old, other)
    yield from attribute_changes(kind_of_layer(after.kind), before.attributes, after.attributes)
