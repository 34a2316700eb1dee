"""The clock of a withdrawal: any state, any day, and the armed-conflict clause only by a person's entry."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.law import ActKind, Conflict, Step, Word, packaged, status, step_of, what_if, withdraw
from merestone.law.clauses.apmbc import article_20_3
from merestone.law.clauses.ccw import article_9_2
from merestone.terms import FieldRefused
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
    assert clock.effect.effective_on == effective
    is_on_record = state in ("FIN", "EST", "POL", "LTU") and treaty in ("apmbc", "ccm")
    assert clock.is_certain is is_on_record
    assert any("None has been entered" in note for note in clock.notes) is not is_on_record


def test_month_end_is_said_to_be_an_inference() -> None:
    clock = withdraw("NOR", "apmbc", notified_on=date(2026, 8, 31))
    assert any("its last day is taken" in note and "inference" in note for note in clock.notes)


def test_ukraine_at_war_has_an_earliest_day_but_no_effective_day() -> None:
    clock = withdraw("UKR", "apmbc", notified_on=date(2026, 11, 23), conflict=Conflict(date(2022, 2, 24)))
    assert (clock.effect.earliest_on, clock.effect.effective_on) == (date(2027, 5, 23), None)
    assert any("purported suspension changes nothing" in note for note in clock.notes)


def test_state_that_is_not_bound_has_nothing_to_withdraw_from() -> None:
    """2026-11-28, a review: nothing was computed for such a state, though "any state and any day may be asked"."""
    clock = withdraw("RUS", "apmbc", notified_on=date(2026, 1, 1))
    assert clock.is_hypothetical
    assert clock.effect.earliest_on == date(2026, 7, 1)
    assert "is not bound by the Anti-Personnel Mine Ban Convention" in clock.notes[0]
    assert "if it were a party since before that day" in clock.notes[1]
    again = withdraw("LTU", "apmbc", notified_on=date(2026, 6, 1))
    assert again.is_hypothetical
    assert again.published_on is None


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


def test_headline_is_conditional_by_the_treaty_s_own_conditions() -> None:
    """2026-11-28, a review: "takes effect 2027-05-28" was said without condition; CCW has more than armed conflict."""
    clock = withdraw("UKR", "apmbc", notified_on=date(2026, 11, 28))
    assert not clock.is_certain
    assert clock.unless == "the state is engaged in an armed conflict on that day"
    protocol = withdraw("POL", "ccw-ap2", notified_on=date(2026, 11, 28))
    assert "armed conflict or occupation" in protocol.unless
    assert "release, repatriation or re-establishment" in protocol.unless


def test_quoted_article_is_the_authentic_text() -> None:
    """2026-11-28, a review: "the withdrawing State Parties is engaged" is a slip of one edition."""
    words = withdraw("FIN", "apmbc", notified_on=date(2025, 7, 10)).quote
    assert "the withdrawing State Party is engaged" in words
    assert withdraw("LTU", "ccm", notified_on=date(2024, 9, 6)).quote == words


def test_chain_of_withdrawal_and_return() -> None:
    chain = what_if("FIN", "apmbc", [(Step.WITHDRAW, date(2030, 6, 1)), (Step.ACCEDE, date(2028, 1, 15))])
    assert [(str(one.starts_on), one.word.noun) for one in chain.course[1:]] == [
        ("2028-01-15", "joined, not yet bound"),
        ("2028-07-01", "party"),
        ("2030-06-01", "withdrawing"),
        ("2030-12-01", "withdrawn"),
    ]
    assert status("FIN", "apmbc", on=date(2029, 1, 1)).word is Word.WITHDRAWN, "supposing stores nothing"


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([(Step.ACCEDE, date(2026, 1, 1))], "has joined already"),
        ([(Step.RETRACT, date(2026, 1, 1))], "no notice that runs"),
        ([(Step.WITHDRAW, date(2026, 1, 1)), (Step.WITHDRAW, date(2026, 2, 1))], "only a state that is bound"),
    ],
)
def test_step_that_cannot_be_taken_is_refused(steps: list[tuple[Step, date]], why: str) -> None:
    with pytest.raises(FieldRefused, match=why):
        what_if("NOR", "apmbc", steps)
    with pytest.raises(FieldRefused, match="accede:2028-01-15"):
        step_of("sign:tomorrow")


@given(on=st.dates(date(2026, 3, 1), date(2040, 12, 31)))
def test_supposed_withdrawal_is_the_clock_s(on: date) -> None:
    chain = what_if("NOR", "apmbc", [(Step.WITHDRAW, on)])
    assert chain.course[-1].effective_on == withdraw("NOR", "apmbc", notified_on=on).effect.effective_on


def test_amendment_cannot_be_left_by_itself() -> None:
    """CCW, art. 9(1) speaks of denouncing the convention or a protocol; an amendment goes with its convention."""
    with pytest.raises(FieldRefused, match=r"cannot be withdrawn from separately.*ask for ccw"):
        withdraw("FIN", "ccw-art1", notified_on=date(2026, 11, 28))
    with pytest.raises(FieldRefused, match="ask for ccw"):
        what_if("FIN", "ccw-art1", [(Step.WITHDRAW, date(2026, 11, 28))])


@pytest.mark.parametrize("state", ["FIN", "EST", "LVA", "LTU", "POL"])
def test_the_status_before_a_notice_is_that_of_the_day_before_and_no_other_state_changes(state: str) -> None:
    """2026-11-28, by mutation: with the very notice left out, what else stands among the acts was compared nowhere."""
    notice = next(act for act in packaged().holding("apmbc").by_state[state] if act.kind is ActKind.NOTICE)
    clock = withdraw(state, "apmbc", notified_on=notice.on)
    assert clock.before.word is status(state, "apmbc", on=notice.on - timedelta(days=1)).word
    assert clock.before.acts == tuple(act for act in clock.before.acts if act.kind is not ActKind.NOTICE)
    assert clock.before.is_bound
