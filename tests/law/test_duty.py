"""Duties and their clocks. The oracle is what the Implementation Support Unit and the Monitor published as due days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.law import Duty, DutyState, Fulfilment, Result, deadlines, duties, packaged
from merestone.terms import Confidence


def duty(state: str, article: str, on: date, treaty: str = "apmbc") -> Duty:
    return next(one for one in duties(state, on=on).duties if (one.treaty, one.article) == (treaty, article))


def test_latvia_s_clocks_from_deposit_to_clearance() -> None:
    on = date(2006, 2, 1)
    assert duty("LVA", "17(2)", on).due_on == date(2006, 1, 1)
    assert duty("LVA", "7(1)", on).due_on == date(2006, 6, 30)
    assert duty("LVA", "4", on).due_on == date(2010, 1, 1)
    assert duty("LVA", "5(1)", on).due_on == date(2016, 1, 1)
    assert {duty("LVA", article, on).state for article in ("7(1)", "4", "5(1)")} == {DutyState.PENDING}


def test_stockpile_not_destroyed_in_time_is_overdue_because_a_source_says_so() -> None:
    owed = duty("UKR", "4", date(2026, 11, 23))
    assert (owed.state, owed.due_on) == (DutyState.OVERDUE, date(2010, 6, 1))
    assert "3364433" in owed.explanation
    assert owed.facts[-1].source


def test_passed_day_without_a_fact_is_not_held_against_a_state() -> None:
    assert duty("ITA", "4", date(2026, 11, 23)).state is DutyState.PASSED


def test_extension_is_the_stored_decision_and_never_computed() -> None:
    """18MSP: Ukraine 1 December 2023; ten years more were asked for, and what was decided is not held."""
    on_record = duty("UKR", "5(1)", date(2021, 1, 1))
    assert on_record.due_on == date(2023, 12, 1)
    assert on_record.is_verified
    later = duty("UKR", "5(1)", date(2026, 11, 23))
    assert (later.due_on, later.state) == (date(2023, 12, 1), DutyState.PASSED)
    assert "a later extension under art. 5(3) may have been granted" in later.explanation
    assert any("ten more years" in fact.note for fact in later.facts)
    assert duty("SSD", "5(1)", date(2015, 1, 1)).due_on == date(2021, 7, 9)
    assert duty("SSD", "5(1)", date(2026, 1, 1)).due_on == date(2026, 7, 9)


def test_fact_from_memory_is_shown_as_unverified_and_none_is_packaged() -> None:
    """A programme may enter what somebody remembers; the packaged facts rest on sources alone."""
    remembered = Fulfilment(
        "ITA", "apmbc", "5(1)", Result.MET, date(2005, 1, 1), None, "somebody remembers", Confidence.MEMORY, ""
    )
    owed = duties("ITA", on=date(2026, 1, 1), more_facts=[remembered]).duties
    assert not next(one for one in owed if (one.treaty, one.article) == ("apmbc", "5(1)")).is_verified
    library = packaged()
    sources = [(fulfilment.confidence, fulfilment.source) for fulfilment in library.fulfilments]
    sources += [(quantity.confidence, quantity.source) for quantity in library.quantities]
    sources += [(statement.confidence, statement.source) for statement in library.statements]
    sources += [(promise.confidence, promise.source) for promise in library.promises]
    for holding in library.holdings():
        sources += [(act.confidence, act.source) for own in holding.by_state.values() for act in own]
    assert not [source for confidence, source in sources if confidence is Confidence.MEMORY or "memory" in source]


@pytest.mark.parametrize("state", ["FIN", "EST", "LVA", "LTU", "POL"])
def test_report_for_2024_was_owed_by_all_five_and_the_one_for_2025_by_none(state: str) -> None:
    reports = [
        one for one in duties(state, on=date(2026, 3, 1)).duties if one.article == "7(2)" and one.treaty == "apmbc"
    ]
    assert [(report.due_on, report.state) for report in reports] == [
        (date(2025, 4, 30), DutyState.PASSED),
        (date(2026, 4, 30), DutyState.ENDED),
    ]


@pytest.mark.parametrize("state", ["FIN", "EST", "LVA", "LTU", "POL"])
def test_amended_protocol_ii_and_other_rules_survive_the_withdrawal(state: str) -> None:
    on = date(2026, 11, 23)
    assert duty(state, "20(4)", on).state is DutyState.SURVIVING
    assert duty(state, "9(1) and technical annex 1", on, "ccw-ap2").state is DutyState.SURVIVING
    assert duty(state, "13(4)", on, "ccw-ap2").state is DutyState.SURVIVING
    assert duty(state, "5(2)", on).state is DutyState.ENDED
    before = duty(state, "9(1) and technical annex 1", date(2025, 6, 1), "ccw-ap2")
    assert before.state is DutyState.PENDING


def test_report_is_due_from_january_and_pending_before() -> None:
    states = {
        one.due_on: one.state
        for one in duties("NOR", on=date(2026, 2, 1)).duties
        if one.article == "7(2)" and one.treaty == "apmbc"
    }
    assert states == {date(2025, 4, 30): DutyState.PASSED, date(2026, 4, 30): DutyState.DUE}
    states = {
        one.due_on: one.state
        for one in duties("NOR", on=date(2026, 5, 1)).duties
        if one.article == "7(2)" and one.treaty == "apmbc"
    }
    assert states == {date(2026, 4, 30): DutyState.PASSED, date(2027, 4, 30): DutyState.PENDING}


def test_state_that_never_joined_owes_nothing_and_unknown_treaties_are_named() -> None:
    owed = duties("RUS", on=date(2026, 11, 23))
    assert not [one for one in owed.duties if one.treaty == "apmbc"]
    assert not owed.not_known
    assert [one.treaty for one in duties("AGO", on=date(2026, 11, 23)).not_known] == [
        "ccm", "ccw", "ccw-ap2", "ccw-art1", "ccw-p2", "ccw-p4", "ccw-p5",
    ]  # fmt: skip


@given(
    state=st.sampled_from([one.code for one in packaged().states.all]),
    on=st.dates(date(1997, 12, 3), date(2030, 12, 31)),
)
def test_every_duty_has_a_state_an_article_and_agrees_with_its_day(state: str, on: date) -> None:
    for one in duties(state, on=on).duties:
        assert one.article
        if one.state is DutyState.OVERDUE:
            assert one.facts
        if one.due_on is not None and one.due_on < on:
            assert one.state not in (DutyState.PENDING, DutyState.DUE)
        if one.due_on is not None and one.due_on > on:
            assert one.state not in (DutyState.OVERDUE, DutyState.PASSED)


def test_deadlines_hold_every_withdrawal_and_have_keys_of_their_own() -> None:
    found = deadlines(["FIN", "EST", "LVA", "LTU", "POL"], on=date(2026, 11, 23))
    assert len({one.key for one in found}) == len(found)
    effects = {(one.state, str(one.on)) for one in found if "takes effect" in one.title and one.treaty == "apmbc"}
    assert effects == {
        ("FIN", "2026-01-10"),
        ("EST", "2025-12-27"),
        ("LVA", "2025-12-27"),
        ("LTU", "2025-12-27"),
        ("POL", "2026-02-20"),
    }
    yearly = {one.state: one for one in found if one.yearly_until and one.treaty == "apmbc"}
    assert (yearly["FIN"].on, yearly["FIN"].yearly_until) == (date(2013, 4, 30), date(2026, 1, 9))


def test_a_programme_s_own_record_counts_beside_the_packaged_facts() -> None:
    record = Fulfilment(
        "ITA", "apmbc", "4", Result.MET, date(2002, 11, 1), None, "a made-up record", Confidence.OFFICIAL, "made up"
    )
    owed = duties("ITA", on=date(2026, 11, 23), more_facts=[record])
    assert next(one for one in owed.duties if one.article == "4").state is DutyState.MET


def test_yearly_report_is_never_due_before_the_first() -> None:
    """2026-11-28, a review: Tonga's yearly report was due on 2026-04-30, its first one on 2026-05-30."""
    yearly = [one for one in duties("TON", on=date(2026, 5, 15)).duties if one.article == "7(2)"]
    assert [one.due_on for one in yearly] == [date(2027, 4, 30)]
    (entry,) = (
        deadline for deadline in deadlines(["TON"], on=date(2026, 5, 15)) if deadline.key == "TON-apmbc-7(2)-yearly"
    )
    assert entry.on == date(2027, 4, 30)
    assert [one.due_on for one in duties("EST", on=date(2005, 5, 1)).duties if one.article == "7(2)"] == [
        date(2006, 4, 30)
    ]


