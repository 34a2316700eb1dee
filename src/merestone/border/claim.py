"""Published claims: who said what, through whom, when, with its unit and the check that belongs to it.

A claim is kept as it was published. It is never corrected here: a check (`claim_check`, `claim_law`) puts what was
found beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from merestone.terms import FileRefused, RowRefused, SourceMissing, yaml_value

_PUBLICATION = {"by", "through", "published_on", "published_on_note", "source"}
_CLAIM = {"id", "claim", "value", "unit", "tolerance", "publication", "note", "check"}


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a claim stood. `through` is who passed it on to us: a paper quoting a paper is second-hand."""

    key: str
    by: str
    through: str
    published_on: date
    published_on_note: str
    source: str

    @property
    def line(self) -> str:
        """One line for a person: by whom, through whom, when."""
        passed = f", through {self.through}" if self.through else ""
        return f"{self.by}{passed}, {self.published_on}"


@dataclass(frozen=True, slots=True)
class PrintedName:
    """A name as it was printed, and as it is."""

    printed: str
    actual: str
    publication: str
    source: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement that somebody published."""

    id: str
    text: str
    """In our words; a quotation only where it is marked as one."""
    value: float | None
    unit: str
    tolerance: float
    """Share of the value by which a measurement may differ and still confirm it; 0 for counts and words."""
    publication: Publication
    note: str
    check: Mapping[str, Any]
    """``kind`` names a check of `claim_check.KINDS`; the rest is what it needs."""
    place: str


@dataclass(frozen=True, slots=True)
class Claims:
    """A file of claims."""

    claims: tuple[Claim, ...]
    names: tuple[PrintedName, ...]


@cache
def packaged_claims() -> Claims:
    """The claims that come with Merestone."""
    text = files("merestone.border").joinpath("data/claims.yaml").read_text(encoding="utf-8")
    return _claims_of(yaml_value(text), origin="claims.yaml")


def read_claims(text: str, *, origin: str) -> Claims:
    """Read claims from YAML text, laid out as ``border/data/claims.yaml`` is.

    Raises
    ------
    FileRefused
        The text is not YAML, or has no list of claims.
    RowRefused, SourceMissing
        A claim or publication lacks what it needs, has a field nobody knows, or its publication has no source.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise FileRefused(origin, f"is not YAML ({error})", "compare with the packaged claims.yaml") from error
    return _claims_of(content, origin=origin)


def _claims_of(content: Any, *, origin: str) -> Claims:
    """What the value of a YAML file says; raises as `read_claims` does."""
    if not isinstance(content, dict) or not isinstance(content.get("claims"), list):
        raise FileRefused(origin, "has no list named claims", "compare with the packaged claims.yaml")
    publications = {
        key: _publication(key, fields, f"{origin}, publication {key}")
        for key, fields in (content.get("publications") or {}).items()
    }
    claims = tuple(
        _claim(fields, publications, f"{origin}, claim {number}") for number, fields in enumerate(content["claims"], 1)
    )
    twice = [claim.id for claim in claims if sum(other.id == claim.id for other in claims) > 1]
    if twice:
        raise RowRefused(f"{origin}, claim {twice[0]}", "the id is used twice; give each claim its own")
    names = tuple(
        PrintedName(row["printed"], row["is"], row["publication"], row["source"]) for row in content.get("names") or []
    )
    return Claims(claims, names)


def _publication(key: str, fields: Any, place: str) -> Publication:
    _known(fields, _PUBLICATION, place)
    for needed in ("by", "published_on"):
        if not fields.get(needed):
            raise RowRefused(place, f"{needed} is missing; say who published it and when")
    if not str(fields.get("source") or "").strip():
        raise SourceMissing(place)
    if not isinstance(fields["published_on"], date):
        raise RowRefused(
            place, f"published_on = {fields['published_on']!r}: is not a valid date; use YYYY-MM-DD, such as 2025-06-24"
        )
    return Publication(
        key,
        str(fields["by"]),
        str(fields.get("through") or ""),
        fields["published_on"],
        str(fields.get("published_on_note") or ""),
        str(fields["source"]),
    )


def _claim(fields: Any, publications: Mapping[str, Publication], place: str) -> Claim:
    _known(fields, _CLAIM, place)
    for needed in ("id", "claim", "publication", "check"):
        if not fields.get(needed):
            raise RowRefused(place, f"{needed} is missing")
    place = f"{place} ({fields['id']})"
    if fields["publication"] not in publications:
        known = ", ".join(publications) or "none"
        raise RowRefused(
            place, f"publication = {fields['publication']!r}: is not described above; described are {known}"
        )
    if not isinstance(fields["check"], dict) or "kind" not in fields["check"]:
        raise RowRefused(place, "check has no kind; use kind: not_checkable with a why if nothing can check it")
    value = fields.get("value")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise RowRefused(place, f"value = {value!r}: is not a number; leave it out for a claim in words")
    return Claim(
        str(fields["id"]),
        str(fields["claim"]).strip(),
        value,
        str(fields.get("unit") or ""),
        float(fields.get("tolerance") or 0.0),
        publications[fields["publication"]],
        str(fields.get("note") or ""),
        fields["check"],
        place,
    )


def _known(fields: Any, known: set[str], place: str) -> None:
    if not isinstance(fields, dict):
        raise RowRefused(place, f"holds {fields!r}, where names and values were expected")
    unknown = sorted(set(map(str, fields)) - known)
    if unknown:
        raise RowRefused(
            place, f"has a field {unknown[0]!r} that is not known; the fields are {', '.join(sorted(known))}"
        )
