"""The one place that remembers: what was recorded of hazards and of released land, when, by whom, why, and when true.

History is the truth: each change is an event, chained by SHA-256 to the one before, never changed and never deleted.
The current layers, which GDAL and QGIS open as they are, are a projection of it. Both times can be asked for: what held
on a day, as it was known at a moment. Rights are applied in `Register.as_of`, and nowhere else.

Not here: file formats of others, HTTP, and rules of law or of land release.
"""

from merestone.register.approval import Actor, RightMissing, Role
from merestone.register.as_of import Outward
from merestone.register.batch import Batch
from merestone.register.covers import Covers
from merestone.register.desk import Base, Desk, Draft, DraftMoved, DraftUnknown
from merestone.register.entry import Entry, Import, QuarantinedRow, Record, Sheet, SheetRecord, Snapshot
from merestone.register.errors import (
    NotARegister,
    RecordUnknown,
    RegisterBusy,
    RegisterExists,
    RegisterMissing,
    RegisterNewer,
    RegisterNotWritable,
    RegisterOlder,
    VersionMoved,
)
from merestone.register.event import Change, Event
from merestone.register.life_cycle import LifeCycle, State, Step, StepRefused, TableBroken
from merestone.register.merge import Conflict, MergeReport, NotCopies, merge
from merestone.register.recall import Recall
from merestone.register.register import Register
from merestone.register.rights import EXACT, PARTNER, PUBLIC, Viewer
from merestone.register.tables import TableConflict
from merestone.register.verification import Break, Verification
from merestone.register.weighing import Advice, Scales, weigh

__all__ = [
    "EXACT",
    "PARTNER",
    "PUBLIC",
    "Actor",
    "Advice",
    "Base",
    "Batch",
    "Break",
    "Change",
    "Conflict",
    "Covers",
    "Desk",
    "Draft",
    "DraftMoved",
    "DraftUnknown",
    "Entry",
    "Event",
    "Import",
    "LifeCycle",
    "MergeReport",
    "NotARegister",
    "NotCopies",
    "Outward",
    "QuarantinedRow",
    "Recall",
    "Record",
    "RecordUnknown",
    "Register",
    "RegisterBusy",
    "RegisterExists",
    "RegisterMissing",
    "RegisterNewer",
    "RegisterNotWritable",
    "RegisterOlder",
    "RightMissing",
    "Role",
    "Scales",
    "Sheet",
    "SheetRecord",
    "Snapshot",
    "State",
    "Step",
    "StepRefused",
    "TableBroken",
    "TableConflict",
    "Verification",
    "VersionMoved",
    "Viewer",
    "merge",
    "weigh",
]
