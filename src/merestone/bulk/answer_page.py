"""Answers as a page of HTML that needs no server: a summary for drivers on one sheet of A4, then all rows.

The summary holds what counts on the road: the stops in their order, the worst first, a map, the date of the data, and
the accuracy that was assumed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from math import floor
from typing import Any, Final

import shapely

from merestone.bulk.answer_map import Marked, answer_map
from merestone.bulk.summary_text import RANK, summary_line
from merestone.geodesy import format_ddm, format_decimal
from merestone.screening import INSIDE, NEAR, NO_ASSURANCE, NONE_RECORDED, TURN_BACK
from merestone.screening.kernel import Outlines
from merestone.terms import number_of

MOST_ON_SHEET: Final = 44
"""Stops that the first sheet lists; it says so if there are more."""
MOST_WORST: Final = 8
MOST_ROWS: Final = 5_000
"""Rows on the page that have nothing recorded; all others are always on it."""
_WORDS: Final = {INSIDE: "INSIDE", NEAR: "NEAR", NONE_RECORDED: "none recorded"}
_LOOKS: Final = {INSIDE: "inside", NEAR: "near", NONE_RECORDED: "none"}


@dataclass(frozen=True, slots=True)
class Stop:
    """One row: a place, a way or a plot."""

    number: int
    """In the order of the file, from 1."""
    name: str
    code: int
    headline: str
    details: tuple[str, ...] = ()
    geometry: Any = None
    """Longitude and latitude on WGS 84; None where there is none."""
    distance_m: float | None = None


@dataclass(frozen=True)
class AnswerPage:
    """All that the page shows."""

    title: str
    stops: Sequence[Stop]
    sentences: Sequence[str]
    """What holds for all rows."""
    facts: Sequence[tuple[str, str]] = ()
    """Such as the date of the data and the accuracy: a name and its words each."""
    label: str = ""
    outlines: Outlines | None = field(default=None, compare=False)
    """The hazards, for the map."""
    what: str = "stops"
    marks: Sequence[Marked] = ()
    """What the map shows beside the stops, such as the parts of a way that lie near a hazard."""


def worst_first(stops: Sequence[Stop]) -> list[Stop]:
    """Those that need attention: inside, near, unknown; each class with the nearest first."""
    chosen = [stop for stop in stops if stop.code != NONE_RECORDED]
    return sorted(chosen, key=lambda s: (RANK.get(s.code, 2), 1e12 if s.distance_m is None else s.distance_m))


def answer_page(page: AnswerPage) -> str:
    """The whole page as text."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(page.title)}</title>\n<link rel="icon" href="data:,">\n<style>\n{_style()}</style>\n</head>\n'
        f"<body>\n{''.join(_sheet(page))}{''.join(_all_rows(page))}</body>\n</html>\n"
    )


def _style() -> str:
    return files("merestone.bulk").joinpath("answer_page.css").read_text(encoding="utf-8")


def _sheet(page: AnswerPage) -> Iterator[str]:
    """The first sheet."""
    counts = Counter(stop.code for stop in page.stops)
    label = f'<p class="label">{escape(page.label)}</p>' if page.label else ""
    yield f'<section class="sheet">{label}<h1>{escape(page.title)}</h1>\n'
    yield f'<p class="count">{escape(summary_line(counts, page.what))}</p>\n'
    if counts[INSIDE] or counts[NEAR]:
        yield f'<p class="turn">{escape(TURN_BACK)}</p>\n'
    yield f'<p class="limits">{escape(NO_ASSURANCE)}</p>\n'
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in page.facts)
    yield f"<dl>{facts}</dl>\n"
    marks = [*(Marked(stop.number, stop.geometry, stop.code) for stop in page.stops), *page.marks]
    drawing = answer_map(marks, page.outlines, title=f"Map of {page.title}")
    if drawing:
        yield f"<figure>{drawing}<figcaption>{_KEY}</figcaption></figure>\n"
    worst = worst_first(page.stops)
    if worst:
        more = f"<li>and {len(worst) - MOST_WORST:,} more, below</li>" if len(worst) > MOST_WORST else ""
        yield f'<h2>Worst first</h2>\n<ul class="worst">{"".join(map(_line, worst[:MOST_WORST]))}{more}</ul>\n'
    if page.stops:
        listed = page.stops if len(page.stops) <= MOST_ON_SHEET else page.stops[:MOST_ON_SHEET]
        is_more = len(page.stops) > MOST_ON_SHEET
        rest = f"<li>and {len(page.stops) - MOST_ON_SHEET:,} more, on the next pages</li>" if is_more else ""
        yield f'<h2>In order</h2>\n<ul class="order">{"".join(map(_line, listed))}{rest}</ul>\n'
    yield "</section>\n"


def _line(stop: Stop) -> str:
    far = "" if stop.distance_m is None or stop.code in (INSIDE, NONE_RECORDED) else f", {floor(stop.distance_m):,} m"
    word = _WORDS.get(stop.code, "UNKNOWN")
    return (
        f'<li class="{_LOOKS.get(stop.code, "unknown")}"><b>{stop.number}</b> {escape(stop.name)} '
        f"<em>{word}{far}</em></li>"
    )


def _all_rows(page: AnswerPage) -> Iterator[str]:
    heads = "".join(f"<th>{name}</th>" for name in ("No.", "Name", "Place", "Answer"))
    yield f"<section>\n<h2>All rows</h2>\n<table><thead><tr>{heads}</tr></thead><tbody>\n"
    quiet = 0
    for stop in page.stops:
        quiet += stop.code == NONE_RECORDED
        if stop.code == NONE_RECORDED and quiet > MOST_ROWS:
            continue
        details = "".join(f"<br><small>{escape(detail)}</small>" for detail in stop.details)
        yield (
            f'<tr class="{_LOOKS.get(stop.code, "unknown")}"><td>{stop.number}</td><td>{escape(stop.name)}</td>'
            f"<td>{_place(stop.geometry)}</td><td>{escape(stop.headline)}.{details}</td></tr>\n"
        )
    yield "</tbody></table>\n"
    if quiet > MOST_ROWS:
        yield (
            f"<p>Nothing is recorded near {number_of(quiet - MOST_ROWS, 'more row')}; a file of answers holds them "
            "(.csv).</p>\n"
        )
    basis = "".join(f"<li>{escape(sentence)}</li>" for sentence in page.sentences)
    yield f"<h2>What this rests on</h2>\n<ul>{basis}</ul>\n"
    yield "</section>\n"


def _place(geometry: Any) -> str:
    if geometry is None or geometry.is_empty:
        return "no place"
    if geometry.geom_type != "Point":
        return escape(str(geometry.geom_type))
    lon, lat = shapely.get_x(geometry), shapely.get_y(geometry)
    if abs(lat) > 90.0 or abs(lon) > 180.0:
        return f"{lon:g}, {lat:g}"
    return f"{escape(format_decimal(lon, lat, 5))}<br><small>{escape(format_ddm(lon, lat, 3))}</small>"


_KEY: Final = (
    "Square: inside a recorded hazard. Triangle: near one. Ring: none recorded. Question mark: unknown. "
    "Hatched: recorded hazards. Do not walk by this map."
)