@given(
    state=st.sampled_from([one.code for one in packaged().states.all]),
    on=st.dates(date(1999, 3, 1), date(2030, 12, 31)),
)
def test_no_yearly_report_is_due_before_the_first_of_any_state(state: str, on: date) -> None:
    owed = duties(state, on=on).duties
    for treaty in ("apmbc", "ccm"):
        first = [one.due_on for one in owed if one.treaty == treaty and one.article == "7(1)"]
        for one in owed:
            if one.treaty == treaty and one.article == "7(2)" and first:
                assert one.due_on is not None
                assert first[0] is not None
                assert one.due_on > first[0]


@pytest.mark.parametrize(
    ("state", "due_on"),
    [("HRV", date(2019, 3, 1)), ("KHM", date(2020, 1, 1)), ("AGO", date(2025, 12, 31))],
)
def test_superseded_day_gives_way_to_the_extension(state: str, due_on: date) -> None:
    """2026-11-28, a review: Croatia's clearance was shown with the bare ten years, 2009-03-01."""
    owed = duty(state, "5(1)", date(2026, 11, 28))
    assert owed.due_on == due_on
    assert owed.state is DutyState.PASSED
    assert "a later extension under art. 5(3) may have been granted" in owed.explanation
    assert all(fact.source for fact in owed.facts)


