"""What a clause of a treaty is: its number, its words, and the small rule that follows from them.

A treaty is a module in `merestone.law.clauses` that writes its clauses as functions named after the article and lists
them in one `Treaty`. Its facts are a file in ``data/acts``. Nothing else changes when a treaty is added.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Generic, ParamSpec, TypeVar

from merestone.terms import renamed_attribute

P = ParamSpec("P")
R = TypeVar("R")


class Deed(StrEnum):
    """What a treaty may forbid a state to do with a weapon."""

    USE = "use"
    DEVELOP = "develop"
    PRODUCE = "produce"
    ACQUIRE = "acquire"
    STOCKPILE = "stockpile"
    RETAIN = "retain"
    TRANSFER = "transfer"
    ASSIST = "assist"


class Weapon(StrEnum):
    """The weapons that the treaties covered here tell apart."""

    ANTI_PERSONNEL_MINES = "anti-personnel-mines"
    OTHER_MINES = "other-mines"
    """Mines other than anti-personnel mines, such as anti-vehicle mines."""
    BOOBY_TRAPS = "booby-traps"
    OTHER_DEVICES = "other-devices"
    """Manually emplaced munitions actuated by hand, by remote control or after a lapse of time."""
    CLUSTER_MUNITIONS = "cluster-munitions"
    BLINDING_LASER_WEAPONS = "blinding-laser-weapons"


MINES = frozenset({Weapon.ANTI_PERSONNEL_MINES, Weapon.OTHER_MINES})


class Verdict(StrEnum):
    """What the treaties covered here say of a deed."""

    PROHIBITED = "prohibited"
    RESTRICTED = "restricted"
    NOT_KNOWN = "not known"
    """A treaty that speaks of the deed may bind the state; the list of its parties held here does not reach so far."""
    NOT_PROHIBITED = "not prohibited by any treaty covered here"


@dataclass(frozen=True)
class Clause(Generic[P, R]):
    """A clause: the article's number, its words, and the rule. Calling it applies the rule."""

    article: str
    quote: str
    rule: Callable[P, R]

    words = renamed_attribute("words", "quote")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Apply the rule."""
        return self.rule(*args, **kwargs)


def clause(article: str, quote: str) -> Callable[[Callable[P, R]], Clause[P, R]]:
    """Write a rule beside the number and the words of its clause."""

    def beside(rule: Callable[P, R]) -> Clause[P, R]:
        return Clause(article, quote, rule)

    return beside


def cited(article: str) -> str:
    """An article's number as a sentence cites it.

    >>> cited("20(3)"), cited("technical annex 4"), cited("CCW 5(4)")
    ('art. 20(3)', 'technical annex 4', 'CCW, art. 5(4)')
    """
    if article[:1].isdigit():
        return f"art. {article}"
    convention, _, number = article.partition(" ")
    return f"{convention}, art. {number}" if number[:1].isdigit() and convention.isupper() else article


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition under which a restricted deed is not forbidden."""

    name: str
    article: str
    quote: str

    words = renamed_attribute("words", "quote")

    @property
    def cited(self) -> str:
        """The article as a sentence cites it."""
        return cited(self.article)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one clause says of a deed: the verdict and, if it is restricted, under which conditions."""

    verdict: Verdict
    conditions: tuple[Condition, ...] = ()
    exceptions: tuple[Condition, ...] = ()
    """What the treaty permits all the same, with the article."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """An armed conflict that a person has entered; `until` is None while its end is not known."""

    since: date
    until: date | None = None

    def is_engaged(self, on: date) -> bool:
        """Whether the state is engaged in it on that day; the day of its end is the first day not."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Effect:
    """When a withdrawal takes effect."""

    earliest_on: date
    """The expiry of the period that the treaty names."""
    effective_on: date | None
    """The first day not bound; None: not before the end of an armed conflict that has no known end."""
    is_clamped: bool = False
    """The month has no such day and its last day stands in."""


@dataclass(frozen=True, slots=True)
class GeneralDates:
    """The days of a treaty as a whole; None if not held."""

    adopted_on: date
    opened_on: date
    in_force_from: date | None
    first_group_until: date | None


