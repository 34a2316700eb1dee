from .approval import Actor, RightMissing, Role
from .backup import BackupReport, backup
from .batch import Batch
from .covers import Covers
from .desk import Base, Desk, Draft, DraftMoved, DraftUnknown
from .entry import Entry, Import, QuarantinedRow, Record, Settlement, Sheet, SheetRecord, Snapshot
from .errors import (
    NotARegister,
    RecordUnknown,
    RegisterBusy,
    RegisterDamaged,
    RegisterExists,
    RegisterMissing,
    RegisterNewer,
    RegisterNotReadable,
    RegisterNotSettled,
    RegisterNotWritable,
    RegisterOlder,
    VersionMoved,
)
from .event import Change, Event
from .generalising import Outward
from .life_cycle import LifeCycle, State, Step, StepRefused, TableBroken
from .merge import Conflict, MergeReport, NotCopies, merge
from .quarantine import SettledAs
from .recall import Recall
from .register import Register
from .restated import entry_of
from .rights import EXACT, PARTNER, PUBLIC, Viewer
from .tables import TableConflict
from .undo import Dependent, StillDependedOn, Undone
from .verification import Break, Verification
from .weighing import Advice, Scales, weigh

__all__ = [
    "EXACT",
    "PARTNER",
    "PUBLIC",
    "Actor",
    "Advice",
    "BackupReport",
    "Base",
    "Batch",
    "Break",
    "Change",
    "Conflict",
    "Covers",
    "Dependent",
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
    "RegisterDamaged",
    "RegisterExists",
    "RegisterMissing",
    "RegisterNewer",
    "RegisterNotReadable",
    "RegisterNotSettled",
    "RegisterNotWritable",
    "RegisterOlder",
    "RightMissing",
    "Role",
    "Scales",
    "SettledAs",
    "Settlement",
    "Sheet",
    "SheetRecord",
    "Snapshot",
    "State",
    "Step",
    "StepRefused",
    "StillDependedOn",
    "TableBroken",
    "TableConflict",
    "Undone",
    "Verification",
    "VersionMoved",
    "Viewer",
    "backup",
    "entry_of",
    "merge",
    "weigh",
]
