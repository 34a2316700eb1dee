"""A picture of states' courses under a treaty: one line a state, as SVG that can be read at phone width.

Nothing is told by colour alone: each kind of stretch has its own height or pattern, and each state's line its words.
Colours are attributes, not a style sheet, so that a page's content policy lets them be; the classes are for that page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from merestone.documents.drawing_file import Drawing
from merestone.law import Holding, Library, Word, episodes, packaged, source_links, status
from merestone.terms import number_of

WIDTH = 340
"""The drawing's own width: a small phone's less its margins, in CSS pixels, so that 12 px text stays 12 px there."""
LEFT, RIGHT, TOP, STEP = 4, 336, 34, 46
ROOM = 44
"""Letters that fit on one line; a longer name gives way to the state's code."""

_LOOK = {
    # word: (class, height, offset from the line)
    Word.SIGNATORY: ("signatory", 6, 5),
    Word.DEPOSITED: ("deposited", 10, 3),
    Word.PARTY: ("party", 16, 0),
    Word.WITHDRAWING: ("withdrawing", 16, 0),
    Word.WITHDRAWN: ("withdrawn", 2, 7),
    Word.CONTESTED: ("contested", 16, 0),
    Word.NOT_KNOWN: ("unknown", 2, 7),
}
_PROVISIONAL = ("provisional", 12, 2)
"""How a stretch is drawn on which the state applies the treaty provisionally, whatever its word."""
_IN_SHORT = {Word.CONTESTED: "contested, still bound", Word.WITHDRAWING: "withdrawing, still bound"}
LEGEND = (
    (Word.SIGNATORY, "signed, not bound"),
    (Word.DEPOSITED, "joined, not yet bound"),
    (Word.PARTY, "bound"),
    (Word.WITHDRAWING, "bound, notice running"),
    (Word.CONTESTED, "bound, contested"),
    (Word.WITHDRAWN, "withdrawn"),
    (Word.NOT_KNOWN, "not known"),
)
_FILL = {
    "signatory": "#8fb3d9",
    "deposited": "#4f86b8",
    "provisional": "url(#bars)",
    "party": "#1b5e8f",
    "withdrawing": "url(#hatch)",
    "withdrawn": "#9a5b00",
    "contested": "url(#dots)",
    "unknown": "#808080",
}


@dataclass(frozen=True, slots=True)
class Axis:
    """The stretch of days that is drawn."""

    starts_on: date
    ends_on: date

    def x(self, on: date) -> float:
        """Where a day lies, in units of the drawing; days outside lie on the edge."""
        share = (on - self.starts_on).days / (self.ends_on - self.starts_on).days
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0), 1)


def timeline_svg(
    states: Sequence[str],
    treaty: str = "apmbc",
    *,
    on: date,
    ends_on: date = date(2030, 12, 31),
    library: Library | None = None,
) -> str:
    """Draw states' courses under a treaty from its opening for signature to `ends_on`, with a line at `on`.

    What lies after `on` is a forecast: what follows from the acts known by then if nothing else happens.

    Raises
    ------
    UnknownState, UnknownTreaty, BeforeTheTreaty
    """
    library = library or packaged()
    holding = library.holding(treaty)
    axis = Axis(holding.general.opened_on, max(ends_on, on))
    height = TOP + STEP * len(states) + 26 + 18 * ((len(LEGEND) + 4) // 2)
    title = f"{holding.treaty.short}: {number_of(len(states), 'state')}, {axis.starts_on} to {axis.ends_on}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" viewBox="0 0 {WIDTH} {height}" '
        'role="img" aria-labelledby="timeline-title" font-family="system-ui, sans-serif" font-size="12">',
        f'<title id="timeline-title">{escape(title)}</title>',
        f'<rect class="ground" width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _PATTERNS,
        *_grid(axis, on, TOP + STEP * len(states)),
    ]
    for row, name in enumerate(states):
        parts.extend(_line(library, name, treaty, axis=axis, on=on, y=TOP + STEP * row))
    parts.extend(_legend(TOP + STEP * len(states) + 22, on))
    parts.append("</svg>")
    return "\n".join(parts)


def timeline_drawing(
    states: Sequence[str], treaty: str = "apmbc", *, on: date, ends_on: date, library: Library | None = None
) -> Drawing:
    """The courses as a drawing, and as a table of one row for each stretch of days."""
    library = library or packaged()
    holding = library.holding(treaty)
    rows: list[tuple[Any, ...]] = []
    for name in states:
        state = library.state(name)
        course = episodes(holding, state.code, known_on=on)
        ends = [*(episode.starts_on for episode in course[1:]), None]
        for episode, end in zip(course, ends, strict=True):
            forecast = "forecast" if episode.starts_on > on else ""
            sources = _sources(holding, state.code, episode.starts_on)
            links = " ".join(dict.fromkeys(link for source in sources for link in source_links(source)))
            word, begins = str(episode.word.noun), episode.starts_on
            rows.append((holding.treaty.key, state.code, state.name, word, begins, end, forecast,
                         "; ".join(sources), links))  # fmt: skip
    header = ("treaty", "state", "name", "status", "from", "until", "forecast", "sources_of_acts_until_then",
              "source_links")  # fmt: skip

    def draw() -> str:
        return timeline_svg(states, treaty, on=on, ends_on=ends_on, library=library)

    return Drawing(f"{holding.treaty.short} timeline", header, rows, draw, {"as of": on.isoformat()})


