"""Checks the data files: every row readable, sourced, possible, and in agreement with the clauses.

All problems of all files are reported, each with its file, line and field; nothing is changed.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from merestone.law.act import CONSENTS, EVERY_STATE, Act, ActKind, act_of
from merestone.law.agreement import Problem, against_the_depositary, dependencies
from merestone.law.clause import Treaty
from merestone.law.entry import by_the_rule
from merestone.law.episode import conflict_of
from merestone.law.fact import (
    Difference,
    declaration_of,
    difference_of,
    fulfilment_of,
    promise_of,
    quantity_of,
    statement_of,
)
from merestone.law.library import Holding, Library, hold
from merestone.law.state import plain_name
from merestone.law.succession import Succession, succession_of
from merestone.terms import FieldRefused, FileRefused, RowRefused, number_of

ACT_COLUMNS = ("state", "treaty", "act", "on", "known_on", "source", "confidence", "note")
SIGNED_FIRST = frozenset({ActKind.RATIFICATION})
OF_ALL = frozenset({ActKind.ADOPTION, ActKind.OPENING, ActKind.FIRST_GROUP, ActKind.COMPLETE_LIST})


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was checked, and what was found wrong."""

    rows: Mapping[str, int]
    """File: number of rows."""
    problems: tuple[Problem, ...]
    explained: tuple[Difference, ...]
    """Differences between a published day and the rule's that a row explains."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems


def check(library: Library) -> CheckReport:
    """Check all data files of a library."""
    rows: dict[str, int] = {}
    problems: list[Problem] = []
    try:
        known = set(library.states.by_code)
    except (RowRefused, FileRefused, OSError) as error:
        return CheckReport({}, (Problem("states.csv", "", str(error)),), ())
    rows["states.csv"] = len(known)
    for name, columns in (("state_names.csv", ("state", "name")), ("not_states.csv", ("names", "reason", "remedy"))):
        rows[name] = 0
        taken: dict[str, str] = {}
        for place, row in _rows(library.folder / name, problems):
            rows[name] += 1
            problems.extend(Problem(place, column, "is empty") for column in columns if not row.get(column))
            if name == "state_names.csv":
                problems.extend(_name_problems(library, place, row, taken))
    facts = _facts(library, "differences.csv", difference_of, known=known, rows=rows, problems=problems)
    differences = [difference for _, difference in facts]
    for name, fact_of in (
        ("fulfilment.csv", fulfilment_of),
        ("quantities.csv", quantity_of),
        ("statements.csv", statement_of),
        ("promises.csv", promise_of),
        ("declarations.csv", declaration_of),
    ):
        facts_found = list(_facts(library, name, fact_of, known=known, rows=rows, problems=problems))
        if name == "fulfilment.csv":
            problems.extend(_articles(library, facts_found))
    succeeded = dict(_facts(library, "successions.csv", succession_of, known=known, rows=rows, problems=problems))
    successions = {succession.state: succession for succession in succeeded.values()}
    all_acts: dict[str, list[Act]] = {}
    for key, treaty in library.treaties.items():
        path = library.acts_file(key)
        acts = list(_acts(path, key, known, problems))
        rows[f"acts/{key}.csv"] = len(acts)
        problems.extend(_of_treaty(treaty, acts, differences, path, successions))
        all_acts[key] = acts
    problems.extend(dependencies(library.treaties, all_acts))
    problems.extend(against_the_depositary(library.folder / "depositary", all_acts, rows))
    return CheckReport(rows, tuple(problems), tuple(differences))


def _rows(path: Path, problems: list[Problem]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row with its place; a missing source or a row of another width is a problem, and the next row goes on."""
    if not path.exists():
        problems.append(Problem(path.name, "", "the file is missing"))
        return
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        for row in reader:
            place = f"{path.name}, line {reader.line_num}"
            if None in row or None in row.values():
                problems.append(
                    Problem(place, "", f"the row does not have {number_of(len(reader.fieldnames or ()), 'field')}")
                )
            elif not row.get("source", "").strip():
                problems.append(Problem(place, "source", "is empty; a fact is taken only with its source"))
            else:
                yield place, row


