"""The desk's list of drafts: searched, filtered, sorted, page by page; and one step taken with several at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from merestone.register import Desk, Draft, DraftMoved, DraftUnknown
from merestone.register.programme import PUBLISHED
from merestone.terms import FieldRefused, MerestoneError, RecordKind

LISTED: Final = 100
"""Drafts on one page, and so the most with which one step is taken at once."""
MOST_SEARCHED: Final = 200
"""Letters of a search that are looked at."""
DROPPED: Final = "dropped"
UNDER_WAY: Final = "under-way"
EVERY: Final = "every"
SORT_KEYS: Final[Mapping[str, Callable[[Draft], Any]]] = {
    "draft": lambda draft: draft.draft_id,
    "kind": lambda draft: draft.entry.kind.label,
    "stage": lambda draft: draft.stage,
    "by": lambda draft: (draft.organisation.casefold(), draft.hub.casefold(), draft.author.casefold()),
    "changed": lambda draft: draft.changed_at,
}
"""By what the columns of the list sort."""


@dataclass(frozen=True, slots=True)
class DraftList:
    """What the list is asked for, as it stands in the address."""

    search: str = ""
    kind: str = ""
    """A kind's value; empty: all."""
    stage: str = UNDER_WAY
    """A stage; `UNDER_WAY`: all but published and dropped ones; `EVERY`: all."""
    is_mine: bool = False
    """Only those that wait for this person."""
    sort: str = ""
    """A column of `SORT_KEYS`, with ``-`` the other way round; empty: the longest unchanged first."""
    page: int = 1

    def chosen(self, desk: Desk) -> list[tuple[Draft, tuple[str, ...]]]:
        """The drafts that are asked for, in order, each with the stages to which the person may take it."""
        drafts = [draft for draft in desk.drafts() if self._matches(draft)]
        key = SORT_KEYS.get(self.sort.removeprefix("-"))
        if key is not None:
            drafts.sort(key=key, reverse=self.sort.startswith("-"))
        stages = [tuple(step.after for step in steps) for steps in desk.steps_of(drafts)]
        return [row for row in zip(drafts, stages, strict=True) if row[1] or not self.is_mine]

    def _matches(self, draft: Draft) -> bool:
        if self.stage == UNDER_WAY:
            is_at_stage = draft.stage not in (PUBLISHED, DROPPED)
        else:
            is_at_stage = self.stage in (EVERY, draft.stage)
        return is_at_stage and self.kind in ("", draft.entry.kind.value) and self._has_words(draft)

    def _has_words(self, draft: Draft) -> bool:
        shown = (draft.draft_id, draft.entry.kind.label, draft.stage, draft.author, draft.organisation, draft.hub)
        values = (draft.record_id or "", draft.source, *map(str, draft.entry.attributes.values()))
        text = " ".join((*shown, *values)).casefold()
        return all(term in text for term in self.search.casefold().split())

    def on_page(self, count: int) -> "tuple[DraftList, int, slice]":
        """The page that there is, how many pages there are of so many drafts, and which of them stand on it."""
        pages = max(1, -(-count // LISTED))
        page = min(max(self.page, 1), pages)
        return replace(self, page=page), pages, slice((page - 1) * LISTED, page * LISTED)

    def direction(self, column: str) -> str:
        """How a column is sorted, in the words of ``aria-sort``."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")

    def sorted_by(self, column: str) -> str:
        """The address of the list sorted by a column, and by it the other way round if it is sorted so."""
        return replace(self, sort=f"-{column}" if self.sort == column else column, page=1).address

    def at_page(self, page: int) -> str:
        """The address of another page."""
        return replace(self, page=page).address

    @property
    def address(self) -> str:
        """The address of this list."""
        values = {
            "search": self.search,
            "kind": self.kind,
            "stage": "" if self.stage == UNDER_WAY else self.stage,
            "waits": "yes" if self.is_mine else "",
            "sort": self.sort,
            "page": str(self.page) if self.page > 1 else "",
        }
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/desk?{query}" if query else "/desk"


def list_values(asked: DraftList, desk: Desk) -> dict[str, Any]:
    """What the page of the list shows."""
    rows = asked.chosen(desk)
    asked, pages, places = asked.on_page(len(rows))
    open_stages = {stage for _, stages in rows[places] for stage in stages}
    return {
        "rows": rows[places],
        "asked": asked,
        "pages": pages,
        "total": len(rows),
        "bulk_steps": [stage for stage in desk.stages() if stage in open_stages],
        "kinds": tuple(RecordKind),
        "stages": desk.stages(),
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """Drafts with which one step is to be taken, each as the person saw it."""

    to: str
    seen: Mapping[str, int]
    """The event of each draft as it was seen, by the draft."""

    @classmethod
    def of(cls, to: str, choices: Sequence[str]) -> "Choice":
        """From what a form sends: each as ``draft event``.

        Raises
        ------
        FieldRefused
            One is not of this form, or they are more than a page has.
        """
        if len(choices) > LISTED:
            raise FieldRefused("draft", len(choices), "are too many at once", f"choose {LISTED} at the most")
        seen = {}
        for text in choices:
            draft_id, _, seq = text.partition(" ")
            if not (seq.isascii() and seq.isdecimal() and len(seq) < 18):
                raise FieldRefused("draft", text, "is not a draft of the list", "choose it in the list again")
            seen[draft_id] = int(seq)
        return cls(to, seen)


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a step with several drafts."""

    done: tuple[Draft, ...]
    refused: tuple[tuple[str, MerestoneError], ...]
    """The drafts with which it was not taken, and why."""


def take_step(desk: Desk, choice: Choice, *, why: str) -> Taken:
    """Take the step with each of the drafts by itself: one that cannot be taken holds up none of the others.

    Raises
    ------
    MerestoneError
        It could be taken with none; the reason of the first.
    """
    done, refused = [], []
    for draft_id, seen_seq in choice.seen.items():
        try:
            done.append(advance(desk, draft_id, choice.to, why=why, seen_seq=seen_seq))
        except MerestoneError as error:
            refused.append((draft_id, error))
    if refused and not done:
        raise refused[0][1]
    return Taken(tuple(done), tuple(refused))


def advance(desk: Desk, draft_id: str, to: str, *, why: str, seen_seq: int) -> Draft:
    """Take a step with one draft; if it was taken by this very form before, whose answer was lost, it is done.

    Raises
    ------
    DraftUnknown, DraftMoved, RightMissing, VersionMoved
        As `Desk.advance`.
    """
    try:
        return desk.advance(draft_id, to, why=why, seen_seq=seen_seq)
    except (DraftMoved, DraftUnknown):
        before = desk.has_advanced(draft_id, to, why=why, seen_seq=seen_seq)
        if before is None:
            raise
        return before
