"""Properties of the fold, over made-up lives of states, against a slow reading day by day."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.law import Act, ActKind, Word, episode_on, episodes, status
from merestone.law.act import CONSENTS
from merestone.law.clauses import apmbc
from tests.law.made_up import act, with_only

START = date(2000, 1, 1)
_NOT_BOUND = (Word.NEVER, Word.SIGNATORY, Word.DEPOSITED, Word.WITHDRAWN, Word.NOT_KNOWN)


@st.composite
def lives(draw: st.DrawFn) -> list[Act]:
    """A possible life: signature, consent, notices some of which are taken back, suspensions, a return."""
    on = START
    acts: list[Act] = []

    def later(least: int, most: int) -> date:
        nonlocal on
        on += timedelta(days=draw(st.integers(least, most)))
        return on

    if draw(st.booleans()):
        acts.append(act(ActKind.SIGNATURE, later(0, 300)))
    for _ in range(draw(st.integers(0, 2))):
        acts.append(act(ActKind.ACCESSION, later(1, 900)))
        later(220, 900)
        if draw(st.booleans()):
            acts.append(act(ActKind.SUSPENSION, later(1, 200)))
        if draw(st.booleans()):
            acts.append(act(ActKind.NOTICE, later(1, 900)))
            acts.append(act(ActKind.RETRACTION, later(1, 180)))
        acts.append(act(ActKind.NOTICE, later(1, 900)))
        later(220, 900)
    return acts


def slowly(acts: list[Act], on: date) -> Word:
    """What the acts make the state on a day, read one after the other, with nothing of the fold under test."""
    signed = any(one.kind is ActKind.SIGNATURE and one.on <= on for one in acts)
    bound_from = left_on = None
    for one in acts:
        if one.on > on:
            break
        if one.kind in CONSENTS:
            bound_from, left_on = apmbc.article_17_2(one.on), None
        if one.kind is ActKind.NOTICE:
            left_on = apmbc.article_20_3(one.on, None).effective_on
        if one.kind is ActKind.RETRACTION:
            left_on = None
    if bound_from is not None and on < bound_from:
        return Word.DEPOSITED
    if bound_from is None:
        return Word.SIGNATORY if signed else Word.NEVER
    if left_on is not None and on >= left_on:
        return Word.WITHDRAWN
    if left_on is not None:
        return Word.WITHDRAWING
    cycle = [one for one in acts if one.on <= on and one.kind in CONSENTS][-1]
    suspended = any(one.kind is ActKind.SUSPENSION and cycle.on < one.on <= on for one in acts)
    return Word.CONTESTED if suspended else Word.PARTY


@settings(max_examples=150)
@given(acts=lives(), after=st.integers(0, 5000))
def test_fold_agrees_with_reading_day_by_day(acts: list[Act], after: int) -> None:
    on = START + timedelta(days=after)
    assert status("AND", "apmbc", on=on, library=with_only(acts)).word is slowly(acts, on)


@settings(max_examples=100)
@given(acts=lives(), seed=st.randoms())
def test_order_of_rows_changes_nothing_and_neither_does_asking_twice(acts: list[Act], seed: object) -> None:
    shuffled = list(acts)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    holding, other = with_only(acts).holding("apmbc"), with_only(shuffled).holding("apmbc")
    assert episodes(holding, "AND") == episodes(other, "AND") == episodes(holding, "AND")


@settings(max_examples=100)
@given(acts=lives(), after=st.integers(0, 6000))
def test_no_state_is_both_party_and_withdrawn(acts: list[Act], after: int) -> None:
    on = START + timedelta(days=after)
    answer = status("AND", "apmbc", on=on, library=with_only(acts))
    assert answer.is_bound != (answer.word in _NOT_BOUND)
    if answer.is_bound:
        assert answer.episode.party_from is not None
        assert answer.episode.party_from <= on
        assert answer.episode.effective_on is None or on < answer.episode.effective_on
    if answer.word is Word.WITHDRAWN:
        assert answer.episode.effective_on is not None
        assert answer.episode.effective_on <= on


@settings(max_examples=100)
@given(acts=lives(), after=st.integers(0, 5000))
def test_acts_after_a_day_do_not_change_it(acts: list[Act], after: int) -> None:
    on = START + timedelta(days=after)
    past = [one for one in acts if one.on <= on]
    everything = status("AND", "apmbc", on=on, library=with_only(acts))
    assert everything.phrase == status("AND", "apmbc", on=on, library=with_only(past)).phrase
    assert everything.phrase == status("AND", "apmbc", on=on, known_on=on, library=with_only(acts)).phrase


def test_notice_can_be_taken_back_before_it_takes_effect() -> None:
    notice = date(2025, 6, 27)
    acts = [act(ActKind.ACCESSION, date(2005, 7, 1)), act(ActKind.NOTICE, notice)]
    back = [*acts, act(ActKind.RETRACTION, date(2025, 12, 26))]
    too_late = [*acts, act(ActKind.RETRACTION, date(2025, 12, 28))]
    assert status("AND", "apmbc", on=date(2026, 6, 1), library=with_only(back)).phrase == "party since 2006-01-01"
    assert status("AND", "apmbc", on=date(2025, 10, 1), library=with_only(back)).word is Word.WITHDRAWING
    assert status("AND", "apmbc", on=date(2026, 6, 1), library=with_only(too_late)).word is Word.WITHDRAWN


def test_armed_conflict_among_the_acts_postpones_the_withdrawal() -> None:
    acts = [
        act(ActKind.ACCESSION, date(2005, 7, 1)),
        act(ActKind.CONFLICT_BEGINS, date(2025, 1, 1)),
        act(ActKind.NOTICE, date(2025, 6, 27)),
    ]
    lasting = status("AND", "apmbc", on=date(2028, 1, 1), library=with_only(acts))
    assert lasting.word is Word.WITHDRAWING
    assert "not before the end of the armed conflict" in lasting.phrase
    ended = [*acts, act(ActKind.CONFLICT_ENDS, date(2026, 5, 5))]
    holding = with_only(ended).holding("apmbc")
    assert episode_on(episodes(holding, "AND"), date(2026, 5, 4)).word is Word.WITHDRAWING
    assert episode_on(episodes(holding, "AND"), date(2026, 5, 5)).word is Word.WITHDRAWN
