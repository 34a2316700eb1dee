"""Land and what is recorded about it, in the words of IMAS 07.11 and 04.10."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from merestone.languages import gettext, gettext_noop


class LandType(StrEnum):
    """How sure one is that a hazardous area holds explosive ordnance (IMAS 07.11)."""

    SHA = "SHA"
    """Suspected hazardous area: reasonable suspicion on the basis of indirect evidence."""
    CHA = "CHA"
    """Confirmed hazardous area: presence confirmed on the basis of direct evidence."""


class RecordKind(StrEnum):
    """What a record with a place on the ground is. The value is the stored text and the layer's name."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    RESTRICTED = "restricted"
    MINEFIELD_RECORD = "minefield_record"
    ACCIDENT = "accident"
    INCIDENT = "incident"
    SPOT_FIND = "spot_find"
    CANCELLED = "cancelled"
    REDUCED = "reduced"
    CLEARED = "cleared"

    @property
    def is_hazard(self) -> bool:
        """Whether screening warns of it.

        Released land (cancelled, reduced, cleared) gives no warning of its own, and takes none away: only a hazardous
        area that was itself closed or redrawn stops warning.
        """
        return self not in (RecordKind.CANCELLED, RecordKind.REDUCED, RecordKind.CLEARED)

    @property
    def land_type(self) -> LandType | None:
        """SHA or CHA for hazardous areas, None for every other record."""
        return {RecordKind.SUSPECTED: LandType.SHA, RecordKind.CONFIRMED: LandType.CHA}.get(self)

    @property
    def label(self) -> str:
        """The words shown to a person, in the language that is spoken; English unless another was chosen."""
        return gettext(_LABELS[self])


_LABELS = {
    RecordKind.SUSPECTED: gettext_noop("suspected hazardous area"),
    RecordKind.CONFIRMED: gettext_noop("confirmed hazardous area"),
    RecordKind.RESTRICTED: gettext_noop("restricted area"),
    RecordKind.MINEFIELD_RECORD: gettext_noop("minefield record"),
    RecordKind.ACCIDENT: gettext_noop("accident"),
    RecordKind.INCIDENT: gettext_noop("incident"),
    RecordKind.SPOT_FIND: gettext_noop("spot find"),
    RecordKind.CANCELLED: gettext_noop("cancelled area"),
    RecordKind.REDUCED: gettext_noop("reduced area"),
    RecordKind.CLEARED: gettext_noop("cleared area"),
}


class Visibility(StrEnum):
    """How exactly everybody sees a record. Nobody outside the programme reads its words, whatever its level.

    The order is from the most open to the most closed. A person chooses one of `LEVELS`.
    """

    OPEN = "open"
    """Everybody sees the outline as it was recorded."""
    PUBLIC = "public"
    """Everybody sees a larger outline that contains the true one and hides its edge."""
    PARTNER = "partner"
    """As `PUBLIC`. Registers of before November 2026 may hold it; nobody chooses it any more."""
    RESTRICTED = "restricted"
    """Everybody sees a coarse warning zone; outside its organisation nobody sees more."""

    @property
    def label(self) -> str:
        """What the public sees of the outline, in words shown to a person."""
        return _SEEN[self]


_SEEN = {
    Visibility.OPEN: "everybody sees the outline as it was recorded",
    Visibility.PUBLIC: "everybody sees a larger outline that contains it and hides its edge",
    Visibility.PARTNER: "everybody sees a larger outline that contains it and hides its edge",
    Visibility.RESTRICTED: "everybody sees a coarse zone around it; the exact outline stays in its organisation",
}
LEVELS: Final = (Visibility.OPEN, Visibility.PUBLIC, Visibility.RESTRICTED)
"""The levels that a person chooses from."""


def most_closed(levels: Iterable[Visibility]) -> Visibility:
    """The level that hides most; `Visibility.RESTRICTED` of none.

    >>> most_closed([Visibility.OPEN, Visibility.PUBLIC]).value
    'public'
    """
    order = list(Visibility)
    return max(levels, key=order.index, default=Visibility.RESTRICTED)
