"""Made-up acts, for what no real state has done."""

from collections.abc import Iterable
from datetime import date

from merestone.law import Act, ActKind, Library, packaged
from merestone.terms import Confidence


def act(kind: ActKind, on: date, *, state: str = "AND", treaty: str = "apmbc", known_on: date | None = None) -> Act:
    """One made-up act."""
    return Act(state, treaty, kind, on, known_on or on, "made up for a test", Confidence.COMPUTED, "", "test")


def with_only(acts: Iterable[Act], *, state: str = "AND", treaty: str = "apmbc") -> Library:
    """The packaged library with the acts of one state replaced by made-up ones."""
    holding = packaged().holding(treaty)
    others = [one for code, own in holding.by_state.items() if code != state for one in own]
    return packaged().with_acts(treaty, [*holding.of_all, *others, *acts])
