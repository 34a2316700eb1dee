"""Who may see what. Applied in `merestone.register.query.as_of`, and nowhere else; closed by default.

A viewer without the right to a record's exact outline gets one enlarged, moved and bent by chance, which contains it
(`merestone.geodesy.masking`); of released land, one that lies within it (`merestone.geodesy.masking_within`), for that
must never look larger than it is. Whoever does not take part in the programme reads nothing that somebody wrote of a
record, whatever its level: text can give away what an outline hides, and names people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from merestone.terms import Visibility


class Reader(StrEnum):
    """Who reads a field of a record. The value is shown to a person."""

    PUBLIC = "everybody"
    STAFF = "signed-in staff"
    ORGANISATION = "its own organisation"
    SEALED = "sealed: who has the key to personal data"


READ_BY_PUBLIC: Final = frozenset({
    *("record_id", "kind", "geometry", "accuracy_m", "true_from", "true_until", "begins_on", "status"),
    *("recorded_at", "data_on", "visibility", "version", "label", "is_exact", "shows_text"),
})  # fmt: skip
"""The fields of a `Record` that everybody reads; the geometry as its level allows (`Viewer.sees_exact`)."""
WITHHELD: Final[Mapping[str, Any]] = {"attributes": {}, "evidence": (), "row": None}
"""What stands in the other fields for whoever may not read them. For the source stands what the programme chose."""


def reader_of(field: str, visibility: Visibility, *, is_personal: bool = False) -> Reader:
    """Who reads a field of a published record of a level. What the table does not name, the public does not read.

    >>> reader_of("accuracy_m", Visibility.RESTRICTED).value, reader_of("remarks", Visibility.OPEN).value
    ('everybody', 'signed-in staff')
    """
    if is_personal:
        return Reader.SEALED
    if field in READ_BY_PUBLIC:
        return Reader.PUBLIC
    return Reader.ORGANISATION if visibility is Visibility.RESTRICTED else Reader.STAFF


def staff_read(visibility: Visibility, *, is_own: bool, is_staff: bool) -> bool:
    """Whether somebody who is signed in reads all of a record of a level, its exact outline and attachments too.

    Parameters
    ----------
    is_own
        Whether the record is of the person's organisation.
    is_staff
        Whether the person may draft a revision of any record that is not restricted.
    """
    reader = reader_of("attributes", visibility)
    return is_own or (reader is Reader.STAFF and is_staff)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A kind of onlooker: which outlines it sees exactly, which words it reads, and how far it sees others widened."""

    name: str
    sees_exactly: frozenset[Visibility]
    """The levels of which it sees the outline as it was recorded."""
    reads: frozenset[Visibility]
    """The levels of which it reads what somebody wrote: attributes, source, evidence, row; and sheets as a whole."""
    widened_m: tuple[tuple[Visibility, float], ...] = ()
    """By level, how far other outlines are generalised, in metres."""

    @property
    def sees_all(self) -> bool:
        """Whether nothing is kept from this viewer."""
        return self.sees_exactly == self.reads == frozenset(Visibility)

    def sees_exact(self, visibility: Visibility) -> bool:
        """Whether the viewer gets the outline as it was recorded."""
        return visibility in self.sees_exactly

    def widening_m(self, visibility: Visibility) -> float:
        """By how many metres a record's outline is generalised outward for this viewer; 0.0 if it sees it exactly."""
        return 0.0 if self.sees_exact(visibility) else dict(self.widened_m).get(visibility, COARSE_M)


FINE_M: Final = 100.0
"""Level of masking of what the public may be shown: an attacker misses the true edge by 30 m on average or more. Small
beside the fields and woods that people walk in. Measured in `benchmarks/privacy.py`."""
COARSE_M: Final = 1000.0
"""Level of masking of what is restricted: a warning zone, whose true edge is missed by 300 m on average or more."""

_NOT_RESTRICTED: Final = frozenset(Visibility) - {Visibility.RESTRICTED}
EXACT: Final = Viewer("exact", frozenset(Visibility), frozenset(Visibility))
"""The holder of the register."""
PARTNER: Final = Viewer("partner", _NOT_RESTRICTED, _NOT_RESTRICTED, ((Visibility.RESTRICTED, COARSE_M),))
"""An organisation that takes part in the programme."""
PUBLIC: Final = Viewer(
    "public",
    frozenset({Visibility.OPEN}),
    frozenset(),
    ((Visibility.PUBLIC, FINE_M), (Visibility.PARTNER, FINE_M), (Visibility.RESTRICTED, COARSE_M)),
)
"""Everybody. Sees the exact outline of open records alone, and reads nothing that somebody wrote of any record."""
