"""The clauses against days that others published: depositaries, governments, the Monitor. One row a state."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from merestone.law import Deed, Weapon, cited, packaged, status
from merestone.law.clauses import apmbc, ccm, ccw, ccw_ap2, ccw_p5
from tests.conftest import shared_folder


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


PUBLISHED = table(Path(__file__).parent / "published_dates.csv")


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row['state']}-{row['treaty']}")
def test_entry_into_force_by_rule_is_the_published_day(row: dict[str, str]) -> None:
    deposited_on, in_force_from = day(row["deposited_on"]), day(row["in_force_from"])
    holding = packaged().holding(row["treaty"])
    assert holding.treaty.entry_into_force(deposited_on, holding.general)[0] == in_force_from
    assert status(row["state"], row["treaty"], on=in_force_from).phrase == f"party since {in_force_from}"
    assert not status(row["state"], row["treaty"], on=in_force_from - timedelta(days=1)).is_bound


def test_oracle_names_at_least_forty_real_states() -> None:
    assert len({row["state"] for row in PUBLISHED}) >= 40


@pytest.mark.parametrize(
    ("name", "treaty", "column"),
    [
        ("apmbc_parties.csv", "apmbc", "entry_into_force"),
        ("ccm.csv", "ccm", "entry_into_force_computed"),
        ("ccw_amended_protocol_ii.csv", "ccw-ap2", "entry_into_force_computed"),
        ("ccw_protocol_v.csv", "ccw-p5", "entry_into_force_computed"),
    ],
)
def test_every_party_of_the_collected_lists_is_bound_from_the_day_they_give(
    name: str, treaty: str, column: str
) -> None:
    path = shared_folder() / "facts" / "treaty" / name
    if not path.exists():
        pytest.skip(f"the collected list is not at {path}; set MERESTONE_SHARED to the folder that holds facts/treaty")
    checked = 0
    for row in table(path):
        if not row[column]:
            continue
        if (row["iso3"], treaty) == ("MNE", "apmbc"):
            continue  # dated there as an accession; a succession by the depositary's list: see differences.csv
        answer = status(row["iso3"], treaty, on=date(2030, 1, 1))
        assert answer.in_force_from == day(row[column]), row
        if row["withdrawal_received"]:
            assert answer.phrase == f"withdrawn since {row['withdrawal_effective']}"
        if treaty == "apmbc":
            assert apmbc.article_7_1(day(row[column])) == day(row["art7_initial_due"]), row
            assert apmbc.article_4(day(row[column])) == day(row["art4_nominal_deadline"]), row
            assert apmbc.article_5_1(day(row[column])) == day(row["art5_nominal_deadline"]), row
        checked += 1
    assert checked == {"apmbc": 165, "ccm": 85, "ccw-ap2": 100, "ccw-p5": 84}[treaty]


def test_general_entries_into_force_follow_from_the_last_deposit_of_the_first_group() -> None:
    assert apmbc.article_17_1(date(1998, 9, 16)) == date(1999, 3, 1)
    assert ccm.article_17_1(date(2010, 2, 16)) == date(2010, 8, 1)
    assert ccw.article_5_1(date(1983, 6, 2)) == date(1983, 12, 2)
    assert ccw.article_5_3(date(1998, 6, 3)) == date(1998, 12, 3)
    assert ccw.article_5_3(date(2006, 5, 12)) == date(2006, 11, 12)


def test_forty_deposits_had_been_made_by_16_september_1998() -> None:
    """The depositary's count, and 133 signatures (UN Treaty Collection, chapter XXVI, no. 5)."""
    acts = [act for own in packaged().holding("apmbc").by_state.values() for act in own]
    deposits = {act.state for act in acts if act.kind in CONSENT_KINDS and act.on <= date(1998, 9, 16)}
    assert len(deposits) == 40
    assert len({act.state for act in acts if act.kind.value == "signature"}) == 133


CONSENT_KINDS = {"ratification", "acceptance", "approval", "accession", "succession"}


def test_clocks_of_published_deadlines() -> None:
    """ISU: Latvia and Poland; Monitor: Belarus, Tuvalu and Oman; UN Office of Legal Affairs: South Sudan."""
    assert apmbc.article_7_1(date(2006, 1, 1)) == date(2006, 6, 30)
    assert apmbc.article_7_1(date(2013, 6, 1)) == date(2013, 11, 28)
    assert apmbc.article_7_1(date(2012, 3, 1)) == date(2012, 8, 28)
    assert apmbc.article_7_1(date(2015, 2, 1)) == date(2015, 7, 31)
    assert apmbc.article_7_1(date(2011, 7, 9)) == date(2012, 1, 5)
    assert apmbc.article_4(date(2013, 6, 1)) == date(2017, 6, 1)
    assert apmbc.article_4(date(2004, 3, 1)) == date(2008, 3, 1)
    assert apmbc.article_5_1(date(2011, 7, 9)) == date(2021, 7, 9)
    assert apmbc.article_7_2(date(2025, 1, 1)) == date(2026, 4, 30)
    assert ccm.article_3_2(date(2011, 9, 1)) == date(2019, 9, 1)


@pytest.mark.parametrize("treaty", list(packaged().treaties))
def test_every_clause_carries_its_article_and_its_words(treaty: str) -> None:
    rules = packaged().treaties[treaty]
    said = [(rules.withdrawal.article, rules.withdrawal.quote)]
    said += [(clause.article, clause.quote) for clause in rules.prohibitions]
    said += [(clause.article, clause.quote) for clause in rules.exclusions]
    said += [(rule.clause.article, rule.clause.quote) for rule in rules.duties]
    assert all(article[0].isdigit() and len(words) > 20 for article, words in said)


def test_protocol_v_and_the_cluster_munitions_convention_do_not_speak_of_mines() -> None:
    """CCM art. 1(3): "This Convention does not apply to mines."; Protocol V, art. 2(1)."""
    for weapon in (Weapon.ANTI_PERSONNEL_MINES, Weapon.OTHER_MINES):
        assert ccm.article_1_3(weapon)
        assert ccw_p5.article_2_1(weapon)
        assert all(clause(deed, weapon) is None for clause in ccm.TREATY.prohibitions for deed in Deed)


def test_amended_protocol_ii_names_every_condition_that_protects_civilians() -> None:
    ruling = ccw_ap2.articles_3_to_9(Deed.USE, Weapon.ANTI_PERSONNEL_MINES)
    assert ruling is not None
    names = " ".join(condition.name for condition in ruling.conditions)
    for word in ("recording", "marking", "fencing", "monitoring", "warning", "clearing after hostilities"):
        assert word in names


def test_articles_are_cited_as_a_sentence_cites_them() -> None:
    assert [cited(one) for one in ("20(3)", "technical annex 4", "CCW 5(4)", "4 and technical annex 2")] == [
        "art. 20(3)",
        "technical annex 4",
        "CCW, art. 5(4)",
        "art. 4 and technical annex 2",
    ]