@given(
    state=st.sampled_from([one.code for one in packaged().states.all]),
    on=st.dates(date(2009, 3, 1), date(2030, 12, 31)),
)
def test_bare_ten_year_date_is_never_overdue_and_says_that_more_time_may_have_been_given(state: str, on: date) -> None:
    for one in duties(state, on=on).duties:
        if one.article in ("5(1)", "4(1)(a)", "3(2)") and one.state is DutyState.PASSED:
            assert "may have been granted, or completion declared; none is recorded here" in one.explanation
        if one.article in ("5(1)", "4(1)(a)", "3(2)"):
            assert one.state is not DutyState.OVERDUE or one.facts


def test_completion_that_was_reopened_is_no_completion() -> None:
    """Mauritania declared itself mine-free in 2018, and found mined areas since (18MSP, 20 November 2020)."""
    assert duty("MRT", "5(1)", date(2019, 6, 1)).state is DutyState.MET
    again = duty("MRT", "5(1)", date(2026, 11, 28))
    assert again.state is DutyState.PASSED
    assert "owed again as of 2020-11-20" in again.explanation
    assert duty("GBR", "5(1)", date(2026, 11, 28)).state is DutyState.MET


def test_due_day_counted_from_an_uncertain_entry_into_force_says_so() -> None:
    report = duty("LBN", "7(1)", date(2027, 6, 1))
    assert report.due_on == date(2027, 10, 28)
    assert "at the latest, for the first day bound is not certain" in report.explanation
    assert "at the latest" not in duty("TON", "7(1)", date(2026, 1, 1)).explanation


def test_declarations_stand_with_their_state() -> None:
    declared = {(declaration.state, declaration.treaty, declaration.kind) for declaration in packaged().declarations}
    for state in ("BLR", "CHN", "LVA", "PAK", "RUS", "UKR"):
        assert (state, "ccw-ap2", "deferral") in declared
    assert ("KOR", "ccw-ap2", "reservation") in declared
    assert ("DNK", "ccm", "territorial application") in declared
    assert all(declaration.source for declaration in packaged().declarations)
