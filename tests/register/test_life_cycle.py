"""Where a hazardous area stands in its life: only the table's steps, and a person who decides."""

import json
import re
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box

from merestone.register import Entry, RecordUnknown, Register, Sheet, StepRefused, TableBroken, weigh
from merestone.register.programme.evidence_weights import default_scales, scales_from
from merestone.register.programme.evidence_weights import default_table as default_evidence
from merestone.register.programme.kind import kinds
from merestone.register.programme.life_cycle import default_life_cycle, default_table, life_cycle_from
from merestone.terms import Activity, EvidenceKind, FieldRefused, LandType, RecordKind
from tests.register.conftest import Clock

FIELD = box(0.0, 0.0, 0.01, 0.01)


def found(register: Register, finding: str, area: str | None = None) -> str:
    attributes = {"local_id": "E1", "finding": finding} | ({} if area is None else {"hazardous_area": area})
    with register.batch(by="a", why="survey", source="synthetic") as batch:
        return batch.record(Sheet("evidence", attributes))


def area(register: Register, kind: RecordKind = RecordKind.SUSPECTED) -> str:
    with register.batch(by="a", why="survey", source="synthetic") as batch:
        return batch.record(Entry(kind, FIELD, true_from=date(2000, 1, 1)))


def move(register: Register, record_id: str, to: str, **how: object) -> int:
    with register.batch(by="b", why="decided", source="synthetic") as batch:
        return batch.move(record_id, to, **how)  # type: ignore[arg-type]


def test_area_walks_from_suspicion_to_handover_and_can_be_reopened(register: Register, clock: Clock) -> None:
    record_id, evidence = area(register), (found(register, "seen_ordnance"),)
    walk = ["cha", "in_work", "cleared", "handed_over", "reopened", "cha"]
    seen = []
    for to in walk:
        clock.at += timedelta(days=10)
        move(register, record_id, to, evidence=evidence)
        (record,) = register.as_of().records
        seen.append((record.status, record.kind, record.kind.is_hazard))
    assert [status for status, _, _ in seen] == walk
    assert [kind.value for _, kind, _ in seen] == [
        "confirmed",
        "confirmed",
        "cleared",
        "cleared",
        "suspected",
        "confirmed",
    ]
    assert [warns for _, _, warns in seen] == [True, True, False, False, True, True]
    assert register.verify().is_sound
    assert all(event.why for event in register.history(record_id))


def test_life_can_be_asked_for_on_any_day(register: Register, clock: Clock) -> None:
    record_id, evidence = area(register), (found(register, "seen_ordnance"),)
    for to, day in (("cha", date(2010, 1, 1)), ("in_work", date(2012, 1, 1)), ("cleared", date(2015, 1, 1))):
        move(register, record_id, to, evidence=evidence, true_from=day)
    asked = {year: register.as_of(true_on=date(year, 6, 1)).records[0].status for year in (2005, 2011, 2013, 2020)}
    assert asked == {2005: "sha", 2011: "cha", 2013: "in_work", 2020: "cleared"}


@pytest.mark.parametrize(
    ("to", "how", "reason"),
    [
        ("cleared", {"evidence": ("E",)}, "the programme's table does not allow it"),
        ("cha", {}, "needs evidence"),
        ("cancelled", {"evidence": ("E",), "activity": Activity.CLEARANCE}, "only NTS"),
    ],
)
def test_step_that_the_table_does_not_allow_is_refused_with_what_may_follow(
    register: Register, to: str, how: dict[str, object], reason: str
) -> None:
    record_id = area(register)
    with pytest.raises(StepRefused, match=reason):
        move(register, record_id, to, **how)
    assert register.as_of().records[0].status == "sha"


def test_evidence_that_is_not_in_the_register_supports_nothing(register: Register) -> None:
    with pytest.raises(RecordUnknown, match="NONE-SUCH"):
        move(register, area(register), "cha", evidence=("NONE-SUCH",))


