from .balance import (
    PRECEDENCE,
    SHARE_OF_KIND,
    Balance,
    Difference,
    Overlap,
    Parcel,
    Recorded,
    Share,
    balance,
    balances_by,
)
from .burden import ASSUMPTIONS, Assumed, Burden, Clearing, burden, percentile_of, read_assumptions
from .criteria import read_criteria
from .forecast import Forecast, capacity_needed, forecast
from .priority import Criterion, Method, Ranking, Shaken, Stability, rank, shaken, stability
from .residual import Answer
from .work_plan import Assignment, NoPlan, Productivity, Task, Team, WorkPlan, read_plan, work_plan

__all__ = [
    "ASSUMPTIONS",
    "PRECEDENCE",
    "SHARE_OF_KIND",
    "Answer",
    "Assignment",
    "Assumed",
    "Balance",
    "Burden",
    "Clearing",
    "Criterion",
    "Difference",
    "Forecast",
    "Method",
    "NoPlan",
    "Overlap",
    "Parcel",
    "Productivity",
    "Ranking",
    "Recorded",
    "Shaken",
    "Share",
    "Stability",
    "Task",
    "Team",
    "WorkPlan",
    "balance",
    "balances_by",
    "burden",
    "capacity_needed",
    "forecast",
    "percentile_of",
    "rank",
    "read_assumptions",
    "read_criteria",
    "read_plan",
    "shaken",
    "stability",
    "work_plan",
]