class Rhythm(StrEnum):
    """How a duty recurs."""

    ONCE = "once"
    YEARLY = "yearly"
    STANDING = "standing"
    """At all times while the state is bound."""
    ON_EVENT = "on event"
    """From something that happens, such as the use of mines or the end of hostilities."""


@dataclass(frozen=True, slots=True)
class DutyRule:
    """A duty: its name, its clause and its rhythm.

    The clause gives the due day: once, from the entry into force; yearly, from any day of the calendar year that is
    covered; otherwise None, for the treaty names no day.
    """

    name: str
    rhythm: Rhythm
    clause: Clause[[date], date | None]
    trigger: str = ""
    """What starts it, if an event does."""
    note: str = ""
    extension: str = ""
    """The article by which the states parties may give more time; empty if the treaty knows no extension."""
    first: Clause[[date], date | None] | None = None
    """Of a yearly duty: the clause that dates what it updates. Nothing is to be updated before that was due."""


@dataclass(frozen=True, slots=True)
class Treaty:
    """A treaty's clauses, as the functions of its module."""

    key: str
    short: str
    title: str
    number: str
    """Its number in the UN Treaty Collection, which names the depositary's file."""
    depositary: str
    entry_into_force: Callable[[date, GeneralDates], tuple[date, str]]
    """From the day of the deposit: the first day bound, and the article that says so."""
    entry_clauses: tuple[Clause[[date], date], ...]
    """The clauses that `entry_into_force` chooses from."""
    withdrawal: Clause[[date, Conflict | None], Effect]
    prohibitions: tuple[Clause[[Deed, Weapon], Ruling | None], ...] = ()
    exclusions: tuple[Clause[[Weapon], bool], ...] = ()
    """Clauses by which the treaty does not speak of a weapon."""
    duties: tuple[DutyRule, ...] = ()
    provisional: Clause[[str], bool] | None = None
    """Which article a state may apply provisionally."""
    after_withdrawal: Clause[[], str] | None = None
    withdrawal_word: str = "withdrawal"
    withdrawal_unless: str = ""
    """What holds a withdrawal back on the day on which its period expires, in short."""
    part_of: str | None = None
    """The key of the convention it is annexed to."""
    is_left_alone: bool = True
    """Whether a state can leave it and stay in the convention it belongs to; an amendment it cannot."""
    widened_by: str = ""
    """The key of an amendment by which its rules reach further for the states bound by that too."""
    scope: str = ""
    """When its rules apply, if not always; in short, with the article."""
    takes_along: Clause[[str | None], bool] | None = None
    """Of a convention: whether leaving it leaves a treaty annexed to the one of this key."""
    covers: frozenset[Weapon] = frozenset()
    also_called: tuple[str, ...] = ()
    """Popular names by which people ask for it."""


def depositary_page(number: str) -> str:
    """The address of the depositary's page of a treaty, by its number in the UN Treaty Collection.

    >>> depositary_page("XXVI-5")
    'https://treaties.un.org/Pages/ViewDetails.aspx?src=TREATY&mtdsg_no=XXVI-5&chapter=26&clang=_en'
    """
    return f"https://treaties.un.org/Pages/ViewDetails.aspx?src=TREATY&mtdsg_no={number}&chapter=26&clang=_en"


def clauses_of(treaty: Treaty) -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
    """A treaty's clauses by what they are for: each as its article, its words, and what its rule does here."""

    def as_rows(*clauses: Clause[..., Any] | None) -> tuple[tuple[str, str, str], ...]:
        stated_clauses = (clause for clause in clauses if clause is not None)
        return tuple(
            (stated_clause.article, stated_clause.quote, " ".join((stated_clause.rule.__doc__ or "").split()))
            for stated_clause in stated_clauses
        )

    groups = (
        ("Entry into force", as_rows(*treaty.entry_clauses)),
        ("Prohibitions and restrictions", as_rows(*treaty.prohibitions)),
        ("What it does not speak of", as_rows(*treaty.exclusions)),
        ("Duties", as_rows(*(rule.clause for rule in treaty.duties))),
        ("Provisional application", as_rows(treaty.provisional)),
        (treaty.withdrawal_word.capitalize(), as_rows(treaty.withdrawal, treaty.takes_along, treaty.after_withdrawal)),
    )
    return tuple((title, clauses) for title, clauses in groups if clauses)