def test_what_the_evidence_advised_stands_beside_what_was_decided(register: Register) -> None:
    record_id = area(register)
    move(register, record_id, "cha", evidence=(found(register, "verbal_report", record_id),))
    last = register.history(record_id)[-1]
    assert last.body["status"] == "cha"
    assert last.body["step"]["advised"] == "SHA"
    assert register.advise(record_id).land_type is LandType.SHA


def test_programme_puts_its_own_table_in_place_and_history_keeps_both(register: Register) -> None:
    own = default_table().replace("{from: sha, to: in_work}", "{from: sha, to: cleared, needs_evidence: true}")
    record_id, evidence = area(register), (found(register, "scrap"),)
    with pytest.raises(StepRefused):
        move(register, record_id, "cleared", evidence=evidence)
    with register.batch(by="director", why="board of 3 May", source="synthetic") as batch:
        batch.configure("life_cycle", own)
    move(register, record_id, "cleared", evidence=evidence)
    assert "cleared" in {step.after for step in register.life_cycle().next_steps("sha")}
    assert register.verify().is_sound


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("to: handed_over", "to: nowhere", "nowhere"),
        ("layers: [suspected, confirmed]", "layers: [suspected, cleared]", "whether to warn"),
        ("source: IMAS", "origin: IMAS", "source"),
        ("states:", "statuses:", "states"),
    ],
)
def test_table_that_contradicts_itself_is_refused(register: Register, before: str, after: str, told: str) -> None:
    with pytest.raises(TableBroken, match=told), register.batch(by="d", why="w", source="s") as batch:
        batch.configure("life_cycle", default_table().replace(before, after))


def test_no_state_warns_and_does_not_warn() -> None:
    for state in default_life_cycle().states.values():
        assert {layer.is_hazard for layer in state.layers} == {state.warns}


def test_every_state_can_be_reached_and_left() -> None:
    cycle = default_life_cycle()
    assert {step.after for step in cycle.steps} | {"indication"} == set(cycle.states)
    assert {step.before for step in cycle.steps} == set(cycle.states)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(st.tuples(st.sampled_from(list(default_life_cycle().states)), st.booleans()), max_size=8))
def test_random_wishes_never_leave_the_table(register: Register, wishes: list[tuple[str, bool]]) -> None:
    """The oracle is the table itself, read as text."""
    lines = re.findall(r"- {from: (\w+), to: (\w+)(.*)}", default_table())
    allowed = {f"{before}>{after}": "needs_evidence: true" in rest for before, after, rest in lines}
    record_id, evidence, status = area(register), found(register, "seen_ordnance"), "sha"
    for to, has_evidence in wishes:
        key = f"{status}>{to}"
        may = key in allowed and (has_evidence or not allowed[key])
        if may:
            move(register, record_id, to, evidence=(evidence,) if has_evidence else ())
            status = to
        else:
            with pytest.raises(StepRefused):
                move(register, record_id, to, evidence=(evidence,) if has_evidence else ())
    (record,) = [one for one in register.as_of().records if one.record_id == record_id]
    assert record.status == status
    assert record.kind.is_hazard == (status not in {"cancelled", "reduced", "cleared", "handed_over"})


# Evidence ------------------------------------------------------------------------------------------------------------


def test_every_finding_of_the_form_stands_in_one_list() -> None:
    assert set(default_scales().weights) == set(kinds()["evidence"].field("finding").choices)


def test_no_evidence_advises_nothing_and_says_nothing_of_the_land() -> None:
    assert weigh([]).land_type is None


FINDINGS = st.lists(st.sampled_from(sorted(default_scales().weights)), max_size=6)


@given(FINDINGS, FINDINGS)
def test_more_evidence_never_advises_less(some: list[str], more: list[str]) -> None:
    rank = {None: 0, LandType.SHA: 1, LandType.CHA: 2}
    assert rank[weigh(some + more).land_type] >= rank[weigh(some).land_type]


