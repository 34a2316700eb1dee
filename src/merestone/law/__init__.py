"""What binds a state on a given day, what it may do, what it owes and by when.

Facts are rows of the files in ``data``, each with a source and a confidence; rules are small functions in `clauses`,
named after the article and standing beside its words. The day asked about is always an argument: nothing here reads a
clock. Not here: geometry, storage, formats; who is at war, which only a person may enter; legal advice.
"""

from merestone.law.act import Act, ActKind
from merestone.law.agreement import Problem, TableRow, depositary_rows
from merestone.law.check import CheckReport, check
from merestone.law.clause import (
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
from merestone.law.clock import Span, span
from merestone.law.comparison import Comparison, ComparisonRow, compare
from merestone.law.deadline import Deadline, deadlines
from merestone.law.difference import DifferenceKind, ListDifference, Listed, compare_list
from merestone.law.duty import Duties, Duty, DutyState, duties
from merestone.law.entry import SUCCESSION_RULE, Entry
from merestone.law.episode import Episode, Word, episode_on, episodes
from merestone.law.fact import (
    Declaration,
    Difference,
    Found,
    Fulfilment,
    Promise,
    Quantity,
    Result,
    Statement,
    Succession,
)
from merestone.law.in_short import InShort, Says, in_short, since_when
from merestone.law.library import BeforeTheTreaty, Holding, Library, UnknownTreaty, packaged
from merestone.law.parties import Change, Count, Parties, Standing, counted, counts, parties
from merestone.law.permission import NOT_ADVICE, Finding, Permission, deed_of, explained, may, weapon_of
from merestone.law.state import NoStateHere, State, States, UnknownState, names_in
from merestone.law.status import Status, status
from merestone.law.table import NOT_ADOPTED, WORDS, StatusTable, status_table
from merestone.law.what_if import Step, WhatIf, step_of, what_if
from merestone.law.withdrawal import WithdrawalClock, withdraw

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
    "may",
    "names_in",
    "packaged",
    "parties",
    "since_when",
    "span",
    "status",
    "status_table",
    "step_of",
    "weapon_of",
    "what_if",
    "withdraw",
]
