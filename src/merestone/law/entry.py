"""From which day a consent binds: by the treaty's clause, by the succession of states, or as it was published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from merestone.law.act import CONSENTS, Act, ActKind
from merestone.law.library import Holding

SUCCESSION_RULE = "succession of states"
"""Stands for an article where a successor is bound from the day on which it succeeded its predecessor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """When a treaty enters into force for a state that has consented."""

    on: date
    """The first day bound; if that is not certain, the latest it can be."""
    article: str
    earliest_on: date
    """The earliest that the first day bound can be; the same as `on` where it is certain."""

    @property
    def is_certain(self) -> bool:
        """Whether the first day bound is known."""
        return self.earliest_on == self.on


def in_force(holding: Holding, consent: Act, own: Iterable[Act]) -> Entry:
    """The first day on which a consent binds, and the rule that says so.

    The depositary's published day wins over the rule; `merestone law check` demands that a difference is explained.
    """
    consents = [act.on for act in own if act.kind in CONSENTS]
    earlier = max((on for on in consents if on < consent.on), default=date.min)
    if consent.kind is not ActKind.SUCCESSION:  # only a succession reaches back behind its notification
        earlier = consent.on
    later = min((on for on in consents if on > consent.on), default=date.max)
    by_rule = by_the_rule(holding, consent)
    published = [act.on for act in own if act.kind is ActKind.ENTRY_INTO_FORCE and earlier <= act.on < later]
    if published and published[0] != by_rule.on:
        return Entry(published[0], f"{by_rule.article}, but the depositary counts otherwise", published[0])
    return by_rule


def by_the_rule(holding: Holding, consent: Act) -> Entry:
    """The first day on which a consent binds, by the treaty's clause or by the rule for successors.

    A successor is bound from the succession of states, but not before the treaty itself was in force. Where that day is
    not held, the day that the clause gives for an accession is the latest. An act whose day is not known binds between
    what follows from its first and from its last possible day.
    """
    treaty, general = holding.treaty, holding.general
    first, article = treaty.entry_into_force(consent.on, general)
    if consent.kind is ActKind.SUCCESSION:
        opened = general.in_force_from or general.opened_on
        succession = holding.successions.get(consent.state)
        if succession is not None and succession.on <= consent.on:
            on = max(succession.on, opened)
            return Entry(on, SUCCESSION_RULE, on)
        return Entry(first, f"{article}, as for an accession", min(opened, first))
    if consent.latest_on is None:
        return Entry(first, article, first)
    return Entry(treaty.entry_into_force(consent.latest_on, general)[0], article, first)