@given(FINDINGS)
def test_indirect_evidence_alone_never_confirms(findings: list[str]) -> None:
    indirect = [one for one in findings if default_scales().weights[one][0] is EvidenceKind.INDIRECT]
    assert weigh(indirect).land_type is not LandType.CHA


def test_programme_moves_a_finding_to_the_other_list(register: Register) -> None:
    own = default_evidence().replace("  scrap: 0.3\n", "").replace("direct:\n", "direct:\n  scrap: 1.0\n", 1)
    record_id = area(register)
    found(register, "scrap", record_id)
    assert register.advise(record_id).land_type is None
    with register.batch(by="director", why="board", source="synthetic") as batch:
        batch.configure("evidence", own)
    assert register.advise(record_id).land_type is LandType.CHA


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("scrap: 0.3", "scrap: -1", "above 0"),
        ("scrap: 0.3", "scrap: .nan", "above 0"),
        ("craters: 0.3", "detonation: 1", "both"),
        ("source: ", "origin: ", "source"),
    ],
)
def test_weights_that_say_nothing_are_refused(before: str, after: str, told: str) -> None:
    with pytest.raises(TableBroken, match=told):
        scales_from(default_evidence().replace(before, after), origin="test")


def test_unknown_finding_names_the_choices() -> None:
    with pytest.raises(FieldRefused, match="seen_ordnance"):
        weigh(["rumour"])


# Sheets --------------------------------------------------------------------------------------------------------------


def test_sheet_is_checked_by_its_kinds_definition(register: Register) -> None:
    with register.batch(by="a", why="w", source="s") as batch:
        made = batch.record(Sheet("organisation", {"local_id": "ORG-1", "name": "Harju Demining"}))
    (sheet,) = register.sheets("organisation")
    assert (sheet.record_id, sheet.attributes["name"], sheet.version) == (made, "Harju Demining", 1)
    with pytest.raises(FieldRefused, match="finding"), register.batch(by="a", why="w", source="s") as batch:
        batch.record(Sheet("evidence", {"local_id": "E1", "finding": "a hunch"}))
    with pytest.raises(FieldRefused, match="not a kind of sheet"), register.batch(by="a", why="w", source="s") as batch:
        batch.record(Sheet("hazardous_area", {"local_id": "1"}))
    assert len(register.sheets()) == 1
    assert register.verify().is_sound


def test_signs_to_be_looked_at_again_are_listed_the_longest_overdue_first(register: Register) -> None:
    place = area(register)
    with register.batch(by="a", why="w", source="s") as batch:
        for number, again_by in (("M1", "2026-05-01"), ("M2", "2026-02-01"), ("M3", "2027-01-01")):
            about = {"local_id": number, "hazardous_area": place, "marking": "fence", "inspect_again_by": again_by}
            batch.record(Sheet("marking", about))
    due = register.inspections_due(date(2026, 5, 1))
    assert [sheet.attributes["local_id"] for sheet in due] == ["M2", "M1"]


def test_sheet_and_area_cannot_turn_into_each_other(register: Register) -> None:
    sheet, place = found(register, "scrap"), area(register)
    with pytest.raises(FieldRefused, match="cannot follow"), register.batch(by="a", why="w", source="s") as batch:
        batch.revise(sheet, Entry(RecordKind.SUSPECTED, FIELD))
    with pytest.raises(FieldRefused, match="cannot follow"), register.batch(by="a", why="w", source="s") as batch:
        batch.revise(place, Sheet("evidence", {"local_id": "E1", "finding": "scrap"}))
    with register.batch(by="a", why="w", source="s") as batch:
        batch.withdraw(sheet)
    assert register.sheets("evidence") == ()
    assert json.loads(json.dumps(register.history(sheet)[0].body))["kind"] == "evidence"


def test_default_tables_read_as_they_are_packaged() -> None:
    assert life_cycle_from(default_table(), origin="x").states == default_life_cycle().states