def _facts(
    library: Library,
    name: str,
    fact_of: Callable[[Mapping[str, str], str], Any],
    *,
    known: set[str],
    rows: dict[str, int],
    problems: list[Problem],
) -> Iterator[tuple[str, Any]]:
    rows[name] = 0
    for place, row in _rows(library.folder / name, problems):
        rows[name] += 1
        if row["state"] not in known:
            problems.append(Problem(place, "state", f"{row['state']!r} is not a state of states.csv"))
        if "treaty" in row and row["treaty"] not in library.treaties:
            problems.append(Problem(place, "treaty", f"{row['treaty']!r} is not one of {', '.join(library.treaties)}"))
            continue
        try:
            yield place, fact_of(row, place)
        except RowRefused as refused:
            problems.append(_problem(refused))


def _name_problems(library: Library, place: str, row: Mapping[str, str], taken: dict[str, str]) -> Iterator[Problem]:
    """A name must be of a state that is held, and of one only."""
    state, name = row["state"], plain_name(row["name"])
    if state not in library.states.by_code:
        yield Problem(place, "state", f"{state!r} is not a state of states.csv")
    elif taken.setdefault(name, state) != state:
        yield Problem(place, "name", f"{row['name']!r} is a name of {taken[name]} too")
    elif (code := library.states.find(row["name"]).code) != state:
        yield Problem(place, "name", f"{row['name']!r} is found as {code}")


def _problem(refused: RowRefused) -> Problem:
    reason = refused.reason
    if isinstance(reason, FieldRefused):
        return Problem(refused.place, reason.field, f"{reason.value!r} {reason.why}; {reason.remedy}")
    return Problem(refused.place, "", str(reason))


def _articles(library: Library, fulfilments: list[tuple[str, Any]]) -> Iterator[Problem]:
    for place, fact in fulfilments:
        articles = {rule.clause.article for rule in library.treaties[fact.treaty].duties}
        if fact.article not in articles:
            why = f"{fact.article!r} is not a duty of {fact.treaty}; use one of {', '.join(sorted(articles))}"
            yield Problem(place, "article", why)


def _acts(path: Path, key: str, known: set[str], problems: list[Problem]) -> Iterator[Act]:
    for place, row in _rows(path, problems):
        missing = [column for column in ACT_COLUMNS if column not in row]
        if missing:
            problems.append(Problem(place, missing[0], "the column is missing"))
            return
        if row["state"] not in known and row["state"] != EVERY_STATE:
            problems.append(Problem(place, "state", f"{row['state']!r} is not a state of states.csv"))
        if row["treaty"] != key:
            problems.append(Problem(place, "treaty", f"{row['treaty']!r} in the file of {key}"))
        try:
            act = act_of(row, place=place)
        except RowRefused as refused:
            problems.append(_problem(refused))
            continue
        if act.known_on < act.on:
            problems.append(Problem(place, "known_on", f"{act.known_on} lies before the act itself, {act.on}"))
        if (act.state == EVERY_STATE) != (act.kind in OF_ALL) and act.kind is not ActKind.ENTRY_INTO_FORCE:
            whose = "the treaty as a whole" if act.kind in OF_ALL else "one state"
            problems.append(Problem(place, "state", f"{act.state!r}: {act.kind} is an act of {whose}"))
        yield act


def _of_treaty(
    treaty: Treaty,
    acts: list[Act],
    differences: list[Difference],
    path: Path,
    successions: Mapping[str, Succession],
) -> Iterator[Problem]:
    try:
        holding = hold(treaty, tuple(acts), origin=path.name, successions=successions)
    except FileRefused as refused:
        yield Problem(path.name, "act", refused.why)
        return
    last: dict[str, Act] = {}
    for act in acts:
        before = last.get(act.state)
        if before is not None and act.on < before.on:
            yield Problem(act.place, "on", f"{act.on} stands below {before.on}: the acts of a state go by their days")
        last[act.state] = act
        first = holding.general.opened_on if act.kind in CONSENTS | {ActKind.SIGNATURE} else holding.general.adopted_on
        if act.state != EVERY_STATE and act.on < first:
            yield Problem(act.place, "on", f"{act.on} lies before the treaty existed or was open for it ({first})")
    is_signed = any(act.kind is ActKind.SIGNATURE for act in acts)
    for state, own in holding.by_state.items():
        yield from _doubles(own)
        yield from _sequence(own, is_signed=is_signed)
        yield from _dates(holding, state, own, differences)
    explained = {(difference.state, difference.what) for difference in differences if difference.treaty == treaty.key}
    for state, what in explained:
        if state not in holding.by_state:
            yield Problem("differences.csv", "state", f"{state}: no act under {treaty.key} whose {what} could differ")


