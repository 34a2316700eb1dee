"""Sourced facts beside the acts: what was fulfilled or extended, counted, said and promised, and where dates differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from merestone.law.act import day_of
from merestone.terms import Confidence, FieldRefused, RowRefused, confidence_of, renamed_attribute

E = TypeVar("E", bound=StrEnum)


class Result(StrEnum):
    """What is known about a duty with a due day."""

    MET = "met"
    NOT_MET = "not met"
    EXTENDED = "extended"
    REOPENED = "reopened"
    """Met before, but more was found since: owed again, with a day that is not held unless it was extended."""


class Found(StrEnum):
    """Whether a promise was found. That none was found never means that none was made."""

    FOUND = "found"
    NOT_FOUND = "not found"


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """A duty that a state met, did not meet by a day, or was given more time for."""

    state: str
    treaty: str
    article: str
    result: Result
    on: date
    """Met: the day; not met: the day as of which; extended: the day of the decision."""
    until: date | None
    """Extended: the new due day, as decided, never computed."""
    source: str
    confidence: Confidence
    note: str

    @property
    def is_verified(self) -> bool:
        """False for a fact that rests on somebody's memory."""
        return self.confidence is not Confidence.MEMORY


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of mines that somebody declared, counted or estimated. `as_of` is written as the source has it."""

    state: str
    treaty: str
    measure: str
    at_least: int | None
    at_most: int | None
    as_of: str
    source: str
    confidence: Confidence
    note: str

    @property
    def text(self) -> str:
        """The number in words: one value, a range, or an upper bound."""
        if self.at_least is None:
            return f"at most {self.at_most}"
        if self.at_least == self.at_most:
            return str(self.at_least)
        return f"{self.at_least} to {self.at_most}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a state's representative said, as reported. `on` may be a month or a year, as the source has it."""

    state: str
    on: str
    speaker: str
    subject: str
    quote: str
    source: str
    confidence: Confidence

    words = renamed_attribute("words", "quote")


@dataclass(frozen=True, slots=True)
class Promise:
    """Whether a promise on a subject was found."""

    state: str
    subject: str
    value: Found
    quote: str
    source: str
    confidence: Confidence

    words = renamed_attribute("words", "quote")


@dataclass(frozen=True, slots=True)
class Difference:
    """A published day that differs from the rule's, and why."""

    state: str
    treaty: str
    what: str
    published_on: date
    by_rule_on: date
    followed: str
    """``published`` or ``rule``: which of them the answers use."""
    source: str
    confidence: Confidence
    note: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a state declared, reserved, deferred or said of its territories, in short."""

    state: str
    treaty: str
    kind: str
    """declaration, reservation, deferral or territorial application."""
    on: str
    """As far as it is held: a day, a year, or nothing."""
    quote: str
    source: str
    confidence: Confidence

    words = renamed_attribute("words", "quote")


def fulfilment_of(row: Mapping[str, str], place: str) -> Fulfilment:
    """One row of ``fulfilment.csv``."""
    result = _choice(Result, row["result"], field="result", place=place)
    until = day_of(row["until"], field="until", place=place) if row["until"] else None
    if (result is Result.EXTENDED) != (until is not None):
        refused = FieldRefused("until", row["until"], f"does not fit {result.value!r}", "give it only for an extension")
        raise RowRefused(place, refused)
    on = day_of(row["on"], field="on", place=place)
    confidence = confidence_of(row["confidence"], place=place)
    return Fulfilment(
        row["state"], row["treaty"], row["article"], result, on, until, row["source"], confidence, row["note"]
    )


def quantity_of(row: Mapping[str, str], place: str) -> Quantity:
    """One row of ``quantities.csv``."""
    low, high = (_count(row[field], field=field, place=place) for field in ("at_least", "at_most"))
    confidence = confidence_of(row["confidence"], place=place)
    return Quantity(
        row["state"], row["treaty"], row["measure"], low, high, row["as_of"], row["source"], confidence, row["note"]
    )


def statement_of(row: Mapping[str, str], place: str) -> Statement:
    """One row of ``statements.csv``."""
    confidence = confidence_of(row["confidence"], place=place)
    return Statement(row["state"], row["on"], row["speaker"], row["subject"], row["words"], row["source"], confidence)


def promise_of(row: Mapping[str, str], place: str) -> Promise:
    """One row of ``promises.csv``."""
    value = _choice(Found, row["value"], field="value", place=place)
    confidence = confidence_of(row["confidence"], place=place)
    return Promise(row["state"], row["subject"], value, row["words"], row["source"], confidence)


DECLARATION_KINDS = ("declaration", "reservation", "deferral", "territorial application")


def declaration_of(row: Mapping[str, str], place: str) -> Declaration:
    """One row of ``declarations.csv``."""
    if row["kind"] not in DECLARATION_KINDS:
        refused = FieldRefused("kind", row["kind"], "is not a known kind", f"use one of {', '.join(DECLARATION_KINDS)}")
        raise RowRefused(place, refused)
    confidence = confidence_of(row["confidence"], place=place)
    return Declaration(row["state"], row["treaty"], row["kind"], row["on"], row["words"], row["source"], confidence)


def difference_of(row: Mapping[str, str], place: str) -> Difference:
    """One row of ``differences.csv``."""
    published, by_rule = (day_of(row[field], field=field, place=place) for field in ("published_on", "by_rule_on"))
    confidence = confidence_of(row["confidence"], place=place)
    return Difference(
        row["state"],
        row["treaty"],
        row["what"],
        published,
        by_rule,
        row["followed"],
        row["source"],
        confidence,
        row["note"],
    )


def _choice(kind: type[E], text: str, *, field: str, place: str) -> E:
    try:
        return kind(text)
    except ValueError:
        refused = FieldRefused(field, text, "is not a known value", f"use one of {', '.join(kind)}")
        raise RowRefused(place, refused) from None


def _count(text: str, *, field: str, place: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise RowRefused(place, FieldRefused(field, text, "is not a whole number", "write it as 16500")) from None
