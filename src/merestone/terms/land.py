"""Land and what is recorded about it, in the words of IMAS 07.11 and 04.10."""

from enum import StrEnum


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
        """The words shown to a person, in English."""
        return _LABELS[self]


_LABELS = {
    RecordKind.SUSPECTED: "suspected hazardous area",
    RecordKind.CONFIRMED: "confirmed hazardous area",
    RecordKind.RESTRICTED: "restricted area",
    RecordKind.MINEFIELD_RECORD: "minefield record",
    RecordKind.ACCIDENT: "accident",
    RecordKind.INCIDENT: "incident",
    RecordKind.SPOT_FIND: "spot find",
    RecordKind.CANCELLED: "cancelled area",
    RecordKind.REDUCED: "reduced area",
    RecordKind.CLEARED: "cleared area",
}


class Visibility(StrEnum):
    """Who may see a record. The default is closed; what is `RESTRICTED` reaches the public only as a warning zone."""

    PUBLIC = "public"
    """May be shown to everyone, in the public tier's outward-generalised form."""
    PARTNER = "partner"
    """Exact form for organisations that take part in the programme; a warning zone for everyone else."""
    RESTRICTED = "restricted"
    """Exact form for the holder alone; a coarse warning zone for everyone else."""