def _doubles(own: tuple[Act, ...]) -> Iterator[Problem]:
    seen: set[tuple[ActKind, date, str]] = set()
    for act in own:
        same = (act.kind, act.on, act.note if act.kind is ActKind.NATIONAL_STEP else "")
        if same in seen:
            yield Problem(act.place, "act", f"{act.kind} of {act.on} stands here twice")
        seen.add(same)


def _sequence(own: tuple[Act, ...], *, is_signed: bool) -> Iterator[Problem]:
    """Whether each act was possible after those before it.

    A protocol or an amendment is not signed (`is_signed` false), so that a ratification there follows no signature.
    """
    signed = consented = noticed = suspended = fighting = False
    for act in own:
        kind = act.kind
        why = ""
        if kind is ActKind.SIGNATURE:
            why = "a state signs before it consents to be bound" if consented else ""
            signed = True
        elif kind in CONSENTS:
            if consented:
                why = "the state has consented before, and has not withdrawn since"
            elif kind in SIGNED_FIRST and is_signed and not signed:
                why = "a state ratifies what it has signed; without a signature it accedes"
            elif kind is ActKind.ACCESSION and signed:
                why = "a state accedes to what it has not signed; after a signature it ratifies"
            consented = True
        elif kind is ActKind.NOTICE:
            why = "" if consented else "a state that has not consented to be bound has nothing to withdraw from"
            noticed = True
        elif kind is ActKind.RETRACTION:
            why = "" if noticed else "there is no notice to take back"
            noticed = False
        elif kind is ActKind.IN_EFFECT:
            why = "" if noticed else "a withdrawal takes effect only after a notice"
            noticed = consented = False
        elif kind is ActKind.SUSPENSION:
            why = "" if consented else "a state that is not bound cannot suspend"
            suspended = True
        elif kind is ActKind.RESUMPTION:
            why = "" if suspended else "there is no suspension to end"
            suspended = False
        elif kind is ActKind.CONFLICT_BEGINS:
            fighting = True
        elif kind is ActKind.CONFLICT_ENDS:
            why = "" if fighting else "there is no armed conflict to end"
            fighting = False
        if why:
            yield Problem(act.place, "act", f"{kind} of {act.on} is out of order: {why}")


def _dates(holding: Holding, state: str, own: tuple[Act, ...], differences: list[Difference]) -> Iterator[Problem]:
    """Whether published days equal the rule's, or the difference is explained."""
    explained = {
        (difference.what, difference.published_on)
        for difference in differences
        if (difference.state, difference.treaty) == (state, holding.treaty.key) and difference.followed == "published"
    }
    consent = next((act for act in own if act.kind in CONSENTS), None)
    notice = next((act for act in own if act.kind is ActKind.NOTICE), None)
    for act in own:
        by_rule: date | None = None
        if act.kind is ActKind.ENTRY_INTO_FORCE:
            if consent is None:
                yield Problem(act.place, "act", "a treaty enters into force only for a state that has consented")
                continue
            by_rule = by_the_rule(holding, consent).on
        elif act.kind is ActKind.IN_EFFECT and notice is not None:
            by_rule = holding.treaty.withdrawal(notice.on, conflict_of(own)).effective_on
        if by_rule is not None and by_rule != act.on and (act.kind.value, act.on) not in explained:
            why = f"{act.on} is published, but the clause gives {by_rule}; explain it in differences.csv"
            yield Problem(act.place, "on", why)
