"""A person hurt: what the register may keep for ever, and what lies apart and can be erased.

The record of a person is a sheet of the kind ``victim``. Its personal fields, which the kind's definition names, go to
the personal store; the record carries their reference and their salted digest, so that the chain vouches for them and
still verifies when they are gone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from merestone.register.events.records import Sheet, SheetRecord
from merestone.register.programme.attribute import check_attributes
from merestone.register.programme.kind import kinds
from merestone.register.register import Register
from merestone.register.sidecars.personal_store import Kept, PersonalStore
from merestone.terms import FieldRefused

KIND: Final = "victim"
REFERENCE, DIGEST = "personal_reference", "personal_digest"


def record_person(register: Register, store: PersonalStore, sheet: Sheet, *, by: str, why: str, source: str) -> str:
    """Record a person hurt in a batch of its own, personal fields apart; give the record's identifier.

    What was put apart is erased again if the register does not take the record.

    Raises
    ------
    FieldRefused
        A field does not fit the kind, or the kind does not know it: an event can never be erased, so nothing about a
        person enters one unnamed. Nothing was put apart.
    """
    rest, personal = _told_apart(sheet.attributes)
    if not personal:
        with register.batch(by=by, why=why, source=source) as batch:
            return batch.record(replace(sheet, kind=KIND, attributes=rest))
    stored = store.keep(personal)
    try:
        with register.batch(by=by, why=why, source=source) as batch:
            carried = rest | {REFERENCE: stored.reference, DIGEST: stored.digest}
            return batch.record(replace(sheet, kind=KIND, attributes=carried))
    except BaseException:
        store.erase(stored.reference, why="the register did not take the record")
        raise


def _told_apart(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the register may keep, checked, and what must lie apart."""
    definition = kinds()[KIND]
    rest: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for name, value in fields.items():
        field = definition.by_column.get(name.lower())
        if field is None:
            raise FieldRefused(
                name,
                "...",
                "is not a field of a person's record",
                f"give: {', '.join(field.name for field in definition.fields)}",
            )
        if field.name in {REFERENCE, DIGEST}:
            raise FieldRefused(name, "...", "is written by the program", "leave it out")
        if value not in (None, ""):
            (personal if field.personal else rest)[field.name] = value
    refused = check_attributes(definition, rest).refused
    if refused:
        raise refused[0]
    return rest, personal


def kept_of(record: SheetRecord) -> Kept | None:
    """What the record says of the personal data that lie apart; None if there are none."""
    reference, digest = record.attributes.get(REFERENCE), record.attributes.get(DIGEST)
    return Kept(str(reference), str(digest)) if reference and digest else None


def personal_data(record: SheetRecord, store: PersonalStore) -> Mapping[str, Any]:
    """The personal data of a record; empty if it never had any.

    Raises
    ------
    PersonalDataUnknown, PersonalDataErased, KeyRefused
    FieldRefused
        The data are not those whose digest stands in the register.
    """
    stored = kept_of(record)
    if stored is None:
        return {}
    if not store.matches(stored):
        raise FieldRefused(
            DIGEST, stored.digest, "is not that of the data under this reference", "look who altered them"
        )
    return store.read(stored.reference)
