"""The day by which a state has to have cleared its land, as its treaties set it."""

from datetime import date
from typing import Final, NamedTuple

from merestone.law import duties
from merestone.terms import FieldRefused

CLEARANCE_ARTICLES: Final = {"apmbc": "5(1)", "ccm": "4(1)(a)"}
"""By treaty, the article that sets the day by which all areas have to be cleared."""


class ClearanceDuty(NamedTuple):
    """Whose duty to clear sets the day."""

    state: str
    """ISO 3166-1 alpha-3, such as ``BIH``."""
    treaty: str = "apmbc"
    """A key of `CLEARANCE_ARTICLES`."""


class NoClearanceDay(FieldRefused):
    """No dated duty of the state to clear is known."""


def clearance_due_on(duty: ClearanceDuty, on: date) -> date:
    """The day by which a state has to have cleared under a treaty, as it is bound on a day.

    Raises
    ------
    NoClearanceDay
        The law data hold no dated duty of this state to clear under this treaty.

    >>> clearance_due_on(ClearanceDuty("BIH", "apmbc"), date(2026, 11, 28))
    datetime.date(2027, 3, 1)
    """
    article = CLEARANCE_ARTICLES[duty.treaty]
    days = [
        owed.due_on
        for owed in duties(duty.state, on=on).duties
        if owed.treaty == duty.treaty and owed.article == article and owed.due_on is not None
    ]
    if not days:
        why = f"no dated duty of {duty.state} to clear under {duty.treaty} is known"
        raise NoClearanceDay("state", duty.state, why, "give the day itself (--due)")
    return min(days)
