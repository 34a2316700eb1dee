"""What a state may do on a day, since when, and who says so: the answers of `may`, grouped for a person to read.

"Since" is the first day of the stretch of days on which the verdict has been the same, up to the day asked about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from merestone.law.act import CONSENTS, Act, ActKind
from merestone.law.clause import Deed, Verdict, Weapon
from merestone.law.episode import episodes
from merestone.law.library import Library, packaged
from merestone.law.permission import Finding, Permission, may
from merestone.law.state_status import Status
from merestone.terms import renamed_attribute

_BEARING = CONSENTS | {
    ActKind.SIGNATURE,
    ActKind.ENTRY_INTO_FORCE,
    ActKind.PROVISIONAL,
    ActKind.NOTICE,
    ActKind.RETRACTION,
    ActKind.IN_EFFECT,
    ActKind.SUSPENSION,
    ActKind.OBJECTION,
    ActKind.FINDING,
    ActKind.NONE_FOUND,
}
"""The acts that say what a state is to a treaty; a vote or a decree says nothing of it."""


@dataclass(frozen=True, slots=True)
class Says:
    """One treaty behind an answer: what it says, on what footing, and the acts that show it."""

    treaty: str
    short: str
    cited: str
    """The article that speaks of the deed."""
    quote: str
    reason: str
    conditions: tuple[str, ...]
    acts: tuple[Act, ...]
    """The acts with their sources; empty if none is held: then `list_source` says who lists none."""
    list_source: str

    words = renamed_attribute("words", "quote")


@dataclass(frozen=True, slots=True)
class InShort:
    """One answer for one or more deeds with a weapon."""

    weapon: Weapon
    deeds: tuple[Deed, ...]
    verdict: Verdict
    since: date | None
    """None: for as long as any treaty covered here has existed."""
    before: Verdict | None
    says: tuple[Says, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """All sources behind the answer."""
        sources = [act.source for reading in self.says for act in reading.acts]
        sources += [reading.list_source for reading in self.says if not reading.acts]
        return tuple(dict.fromkeys(sources))


def in_short(
    state: str, *, on: date, weapons: Iterable[Weapon] = tuple(Weapon), library: Library | None = None
) -> tuple[InShort, ...]:
    """What a state may do with each weapon on a day: deeds with the same answer, for the same reason, together.

    Raises
    ------
    UnknownState

    >>> first = in_short("FIN", on=date(2026, 11, 28), weapons=[Weapon.ANTI_PERSONNEL_MINES])[0]
    >>> str(first.verdict), str(first.since), str(first.before)
    ('restricted', '2026-01-10', 'prohibited')
    """
    library = library or packaged()
    grouped: dict[tuple[object, ...], list[tuple[Deed, InShort]]] = {}
    for weapon in weapons:
        for deed in Deed:
            answer = may(state, deed, weapon, on=on, library=library)
            since, before = since_when(answer, library=library)
            says = tuple(_says(finding, library) for finding in behind(answer))
            key = (
                weapon,
                answer.verdict,
                since,
                before,
                tuple((statement.treaty, statement.cited, statement.reason) for statement in says),
            )
            grouped.setdefault(key, []).append((deed, InShort(weapon, (deed,), answer.verdict, since, before, says)))
    return tuple(
        InShort(entry.weapon, tuple(deed for deed, _ in group), entry.verdict, entry.since, entry.before, entry.says)
        for group in grouped.values()
        for _, entry in group[:1]
    )


def since_when(answer: Permission, *, library: Library | None = None) -> tuple[date | None, Verdict | None]:
    """Since which day the verdict has been the same, and what it was before; None, None: as long as treaties exist."""
    library = library or packaged()
    turns = set()
    speaking = {finding.treaty for finding in answer.findings if finding.would_be is not None}
    for holding in map(library.holding, speaking):
        turns.add(holding.general.adopted_on)
        turns.update(episode.starts_on for episode in episodes(holding, answer.state.code))
    since: date | None = None
    for turn in sorted((turn for turn in turns if turn <= answer.on), reverse=True):
        eve = may(answer.state.code, answer.deed, answer.weapon, on=turn - timedelta(days=1), library=library)
        since = turn
        if eve.verdict is not answer.verdict:
            return since, eve.verdict
    return None, None


def behind(answer: Permission) -> tuple[Finding, ...]:
    """The findings that make the verdict; of a deed that is not prohibited, those of treaties that speak of it."""
    if answer.verdict is not Verdict.NOT_PROHIBITED:
        return answer.ruling_findings
    return tuple(finding for finding in answer.findings if finding.would_be is not None)


def _says(finding: Finding, library: Library) -> Says:
    holding = library.holding(finding.treaty)
    listed = next((act.source for act in holding.of_all if act.kind is ActKind.COMPLETE_LIST), "")
    acts = () if finding.status is None else bearing_acts(finding.status)
    conditions = tuple(f"{condition.name} ({condition.cited})" for condition in finding.conditions)
    return Says(finding.treaty, finding.short, finding.cited, finding.quote, finding.reason, conditions, acts, listed)


def bearing_acts(answer: Status) -> tuple[Act, ...]:
    """The acts of a status that say what the state is to the treaty: what an answer's sources are."""
    return tuple(act for act in answer.acts if act.kind in _BEARING)
