from .act import Act, ActKind
from .agreement import Problem, TableRow, depositary_rows
from .clause import (
    Clause,
    Condition,
    Conflict,
    Deed,
    Effect,
    Rhythm,
    Ruling,
    Treaty,
    Verdict,
    Weapon,
    cited,
    clauses_of,
    depositary_page,
)
from .clock import Span, span
from .comparison import Comparison, ComparisonRow, compare
from .data_check import CheckReport, check
from .deadline import Deadline, deadlines
from .difference import DifferenceKind, ListDifference, Listed, compare_list
from .duty import Duties, Duty, DutyState, duties
from .entry import SUCCESSION_RULE, Entry
from .episode import Episode, Word, episode_on, episodes
from .fact import (
    Declaration,
    Difference,
    Found,
    Fulfilment,
    Promise,
    Quantity,
    Result,
    Statement,
)
from .library import BeforeTheTreaty, Holding, Library, UnknownTreaty, packaged
from .party_list import Change, Count, Parties, Standing, counted, counts, parties
from .permission import NOT_ADVICE, Finding, Permission, deed_of, explained, may, weapon_of
from .source_link import links_of, source_links
from .state import NoStateHere, State, States, UnknownState, names_in
from .state_status import Status, status
from .succession import Succession
from .summary import InShort, Says, bearing_acts, behind, in_short, since_when
from .supposition import Step, WhatIf, step_of, what_if
from .table import NOT_ADOPTED, WORDS, StatusTable, status_table
from .withdrawal import WithdrawalClock, withdraw

__all__ = [
    "NOT_ADOPTED",
    "NOT_ADVICE",
    "SUCCESSION_RULE",
    "WORDS",
    "Act",
    "ActKind",
    "BeforeTheTreaty",
    "Change",
    "CheckReport",
    "Clause",
    "Comparison",
    "ComparisonRow",
    "Condition",
    "Conflict",
    "Count",
    "Deadline",
    "Declaration",
    "Deed",
    "Difference",
    "DifferenceKind",
    "Duties",
    "Duty",
    "DutyState",
    "Effect",
    "Entry",
    "Episode",
    "Finding",
    "Found",
    "Fulfilment",
    "Holding",
    "InShort",
    "Library",
    "ListDifference",
    "Listed",
    "NoStateHere",
    "Parties",
    "Permission",
    "Problem",
    "Promise",
    "Quantity",
    "Result",
    "Rhythm",
    "Ruling",
    "Says",
    "Span",
    "Standing",
    "State",
    "Statement",
    "States",
    "Status",
    "StatusTable",
    "Step",
    "Succession",
    "TableRow",
    "Treaty",
    "UnknownState",
    "UnknownTreaty",
    "Verdict",
    "Weapon",
    "WhatIf",
    "WithdrawalClock",
    "Word",
    "bearing_acts",
    "behind",
    "check",
    "cited",
    "clauses_of",
    "compare",
    "compare_list",
    "counted",
    "counts",
    "deadlines",
    "deed_of",
    "depositary_page",
    "depositary_rows",
    "duties",
    "episode_on",
    "episodes",
    "explained",
    "in_short",
    "links_of",
    "may",
    "names_in",
    "packaged",
    "parties",
    "since_when",
    "source_links",
    "span",
    "status",
    "status_table",
    "step_of",
    "weapon_of",
    "what_if",
    "withdraw",
]
