"""Places that somebody pasted as text, without a line that names columns: one a line, numbered or not, under headings.

What each line says is put into columns, and the rules of tables do the rest: lines that are numbered or named alike may
be the corners of one outline. Two plain numbers do not say which is the latitude; letters, MGRS and the like do.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from merestone.exchange.formats._table_header import Record
from merestone.geodesy import PositionRefused, parse_position

_NUMBERING: Final = re.compile(r"(?:^|\s)(?=\(?\d{1,6}\s*[).:]\s+[-+(\[NSEWnsew\d])")
_PARTING: Final = re.compile(r"\s*[;|]\s*(?=\S)")
_LABEL: Final = re.compile(
    r"\(?(?P<label>(?:[^\W\d_]{1,12}[ .#-]{0,2})?\d{1,6}[a-z]?|[^\W\d_])\s*(?:[):=]\s*|\.\s+)(?P<place>.+)"
    r"|(?P<named>[^\W\d_]{1,12}[ .#-]{0,2}\d{1,6})\s+(?P<place_named>.+)"
)
_PLAIN: Final = re.compile(r"[(\[]?\s*([-+]?\d{1,3}(?:[.,]\d+)?)\s*(?:[,;/\s])\s*([-+]?\d{1,3}(?:[.,]\d+)?)\s*[)\]]?")
_DECIMAL: Final = re.compile(r"\d[.,]\d")
_MOST_DIGITS: Final = 8
"""Digits in a heading, such as a day's or a number of a record; a line with more, or with decimals, is a place."""
_LONGEST: Final = 2000
_FEWEST: Final = 2
_SHARE: Final = 0.75
"""Of the lines that are no headings, so many can be read."""


@dataclass(frozen=True, slots=True)
class _Place:
    label: str
    text: str
    pair: tuple[str, str] | None
    """Its two numbers, where nothing says which is the latitude."""
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class BareList:
    """How the lines of such a file are put into columns."""

    names: tuple[str, ...]
    are_pairs: bool
    is_lon_first: bool
    has_headings: bool
    note: str

    @property
    def header(self) -> Record:
        """The names of the columns, as a table would have them."""
        return Record(list(self.names), "\t".join(self.names), 1)

    def records(self, records: Iterable[Record]) -> Iterator[Record]:
        """A record for each place of the file."""
        heading, line_before, list_count = "", 0, 1
        for record in records:
            if self.has_headings is False and line_before and record.line > line_before + 1:
                list_count += 1
            line_before = record.line + record.text.count("\n")
            places = _places_of(record.text)
            if places is None:
                heading = record.text.strip()
                continue
            for place in places:
                pair = place.pair or ("", "")
                cells = (pair if not self.is_lon_first else pair[::-1]) if self.are_pairs else (place.text,)
                if self.are_pairs and place.pair is None:
                    cells = (place.text, place.text)
                title = heading if self.has_headings else f"list {list_count}"
                yield record._replace(cells=[title, place.label, *cells], text=place.text)


def bare_list(records: Sequence[Record]) -> BareList | None:
    """How a file is read of which these are the first records; None if its lines are not places."""
    read: list[_Place] = []
    heading_count = unread_count = 0
    for record in records:
        places = _places_of(record.text)
        if places is None:
            heading_count += 1
            continue
        read += [place for place in places if place.is_read]
        unread_count += sum(not place.is_read for place in places)
    if len(read) < _FEWEST or unread_count > (1 - _SHARE) * (len(read) + unread_count) or heading_count > len(read):
        return None
    pairs = [place.pair for place in read if place.pair is not None]
    are_pairs = len(pairs) == len(read)
    is_lon_first = are_pairs and any(abs(_number(first)) > 90 for first, _ in pairs)
    columns = (
        ("latitude", "longitude") if are_pairs and _shows_order(pairs) else ("y", "x") if are_pairs else ("position",)
    )
    note = "no line names columns: its lines are read as places"
    if are_pairs and columns[0] == "y":
        note += ", y being the first of two numbers and x the second"
    return BareList(("title", "name", *columns), are_pairs, is_lon_first, heading_count > 0, note)


def _shows_order(pairs: Sequence[tuple[str, str]]) -> bool:
    return any(abs(_number(number)) > 90 for pair in pairs for number in pair)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _places_of(line: str) -> list[_Place] | None:
    """The places of a line; None if it is a heading."""
    text = line.strip()[:_LONGEST]
    whole = _place_of(text)
    if whole.is_read:
        return [whole]
    for parting in (_NUMBERING, _PARTING):
        pieces = [piece for piece in parting.split(text) if piece.strip()]
        places = [_place_of(piece.strip()) for piece in pieces]
        if len(places) > 1 and sum(place.is_read for place in places) >= _SHARE * len(places):
            return places
    is_heading = _DECIMAL.search(text) is None and sum(map(str.isdecimal, text)) <= _MOST_DIGITS
    return None if is_heading else [whole]


def _place_of(text: str) -> _Place:
    match = _LABEL.fullmatch(text)
    written = [("", text)]
    if match is not None:
        written.append((match["label"] or match["named"], match["place"] or match["place_named"]))
    for label, place in written:
        bare = place.strip(" \t,;")
        pair = _PLAIN.fullmatch(bare)
        try:
            position = parse_position(bare)
        except PositionRefused:
            continue
        is_plain = pair is not None and bool(position.findings)
        return _Place(label, bare, (pair[1], pair[2]) if is_plain and pair is not None else None)
    return _Place("", text, None, is_read=False)
