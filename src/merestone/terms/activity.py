"""What mine action does on the ground, in IMAS's words."""

from enum import StrEnum


class Activity(StrEnum):
    """A kind of work. The value is the stored text."""

    NTS = "NTS"
    """Non-technical survey (IMAS 08.10)."""
    TS = "TS"
    """Technical survey (IMAS 08.20)."""
    CLEARANCE = "CLEARANCE"
    """Clearance of mines (IMAS 09.10)."""
    BAC = "BAC"
    """Battle area clearance (IMAS 09.11)."""
    EOD_SPOT_TASK = "EOD_SPOT_TASK"
    """Disposal of single items of explosive ordnance (IMAS 09.30)."""
    EORE = "EORE"
    """Explosive ordnance risk education (IMAS 12.10)."""
    MARKING = "MARKING"
    """Marking and fencing of a hazard (IMAS 08.40)."""
    QUALITY_VISIT = "QUALITY_VISIT"
    """A visit by quality management (IMAS 07.12)."""