def _sources(holding: Holding, state: str, until: date) -> list[str]:
    """The sources of the acts that lie behind a stretch of days."""
    acts = [act for act in holding.by_state.get(state, ()) if act.on <= until]
    return list(dict.fromkeys(act.source for act in acts))


_TODAY = 'class="today" stroke="#b00020" stroke-width="1.5" stroke-dasharray="4 3"'
_PATTERNS = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#f2c14e"/><rect width="3" height="6" fill="#1b5e8f"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#1b5e8f"/>'
    '<circle cx="3" cy="3" r="1.6" fill="#fff"/></pattern><pattern id="bars" width="5" height="5" '
    'patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fff"/><rect width="3" height="5" fill="#1b5e8f"/>'
    "</pattern></defs>"
)


def _grid(axis: Axis, on: date, bottom: float) -> list[str]:
    parts = []
    first = axis.starts_on.year + (-axis.starts_on.year) % 5
    for year in range(first, axis.ends_on.year + 1, 5):
        x = axis.x(date(year, 1, 1))
        parts.append(f'<line class="grid" stroke="#cccccc" x1="{x}" y1="20" x2="{x}" y2="{bottom}"/>')
        parts.append(
            f'<text class="said" fill="#333333" text-anchor="middle" x="{min(x, WIDTH - 15)}" y="14">{year}</text>'
        )
    x = axis.x(on)
    parts.append(f'<line {_TODAY} x1="{x}" y1="20" x2="{x}" y2="{bottom}"><title>{on}</title></line>')
    return parts


def _line(library: Library, name: str, treaty: str, *, axis: Axis, on: date, y: float) -> list[str]:
    answer = status(name, treaty, on=on, library=library)
    course = episodes(library.holding(treaty), answer.state.code, known_on=on)
    phrase = answer.phrase if len(answer.phrase) <= 40 else _IN_SHORT.get(answer.word, str(answer.word))
    parts = [
        f'<text class="name" fill="#111111" font-size="13" font-weight="600" x="{LEFT}" y="{y + 12}">'
        f"{escape(answer.state.name if len(answer.state.name) + len(phrase) <= ROOM else answer.state.code)}"
        f'<tspan class="said" fill="#333333" font-size="12" font-weight="400" dx="6">{escape(phrase)}</tspan></text>'
    ]
    ends = [*(episode.starts_on for episode in course[1:]), axis.ends_on]
    for episode, end in zip(course, ends, strict=True):
        look = _LOOK.get(episode.word)
        if look is None or end <= axis.starts_on or episode.starts_on >= axis.ends_on:
            continue
        kind, height, drop = look
        if episode.provisional_from is not None:
            kind, height, drop = _PROVISIONAL
        x, until = axis.x(episode.starts_on), axis.x(end)
        tip = f"{answer.state.name}: {episode.word}, {episode.starts_on} to {end}"
        place = f'x="{x}" y="{y + 18 + drop}" width="{max(until - x, 1.5):.1f}" height="{height}"'
        parts.append(f'<rect class="{kind}" fill="{_FILL[kind]}" {place}><title>{escape(tip)}</title></rect>')
    if len(parts) == 1:  # never a party: say so on the line, which would be blank
        parts.append(f'<line class="grid" stroke="#cccccc" x1="{LEFT}" y1="{y + 26}" x2="{RIGHT}" y2="{y + 26}"/>')
    return parts


def _legend(y: float, on: date) -> list[str]:
    last = y + 18 * ((len(LEGEND) + 2) // 2)
    parts = [
        f'<line {_TODAY} x1="{LEFT}" y1="{last - 7}" x2="{LEFT + 24}" y2="{last - 7}"/>',
        f'<text class="said" fill="#333333" x="{LEFT + 30}" y="{last - 2}">{on}; after it, a forecast</text>',
    ]
    looks = [*((_LOOK[word], text) for word, text in LEGEND), (_PROVISIONAL, "applied provisionally")]
    for number, ((kind, height, drop), text) in enumerate(looks):
        x, line = LEFT + (number % 2) * 168, y + 18 * (number // 2)
        place = f'x="{x}" y="{line - 14 + drop}" width="24" height="{height}"'
        parts.append(f'<rect class="{kind}" fill="{_FILL[kind]}" {place}/>')
        parts.append(f'<text class="said" fill="#333333" x="{x + 30}" y="{line - 2}">{escape(text)}</text>')
    return parts
