"""Every row of the depositary's lists of 2026-02-03 beside the answers, and counts that others published."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from merestone.law import (
    ActKind,
    Library,
    Verdict,
    Weapon,
    Word,
    check,
    counted,
    depositary_rows,
    may,
    packaged,
    status,
    status_table,
)
from merestone.law.act import CONSENTS
from merestone.law.clause import Deed
from merestone.terms import Confidence
from tests.law.made_up import act, with_only
from tests.law.test_check import change

AS_AT = date(2026, 2, 3)
ROWS = list(depositary_rows(packaged().folder / "depositary"))


def test_every_row_of_the_depositary_is_what_the_answers_say() -> None:
    """2026-11-28, a review: 62 consents, the 1980 Protocol II and the provisional applications were missing."""
    for row in ROWS:
        answer = status(row.state, row.treaty, on=AS_AT)
        signature = answer.act_on(ActKind.SIGNATURE)
        assert (signature.on if signature else None) == row.signature, row
        assert (answer.consent.on if answer.consent else None) == row.consent, row
        if row.kind is not None:
            assert answer.consent is not None
            assert answer.consent.kind is row.kind, row
        assert (answer.word is Word.WITHDRAWN) is row.is_in_brackets, row
        if row.provisional_application is not None:
            applied = answer.act_on(ActKind.PROVISIONAL)
            assert applied is not None, row
            assert applied.on == row.provisional_application
        assert packaged().state(row.participant).code == row.state
    assert Counter(row.treaty for row in ROWS) == {
        "apmbc": 166, "ccm": 125, "ccw": 132, "ccw-ap2": 107, "ccw-art1": 90, "ccw-p2": 96, "ccw-p4": 111, "ccw-p5": 99,
    }  # fmt: skip


def test_every_state_outside_the_lists_had_not_joined_when_they_end() -> None:
    listed = {(row.treaty, row.state) for row in ROWS}
    for treaty in packaged().treaties:
        for state in packaged().states.all:
            if (treaty, state.code) not in listed:
                assert status(state.code, treaty, on=AS_AT).word is Word.NEVER, (treaty, state.code)


@pytest.mark.parametrize(
    ("treaty", "parties"),
    [("apmbc", 162), ("ccm", 112), ("ccw", 128), ("ccw-ap2", 107), ("ccw-p5", 99), ("ccw-p2", 96), ("ccw-p4", 111),
     ("ccw-art1", 90)],
)  # fmt: skip
def test_parties_counted_as_the_depositary_counts_them(treaty: str, parties: int) -> None:
    assert counted(packaged().holding(treaty), AS_AT).parties == parties


def test_signatories_as_published() -> None:
    """Althingi, un.org and the Cluster Munition Coalition: 131 by 16 February 1999, 133 in all; CCM: 108 in 2010."""

    def signed(treaty: str, on: date) -> int:
        acts = (one for own in packaged().holding(treaty).by_state.values() for one in own)
        return sum(one.kind is ActKind.SIGNATURE and one.on <= on for one in acts)

    assert signed("apmbc", date(1999, 2, 16)) == 131
    assert signed("apmbc", AS_AT) == 133
    assert signed("ccm", date(2010, 11, 5)) == 108


def test_each_row_has_its_source_and_none_rests_on_a_restated_list() -> None:
    for holding in packaged().holdings():
        for own in holding.by_state.values():
            for one in own:
                assert one.source.strip()
                assert "memory" not in one.source
                if one.kind in CONSENTS and one.is_dated:
                    assert "status as at 2026-02-03" in one.source, one
                    assert one.confidence is Confidence.DEPOSITARY


def test_accession_without_a_day_may_bind_and_is_never_called_free() -> None:
    """2026-11-28, a review: Lebanon acceded in 2026, and was "never a party", free to produce."""
    today = status("LBN", "apmbc", on=date(2026, 11, 28))
    assert today.word is Word.NOT_KNOWN
    assert "acceded in 2026, day not recorded, may be bound from 2026-08-01 at the earliest" in today.phrase
    assert may("LBN", Deed.PRODUCE, Weapon.ANTI_PERSONNEL_MINES, on=date(2026, 11, 28)).verdict is Verdict.NOT_KNOWN
    assert status("LBN", "apmbc", on=date(2026, 2, 3)).phrase == "never a party"
    assert status("LBN", "apmbc", on=date(2026, 7, 31)).word is Word.DEPOSITED
    assert status("LBN", "apmbc", on=date(2027, 5, 1)).phrase == "party since 2027-05-01 at the latest"


@pytest.mark.parametrize(
    ("state", "treaty", "bound_from"),
    [
        ("CZE", "ccw", date(1993, 1, 1)),
        ("SVK", "ccw", date(1993, 1, 1)),
        ("BIH", "ccw", date(1992, 3, 6)),
        ("HRV", "ccw", date(1991, 10, 8)),
        ("SVN", "ccw", date(1991, 6, 25)),
        ("MKD", "ccw", date(1991, 11, 17)),
        ("SRB", "ccw", date(1992, 4, 27)),
        ("MNE", "ccw", date(2006, 6, 3)),
        ("MNE", "apmbc", date(2006, 6, 3)),
        ("MNE", "ccw-p4", date(2006, 6, 3)),
        ("SSD", "apmbc", date(2011, 7, 9)),
    ],
)
def test_successor_is_bound_from_the_succession_of_states(state: str, treaty: str, bound_from: date) -> None:
    """2026-11-28, a review: `law status CZE --on 1993-03-01` said "never a party (bound from 1993-08-22)"."""
    answer = status(state, treaty, on=bound_from)
    assert answer.phrase == f"party since {bound_from}"
    assert answer.entry_article == "succession of states"
    assert packaged().successions[state].source


def test_successor_whose_day_is_not_held_is_bound_at_the_latest_by_the_rule_for_an_accession() -> None:
    library = with_only([act(ActKind.SUCCESSION, date(2006, 10, 23))])
    assert status("AND", "apmbc", on=date(2007, 4, 1), library=library).phrase == "party since 2007-04-01 at the latest"
    before = status("AND", "apmbc", on=date(2006, 12, 1), library=library)
    assert before.word is Word.NOT_KNOWN
    assert "may be bound from 1999-03-01 at the earliest, from 2007-04-01 at the latest" in before.phrase


@pytest.mark.parametrize(
    ("state", "deed", "weapon", "on", "verdict"),
    [
        ("NOR", Deed.USE, Weapon.CLUSTER_MUNITIONS, date(2009, 6, 1), Verdict.PROHIBITED),
        ("CHE", Deed.USE, Weapon.CLUSTER_MUNITIONS, date(2012, 12, 1), Verdict.PROHIBITED),
        ("CHE", Deed.PRODUCE, Weapon.CLUSTER_MUNITIONS, date(2012, 12, 1), Verdict.NOT_PROHIBITED),  # only 1(1)(a)
        ("BLZ", Deed.STOCKPILE, Weapon.CLUSTER_MUNITIONS, date(2014, 10, 1), Verdict.PROHIBITED),
        ("CHE", Deed.ACQUIRE, Weapon.ANTI_PERSONNEL_MINES, date(1998, 10, 1), Verdict.PROHIBITED),
        ("MUS", Deed.TRANSFER, Weapon.ANTI_PERSONNEL_MINES, date(1997, 12, 3), Verdict.PROHIBITED),
        ("NOR", Deed.USE, Weapon.CLUSTER_MUNITIONS, date(2008, 12, 2), Verdict.NOT_PROHIBITED),
    ],
)
def test_provisional_application_binds_what_it_names_from_its_day(
    state: str, deed: Deed, weapon: Weapon, on: date, verdict: Verdict
) -> None:
    """2026-11-28, a review: four states applied the cluster munitions ban provisionally and were told "free"."""
    assert may(state, deed, weapon, on=on).verdict is verdict


def test_protocol_without_its_convention_is_a_problem(tmp_path: Path) -> None:
    """2026-11-28, a review: Zambia was party to two protocols, and "not known" to be one to their convention."""
    import shutil

    folder = Path(shutil.copytree(packaged().folder, tmp_path / "data"))
    path = folder / "acts" / "ccw.csv"
    row = next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("ZMB,ccw,accession"))
    change(path, row + "\n", "")
    problems = [str(problem) for problem in check(Library(folder)).problems]
    assert any("ZMB has consented to ccw-ap2, but not to ccw" in problem for problem in problems), problems
    assert any(text.startswith("participants.csv") and "Zambia (ZMB), ccw" in text for text in problems), problems


def test_membership_and_non_membership_are_projected_alike() -> None:
    """2026-11-28, a review: France stayed a party to 2099 without a word, while the United States were "not known"."""
    member = status("FRA", "apmbc", on=date(2099, 12, 31))
    assert member.headline.startswith("party since 1999-03-01; the records end on 2026-02-03")
    assert "could have ended it from 2026-08-04" in member.headline
    assert status("FRA", "apmbc", on=date(2026, 8, 3)).headline == "party since 1999-03-01"
    outside = status("IND", "apmbc", on=date(2099, 12, 31))
    assert "not a party on 2026-02-03" in outside.headline
    assert "could bind it from 2026-08-01" in outside.headline
    left = status("EST", "apmbc", on=date(2099, 12, 31))
    assert "an instrument deposited later could bind it from 2026-08-01" in left.headline


def test_never_a_party_after_the_lists_end_says_what_that_rests_on() -> None:
    """2026-11-28, a second reading: the words stood bare, though the list ends on 3 February 2026."""
    assert status("FIN", "ccm", on=date(2026, 7, 31)).headline == "never a party"
    late = status("FIN", "ccm", on=date(2026, 11, 28))
    assert late.headline == "never a party; no later act was found in public sources read to 2026-11-23"
    assert status("FIN", "ccm", on=date(2027, 5, 1)).phrase.startswith("not known")


def test_blinding_laser_weapons_are_prohibited_to_the_parties_of_protocol_iv() -> None:
    answer = may("FIN", Deed.USE, Weapon.BLINDING_LASER_WEAPONS, on=AS_AT)
    assert answer.verdict is Verdict.PROHIBITED
    assert [finding.treaty for finding in answer.ruling_findings] == ["ccw-p4"]
    assert status_table(AS_AT, AS_AT, treaties=["ccw-p4"]).bound_counts("ccw-p4") == [111]


@pytest.mark.parametrize(
    ("state", "treaty", "number"),
    [
        ("EST", "apmbc", "C.N.360.2025"),
        ("LVA", "apmbc", "C.N.361.2025"),
        ("LTU", "apmbc", "C.N.362.2025"),
        ("FIN", "apmbc", "C.N.372.2025"),
        ("POL", "apmbc", "C.N.421.2025"),
        ("LTU", "ccm", "C.N.347.2024"),
    ],
)
def test_notices_carry_the_number_of_the_depositary_s_notification(state: str, treaty: str, number: str) -> None:
    """2026-11-28, a review: the numbers were "not found"."""
    notice = status(state, treaty, on=AS_AT).act_on(ActKind.NOTICE)
    assert notice is not None
    assert number in notice.source
    assert notice.confidence is Confidence.DEPOSITARY


def test_contested_suspension_says_that_the_depositary_carries_no_note_of_it() -> None:
    suspension = status("UKR", "apmbc", on=date(2026, 11, 28)).act_on(ActKind.SUSPENSION)
    assert suspension is not None
    assert "carries no note of it" in suspension.note


def test_states_bound_by_the_protocol_of_1980_alone() -> None:
    """2026-11-28, a review: twelve states have accepted Protocol II, and not the amended one."""
    alone = {
        one.code
        for one in packaged().states.all
        if status(one.code, "ccw-p2", on=AS_AT).is_bound and not status(one.code, "ccw-ap2", on=AS_AT).is_bound
    }
    assert alone == {"BDI", "CIV", "CUB", "DJI", "LAO", "LSO", "MWI", "MEX", "MNG", "TGO", "UGA", "UZB"}
    assert may("CUB", Deed.USE, Weapon.ANTI_PERSONNEL_MINES, on=AS_AT).verdict is Verdict.RESTRICTED
