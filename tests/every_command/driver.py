"""A register driven by `merestone.cli.main` within this process, and what must hold of it after every command."""

import contextlib
import hashlib
import io
import json
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar
from unittest.mock import patch

import shapely
from hypothesis.stateful import RuleBasedStateMachine, invariant

from merestone.cli.main import main
from merestone.register import Register
from merestone.terms import RecordKind
from tests.every_command.model import Book, Said, State, outline_of, text_of

T = TypeVar("T")
PAST_DAYS = [date(2001, 1, 1), date(2010, 6, 1), date(2020, 1, 1)]
LATER = date(2062, 1, 1)
"""A year that somebody mistyped."""
ASKED = [date(1999, 1, 1), date(2005, 1, 1), date(2015, 1, 1), date(2024, 1, 1), date(2070, 1, 1)]
PITCH_DEG, WIDTH_DEG = 0.1, 0.002
"""Cells lie so far apart that no warning reaches from one to the next."""
LEFT_BEHIND = (".part", "-wal", "-shm", "-journal", ".merging")


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)


def command_line(*words: object, stdin: str = "") -> Done:
    """Run a command as a shell would; whatever is not one of our exits is an error of the test."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        patch.object(sys, "stdin", io.StringIO(stdin)),
    ):
        try:
            main([str(word) for word in words])
        except SystemExit as left:
            code = int(left.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


class Driver(RuleBasedStateMachine):
    """One register after the other in one folder, the book of each, and the checks after each step."""

    ran: ClassVar[Counter[str]] = Counter()
    """How often each command ended well, in all machines of this process."""

    def __init__(self, blank: Path) -> None:
        super().__init__()
        self._kept = tempfile.TemporaryDirectory()
        self.folder = Path(self._kept.name)
        self.path = Path(shutil.copy(blank, self.folder / "areas.gpkg"))
        self.book = Book()
        self.numbers = 0
        self.seen: dict[Path, tuple[int, str]] = {}
        self.asked = 0
        self.today = datetime.now(UTC).date()

    def teardown(self) -> None:
        self._kept.cleanup()

    # Doing -----------------------------------------------------------------------------------------------------------

    def number(self) -> int:
        """A number that was not used yet, for names and places."""
        self.numbers += 1
        return self.numbers

    def cell(self) -> shapely.Polygon:
        """A square of ground that nothing lies on or near."""
        at = self.number()
        west, south = 17.0 + PITCH_DEG * (at % 40), 40.0 + PITCH_DEG * (at // 40)
        return shapely.box(west, south, west + WIDTH_DEG, south + WIDTH_DEG)

    def do(self, *words: object, code: int = 0, stdin: str = "") -> Done:
        """Run a command that must end with this code; one that fails must leave the history as it is."""
        before = self.head() if code and self.path.exists() else None
        done = command_line(*words, stdin=stdin)
        assert done.code == code, (words, done)
        assert "Traceback" not in done.err
        if before is not None and code not in (4, 5):
            assert self.head() == before, (words, "a command that failed wrote something")
        if not code or code in (4, 5):
            name = str(words[0])
            grouped = name in {"add", "attach", "person", "account", "alert"}
            Driver.ran[f"{name} {words[1]}" if grouped else name] += 1
        return done

    def tell(self, *words: object, stdin: str = "") -> Any:
        """Run a command on the register with --json, and give what it told."""
        first, *others = words
        if first in {"add", "attach", "person", "account", "alert"}:
            return self.do(first, others[0], self.path, *others[1:], "--json", stdin=stdin).told
        return self.do(first, self.path, *others, "--json", stdin=stdin).told

    def begin(self) -> int:
        """The number of the batch that is written now."""
        self.book.batch += 1
        return self.book.batch

    def say(
        self, record_id: str, state: State | None, true_from: date | None = None, true_until: date | None = None
    ) -> None:
        """Write down what the last command said."""
        at = self.head_at()
        self.book.said.append(Said(record_id, state, true_from, true_until, at, self.book.batch))

    def touch(self, record_id: str) -> None:
        """Somebody built on a record."""
        self.book.touched.append((record_id, self.book.batch))

    def pick(self, many: Sequence[T], nth: int) -> T | None:
        """One of many; None if there is none."""
        return many[nth % len(many)] if many else None

    def areas(self, *kinds: str) -> list[str]:
        """The records of these layers of which something holds in the end."""
        found = []
        for record_id in dict.fromkeys(one.record_id for one in self.book.said):
            present = self.book.present(record_id)
            if present is None or present.state is None or record_id in self.book.tangled:
                continue
            if present.state.kind == "alert":  # only its own command changes one
                continue
            if present.state.outline is not None and (not kinds or present.state.kind in kinds):
                found.append(record_id)
        return found

    def state_now(self, record_id: str, day: date | None = None) -> State:
        """What the register says of a record that it now holds; for what a command makes up itself."""
        with Register.open(self.path, read_only=True) as register:
            found = states_in(register, day or self.today)
        return found[record_id]

    # What must hold after each step ----------------------------------------------------------------------------------

    def head(self) -> tuple[int, str]:
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT seq, chain FROM merestone_event ORDER BY seq DESC LIMIT 1").fetchone()
        return int(row[0]), str(row[1])

    def head_at(self) -> datetime:
        with Register.open(self.path, read_only=True) as register:
            return register.head().recorded_at

    @invariant()
    def the_register_answers_as_the_book_does(self) -> None:
        with Register.open(self.path, read_only=True) as register:
            for day in [*ASKED, self.today]:
                assert_same(states_in(register, day), self.book.holds(day), f"on {day}")
            assert register.as_of().quarantined_count == len(self.book.waiting())
            waiting = [(row.file_name, row.row) for row in register.quarantined()]
            assert sorted(map(str, waiting)) == sorted(map(str, self.book.waiting()))

    @invariant()
    def what_was_known_stays_known(self) -> None:
        """Two instants and days of the past, others at each step, and by command as well."""
        self.book.moments.append(self.head_at())
        for step in (7, 11):
            self.asked += step
            known_at = self.book.moments[self.asked % len(self.book.moments)]
            day = ASKED[self.asked % len(ASKED)]
            expected = self.book.holds(day, known_at)
            with Register.open(self.path, read_only=True) as register:
                assert_same(states_in(register, day, known_at), expected, f"on {day}, known at {known_at}")
                assert register.as_of(day, known_at).quarantined_count == len(self.book.waiting(known_at))
            listed = self.tell("list", "--true-on", day, "--known-on", known_at.isoformat())
            assert {row["record_id"] for row in listed} == {
                record_id for record_id, state in expected.items() if _on_layer(state)
            }

    @invariant()
    def the_file_is_sound_and_only_grows(self) -> None:
        verified = self.tell("verify")
        assert verified["is_sound"], verified
        if self.path in self.seen:
            seq, chain = self.seen[self.path]
            with Register.open(self.path, read_only=True) as register:
                assert register.event(seq).chain == chain, "an event was lost or changed"
        self.seen[self.path] = self.head()
        left = [path.name for path in self.folder.rglob("*") if path.name.endswith(LEFT_BEHIND)]
        assert not left, "one file means one file"

    @contextlib.contextmanager
    def nothing_changes(self, but_opened: Path | None = None) -> Iterator[None]:
        """Nothing in the folder is changed, made or removed; a register that is opened for writing keeps its history.

        Opening changes some bytes of SQLite's own; what it holds is compared after every step.
        """
        before = contents(self.folder)
        yield
        after = contents(self.folder)
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        changed -= {name for name in changed if name.endswith(".lock") or self.folder / name == but_opened}
        assert not changed, f"files were changed, made or removed: {sorted(changed)}"


def assert_same(found: dict[str, State], expected: dict[str, State], when: str) -> None:
    """Two sets of states are equal; otherwise what differs, record by record."""
    differing = {one for one in {*found, *expected} if found.get(one) != expected.get(one)}
    lines = [f"{one}: {told(found.get(one))}, and the book says {told(expected.get(one))}" for one in differing]
    assert not differing, "\n".join([when, *lines])


def told(state: State | None) -> str:
    if state is None:
        return "nothing"
    place = None if state.outline is None else shapely.from_wkb(state.outline).wkt
    return str(state._replace(outline=None)) + f" at {place}"


def contents(folder: Path) -> dict[str, str]:
    """The digest of each file in a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _on_layer(state: State) -> bool:
    return state.kind in set(RecordKind)


def states_in(register: Register, day: date, known_at: datetime | None = None) -> dict[str, State]:
    """What a register says of every record on a day, as the book writes it."""
    found: dict[str, State] = {}
    for record in register.as_of(day, known_at).records:
        found[record.record_id] = State(
            record.kind.value, outline_of(record.geometry), record.accuracy_m, text_of(record.attributes),
            record.source, record.visibility.value, record.status, record.data_on,
        )  # fmt: skip
    for sheet in register.sheets(true_on=day, known_on=known_at):
        found[sheet.record_id] = State(
            sheet.kind, outline_of(sheet.geometry), None, text_of(sheet.attributes),
            sheet.source, sheet.visibility.value, None, None,
        )  # fmt: skip
    return found
