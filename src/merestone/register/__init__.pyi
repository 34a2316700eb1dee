from .events.errors import (
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
from .events.event import Change, Event
from .events.programme_tables import TableConflict
from .events.record import Record
from .events.records import Entry, Import, QuarantinedRow, Settlement, Sheet, SheetRecord, Snapshot
from .events.rights import EXACT, PARTNER, PUBLIC, Viewer
from .merging.backup import BackupReport, backup
from .merging.merge import Conflict, MergeReport, NotCopies, merge
from .programme.approval import Actor, RightMissing, Role
from .programme.evidence_weights import Advice, Scales, weigh
from .programme.life_cycle import LifeCycle, State, Step, StepRefused, TableBroken
from .query.file_state import FileState, file_state
from .query.generalisation_cache import Covers
from .query.generalising import Outward
from .query.held_states import HeldState, HeldStates
from .query.public_changes import PublicChanges
from .query.quarantine import SettledAs
from .query.record_cache import Recall
from .query.undo import Dependent, StillDependedOn, Undone
from .register import Register
from .sidecars.alert_desk import AlertDesk, AlertUnknown, AuthorityMissing, message_if_published
from .sidecars.alert_record import Alert, Declaration, PublishedAlerts, all_alerts, published_alerts
from .write.batch import Batch
from .write.desk import Desk
from .write.draft import Base, Draft, DraftDocument, DraftMoved, DraftUnknown
from .write.restated import entry_of
from .write.verification import Break, Verification

__all__ = [
    "EXACT",
    "PARTNER",
    "PUBLIC",
    "Actor",
    "Advice",
    "Alert",
    "AlertDesk",
    "AlertUnknown",
    "AuthorityMissing",
    "BackupReport",
    "Base",
    "Batch",
    "Break",
    "Change",
    "Conflict",
    "Covers",
    "Declaration",
    "Dependent",
    "Desk",
    "Draft",
    "DraftDocument",
    "DraftMoved",
    "DraftUnknown",
    "Entry",
    "Event",
    "FileState",
    "HeldState",
    "HeldStates",
    "Import",
    "LifeCycle",
    "MergeReport",
    "NotARegister",
    "NotCopies",
    "Outward",
    "PublicChanges",
    "PublishedAlerts",
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
    "all_alerts",
    "backup",
    "entry_of",
    "file_state",
    "merge",
    "message_if_published",
    "published_alerts",
    "weigh",
]
