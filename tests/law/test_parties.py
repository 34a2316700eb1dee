"""Who is party on a day: counts as published, groups that hold each state once, changes that add up."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.law import Standing, counted, counts, packaged, parties, status_table
from merestone.terms import FieldRefused

TREATIES = list(packaged().treaties)

PUBLISHED = [  # (treaty, day, parties as the depositary counts, who published it)
    ("apmbc", date(1998, 9, 16), 40, "the convention, art. 17(1): the 40th instrument"),
    ("apmbc", date(1999, 2, 16), 64, "Althingi, 123rd session, document 964"),
    ("apmbc", date(2014, 1, 31), 161, "un.org, The Anti-Personnel Landmines Convention"),
    ("apmbc", date(2017, 12, 14), 163, "Sunday Leader, 14 December 2017"),
    ("apmbc", date(2019, 10, 4), 164, "Implementation Support Unit, 4 October 2019"),
    ("apmbc", date(2022, 8, 31), 164, "Wikipedia, Ottawa Treaty"),
    ("apmbc", date(2025, 3, 12), 165, "ICBL-CMC, Marshall Islands becomes the 165th State Party"),
    ("apmbc", date(2025, 12, 1), 166, "ICBL-CMC, Tonga becomes the 166th State Party"),
    ("apmbc", date(2026, 2, 3), 162, "UN Treaty Collection, status as at 2026-02-03"),
    ("apmbc", date(2026, 11, 28), 162, "Implementation Support Unit, 2026: 161 and Lebanon"),
    ("ccm", date(2010, 2, 16), 30, "the convention, art. 17(1): the 30th instrument"),
    ("ccm", date(2010, 11, 5), 46, "Cluster Munition Coalition, 5 November 2010"),
    ("ccm", date(2025, 9, 5), 112, "ICBL-CMC, Vanuatu becomes the 112th State Party"),
    ("ccm", date(2026, 2, 3), 112, "UN Treaty Collection, status as at 2026-02-03"),
    ("ccw", date(2026, 2, 3), 128, "UN Treaty Collection, status as at 2026-02-03"),
    ("ccw-ap2", date(2026, 2, 3), 107, "UN Treaty Collection, status as at 2026-02-03"),
    ("ccw-p5", date(2026, 2, 3), 99, "UN Treaty Collection, status as at 2026-02-03"),
    ("ccw-art1", date(2024, 4, 20), 89, "UN Treaty Collection, status as at 20-04-2024"),
]
"""Counts of others. The counts of states that are bound are oracles in test_status.py."""


@pytest.mark.parametrize(("treaty", "on", "expected", "source"), PUBLISHED)
def test_parties_are_as_many_as_others_published(treaty: str, on: date, expected: int, source: str) -> None:
    assert counted(packaged().holding(treaty), on).parties == expected, source


def test_the_question_of_a_journalist_is_answered_with_names_and_changes() -> None:
    """2026-11-28, a review: there was no way to ask how many, or which, states are parties on a day."""
    listed = parties("apmbc", on=date(2026, 2, 20), since=date(2025, 12, 1))
    assert (listed.count.bound, listed.count.parties, listed.count.withdrawn) == (161, 161, 5)
    assert {one.state.code for one in listed.groups[Standing.WITHDRAWN]} == {"EST", "FIN", "LTU", "LVA", "POL"}
    assert [(str(change.on), change.state.code) for change in listed.changes if change.now.noun == "withdrawn"] == [
        ("2025-12-27", "EST"),
        ("2025-12-27", "LTU"),
        ("2025-12-27", "LVA"),
        ("2026-01-10", "FIN"),
        ("2026-02-20", "POL"),
    ]
    (lebanon,) = (change for change in listed.changes if change.state.code == "LBN")
    assert lebanon.day_text == "2026, day not recorded"


def test_provisional_application_is_listed_until_the_treaty_binds() -> None:
    listed = parties("ccm", on=date(2012, 12, 1))
    assert [one.state.code for one in listed.provisional] == ["CHE"]
    assert not parties("ccm", on=date(2013, 1, 1)).provisional


def test_day_after_the_list_is_said_to_be_one() -> None:
    assert parties("apmbc", on=date(2026, 2, 3)).reach == ""
    assert "records end on 2026-02-03" in parties("apmbc", on=date(2026, 5, 1)).reach
    assert "could have changed this list from 2026-08-01" in parties("apmbc", on=date(2026, 8, 1)).reach


def test_state_whose_day_is_not_known_is_named_beside_the_count() -> None:
    """2026-11-28, a second reading: 161 stood without a word that Lebanon may have made it 162."""

    def perhaps(on: date) -> tuple[list[str], list[str]]:
        listed = parties("apmbc", on=on)
        return [one.state.code for one in listed.perhaps_bound], [one.state.code for one in listed.perhaps_deposited]

    assert perhaps(date(2026, 2, 3)) == ([], [])
    assert perhaps(date(2026, 2, 20)) == ([], ["LBN"])
    assert perhaps(date(2026, 8, 1)) == (["LBN"], ["LBN"])
    assert perhaps(date(2026, 11, 28)) == (["LBN"], [])
    assert perhaps(date(2027, 5, 1)) == ([], [])


def test_days_that_run_backwards_are_refused() -> None:
    with pytest.raises(FieldRefused, match="since = '2026-02-02': lies after 2026-02-01"):
        parties("apmbc", on=date(2026, 2, 1), since=date(2026, 2, 2))


@settings(max_examples=30, deadline=None)
@given(treaty=st.sampled_from(TREATIES), on=st.dates(date(2003, 11, 28), date(2030, 12, 31)), back=st.integers(0, 2000))
def test_each_state_stands_in_one_group_and_changes_add_up(treaty: str, on: date, back: int) -> None:
    adopted_on = packaged().holding(treaty).general.adopted_on
    on = max(on, adopted_on)
    since = max(on - timedelta(days=back), adopted_on)
    listed, before = parties(treaty, on=on, since=since), parties(treaty, on=since)
    codes = [one.state.code for group in listed.groups.values() for one in group]
    assert sorted(codes) == sorted(one.code for one in packaged().states.all)
    assert listed.count.bound == status_table(on, on, treaties=[treaty]).bound_counts(treaty)[0]
    gained = sum(change.now.is_bound - change.was.is_bound for change in listed.changes)
    assert before.count.bound + gained == listed.count.bound


@settings(max_examples=30, deadline=None)
@given(treaty=st.sampled_from(TREATIES), on=st.dates(date(2003, 11, 28), date(2030, 12, 31)))
def test_counts_over_time_are_the_counts_of_each_day(treaty: str, on: date) -> None:
    holding = packaged().holding(treaty)
    on = max(on, holding.general.adopted_on)
    series = counts(treaty, starts_on=holding.general.adopted_on, ends_on=on)
    one = counted(holding, on)
    last = series[-1]
    assert (one.bound, one.parties, one.signatures, one.withdrawn) == (
        last.bound,
        last.parties,
        last.signatures,
        last.withdrawn,
    )
