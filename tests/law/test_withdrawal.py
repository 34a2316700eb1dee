"""The clock of a withdrawal: any state, any day, and the armed-conflict clause only by a person's entry."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.law import ActKind, Conflict, Word, packaged, status, withdraw
from merestone.law.clauses.apmbc import article_20_3
from merestone.law.clauses.ccw import article_9_2
from tests.law.made_up import act

DAYS = st.dates(date(1999, 3, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("state", "treaty", "notified", "effective"),
    [
        ("FIN", "apmbc", date(2025, 7, 10), date(2026, 1, 10)),
        ("EST", "apmbc", date(2025, 6, 27), date(2025, 12, 27)),
        ("POL", "apmbc", date(2025, 8, 20), date(2026, 2, 20)),
        ("LTU", "ccm", date(2024, 9, 6), date(2025, 3, 6)),
        ("FIN", "ccw-ap2", date(2026, 11, 23), date(2027, 11, 23)),  # a year, not six months
        ("POL", "ccw", date(2026, 11, 23), date(2027, 11, 23)),
        ("NOR", "apmbc", date(2026, 8, 31), date(2027, 2, 28)),  # what if
    ],
)
def test_effect_of_a_notice(state: str, treaty: str, notified: date, effective: date) -> None:
    clock = withdraw(state, treaty, notified_on=notified)
    assert clock.effect is not None
    assert clock.effect.effective_on == effective
    assert any("Nobody has entered one here" in note for note in clock.notes)


def test_month_end_is_said_to_be_an_inference() -> None:
    clock = withdraw("NOR", "apmbc", notified_on=date(2026, 8, 31))
    assert any("last day stands in" in note and "inference" in note for note in clock.notes)


def test_ukraine_at_war_has_an_earliest_day_but_no_effective_day() -> None:
    clock = withdraw("UKR", "apmbc", notified_on=date(2026, 11, 23), conflict=Conflict(date(2022, 2, 24)))
    assert clock.effect is not None
    assert (clock.effect.earliest_on, clock.effect.effective_on) == (date(2027, 5, 23), None)
    assert any("purported suspension changes nothing" in note for note in clock.notes)


def test_state_that_is_not_bound_has_nothing_to_withdraw_from() -> None:
    clock = withdraw("RUS", "apmbc", notified_on=date(2026, 1, 1))
    assert clock.effect is None
    assert "is not bound by the Anti-Personnel Mine Ban Convention" in clock.notes[0]
    again = withdraw("LTU", "apmbc", notified_on=date(2026, 6, 1))
    assert again.effect is None


def test_second_notice_is_told_of_the_first() -> None:
    clock = withdraw("LTU", "apmbc", notified_on=date(2025, 8, 1))
    assert any("An earlier notice runs already" in note for note in clock.notes)


@given(one=DAYS, other=DAYS)
def test_later_notice_never_takes_effect_earlier(one: date, other: date) -> None:
    early, late = sorted((one, other))
    for rule in (article_20_3, article_9_2):
        first, second = rule(early, None).effective_on, rule(late, None).effective_on
        assert first is not None
        assert second is not None
        assert first <= second


@given(received=DAYS, since=DAYS, until=st.none() | DAYS)
def test_armed_conflict_postpones_and_never_hastens(received: date, since: date, until: date | None) -> None:
    for rule in (article_20_3, article_9_2):
        free, bound = rule(received, None), rule(received, Conflict(since, until))
        assert bound.earliest_on == free.earliest_on
        assert bound.effective_on is None or bound.effective_on >= free.earliest_on
        engaged = since <= free.earliest_on and (until is None or free.earliest_on < until)
        assert (bound.effective_on != free.effective_on) == engaged


def test_denouncing_the_convention_denounces_its_protocols() -> None:
    """CCW art. 9(3): "any denunciation of this Convention" applies "to all annexed Protocols"; a made-up notice."""
    frame = packaged().holding("ccw")
    acts = [*frame.of_all, *(one for own in frame.by_state.values() for one in own)]
    notice = act(ActKind.NOTICE, date(2026, 12, 1), state="AUT", treaty="ccw")
    library = packaged().with_acts("ccw", [*acts, notice])
    for treaty in ("ccw", "ccw-ap2", "ccw-p5"):
        assert status("AUT", treaty, on=date(2027, 11, 30), library=library).word is Word.WITHDRAWING
        assert status("AUT", treaty, on=date(2027, 12, 1), library=library).phrase == "withdrawn since 2027-12-01"
    assert status("AUT", "ccw-ap2", on=date(2027, 12, 1)).word is Word.PARTY
    clock = withdraw("FIN", "ccw", notified_on=date(2026, 11, 23))
    assert any("takes the annexed protocols along" in note for note in clock.notes)
