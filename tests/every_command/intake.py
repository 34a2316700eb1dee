"""Rules for what comes in: single records, files, deliveries, and imports that are taken back."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click
import shapely
from hypothesis import strategies as st
from hypothesis.stateful import rule

from merestone.cli.add import add as add_group
from merestone.exchange.imports.blank_form import blank_columns
from merestone.terms import RecordKind
from tests.every_command.driver import LATER, PAST_DAYS, Driver
from tests.every_command.model import State, Taken, outline_of, place_of, text_of

NTH = st.integers(0, 99)
ADDED = [name for name in add_group.list_commands(click.Context(add_group)) if name != "victim"]
"""Kinds that `add` records; a person hurt has names, and is recorded by `person add`."""
AREAS = ["suspected", "confirmed", "restricted", "cancelled", "reduced", "cleared"]
POINTS = ["accident", "incident", "spot_find"]
STATUS = {"suspected": "sha", "confirmed": "cha", "cancelled": "cancelled", "reduced": "reduced", "cleared": "cleared"}
EVER = {"suspected", "confirmed", "minefield_record"}
"""Layers whose records hold since ever, whatever day the file is of."""
DAYS = st.sampled_from([None, *PAST_DAYS])
ACCURACIES = st.sampled_from([0.0, 5.0, 40.0, None])
CLOSED_FIRST = ("restricted", "public", "open")
SIGHTS = st.sampled_from(CLOSED_FIRST)


def said_accuracy(accuracy_m: float | None) -> list[object]:
    return ["--accuracy-unknown"] if accuracy_m is None else ["--accuracy-m", accuracy_m]


def table(rows: Sequence[tuple[str, str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("local_id", "note", "wkt"), *rows])
    return text.getvalue()


class Intake(Driver):
    """What comes in, one by one and in files."""

    def place(self, kind: str) -> shapely.geometry.base.BaseGeometry:
        return self.cell().centroid if kind in POINTS else self.cell()

    @rule(kind=st.sampled_from([*AREAS, *POINTS]), accuracy_m=ACCURACIES, sight=SIGHTS,
          day=st.sampled_from([None, *PAST_DAYS, LATER]))  # fmt: skip
    def add_a_record(self, kind: str, accuracy_m: float | None, sight: str, day: date | None) -> None:
        self.added(kind, accuracy_m, sight, day)

    def added(self, kind: str, accuracy_m: float | None, sight: str, day: date | None) -> str:
        """A new record on a layer."""
        place, key = self.place(kind), f"K{self.number()}"
        when: list[object] = [] if day is None else ["--from", day]
        words = ["--local-id", key, "--wkt", place.wkt, "--source", f"survey {key}", "--visibility", sight]
        words += self.required(kind)
        self.begin()
        told = self.tell("add", kind, *words, *said_accuracy(accuracy_m), *when)
        made = self.state_now(told["record_id"], day)
        attributes = made.attributes
        assert json.loads(attributes)["local_id"] == key
        state = State(
            kind, outline_of(place), accuracy_m, attributes, f"survey {key}", sight, STATUS.get(kind), None
        )  # fmt: skip
        self.say(told["record_id"], state, day)
        return str(told["record_id"])

    def required(self, kind: str) -> list[str]:
        """An option for each further field that a kind requires, with something that fits it."""
        words: list[str] = []
        for column in blank_columns(kind):
            if not column.is_required or column.name in {"local_id", "wkt", "latitude", "longitude"}:
                continue
            if column.holds.startswith("the local identifier of one record of "):
                fits = self.linked(column.holds.removeprefix("the local identifier of one record of "))
            else:
                fits = column.choices[0] if column.choices else "2020-05-03" if "YYYY" in column.holds else "Exercise"
            words += [f"--{column.name.replace('_', '-')}", fits]
        return words

    def linked(self, kind: str) -> str:
        """A record to which another can lead, made if there is none."""
        layers = {"hazardous area": ["suspected", "confirmed"]}.get(kind, [kind])
        holding = [one for one, state in self.book.holds(self.today).items() if state.kind in layers]
        if holding:
            return holding[0]
        if kind in {"hazardous area", "accident"}:
            layer = "accident" if kind == "accident" else "suspected"
            return self.added(layer, 5.0, "restricted", None)
        return self.added_sheet(kind)

    @rule(kind=st.sampled_from([name for name in ADDED if name not in set(RecordKind)]))
    def add_a_sheet(self, kind: str) -> None:
        self.added_sheet(kind)

    def added_sheet(self, kind: str) -> str:
        """A new record without a layer."""
        key = f"S{self.number()}"
        names = {column.name for column in blank_columns(kind)}
        words = [*(["--local-id", key] if "local_id" in names else []), *self.required(kind)]
        self.begin()
        told = self.tell("add", kind, *words, "--source", f"office {key}")
        state = self.state_now(told["record_id"])
        assert (state.kind, state.source) == (kind, f"office {key}")
        self.say(told["record_id"], state)
        return str(told["record_id"])

    def evidence_about(self, record_id: str) -> str:
        """A finding about an area, which can support a step of its life."""
        self.begin()
        words = ["--local-id", f"E{self.number()}", "--finding", "verbal_report", "--hazardous-area", record_id]
        told = self.tell("add", "evidence", *words, "--source", "team 3")
        self.say(told["record_id"], self.state_now(told["record_id"]))
        self.touch(record_id)
        return str(told["record_id"])

    # Files -----------------------------------------------------------------------------------------------------------

    def file(self, text: str) -> Path:
        path = self.folder / f"f{self.number()}.csv"
        path.write_text(text)
        return path

    def take(self, path: Path, words: Sequence[object]) -> list[str | None]:
        """Take a file in; the record that each of its rows became, None for one in quarantine."""
        report = self.folder / f"report{self.number()}.csv"
        self.do("import", self.path, path, *words, "--report-csv", report)
        return [row["record_id"] or None for row in csv.DictReader(report.read_text().splitlines())]

    def enter(self, path: Path, words: Sequence[object], became: Sequence[str | None]) -> None:
        """Write an import into the book, and its rows that wait."""
        at = self.head_at()
        rows = [(path.name, row) for row, one in enumerate(became, start=1) if one is None]
        self.book.rows += [(row, True, at) for row in rows]
        told = (str(path), *map(str, words))
        self.book.imports.append(Taken(path.name, self.book.batch, at, tuple(rows), told))

    @rule(kind=st.sampled_from(["suspected", "confirmed", "restricted", "cleared"]), count=st.integers(0, 3),
          lost=st.integers(0, 2), accuracy_m=ACCURACIES, sight=SIGHTS, day=DAYS)  # fmt: skip
    def take_a_file_in(
        self, kind: str, count: int, lost: int, accuracy_m: float | None, sight: str, day: date | None
    ) -> None:
        if not count + lost:
            return
        cells = [self.cell() for _ in range(count)]
        rows = [(f"K{self.number()}", "as found", cell.wkt) for cell in cells]
        rows += [(f"L{self.number()}", "lost", "") for _ in range(lost)]
        path, source = self.file(table(rows)), f"delivery {self.number()}"
        words = ["--as", kind, "--source", source, "--visibility", sight, *said_accuracy(accuracy_m)]
        words += [] if day is None else ["--true-on", day]
        with self.nothing_changes():
            self.do("import", self.path, path, *words, "--dry-run")
            self.do("import", self.path, path, *words, "--preview")
        self.begin()
        became = self.take(path, words)
        for record_id, cell, (key, note, _) in zip(became, cells, rows, strict=False):
            assert record_id is not None
            about = text_of({"local_id": key, "note": note})
            state = State(kind, outline_of(cell), accuracy_m, about, source, sight, STATUS.get(kind), day)
            self.say(record_id, state, None if kind in EVER else day)
        assert became[count:] == [None] * lost
        self.enter(path, words, became)

    @rule(nth=NTH)
    def take_a_file_in_again(self, nth: int) -> None:
        """The same file with the same words: nothing where it stands, and all of it anew where it was taken back."""
        taken = self.pick(self.book.imports, nth)
        if taken is None or "--update-by" in taken.words:
            return
        others = [one for one in self.book.imports if one.words == taken.words]
        began = {one.record_id for one in self.book.said if one.batch in {each.batch for each in others}}
        stand = {record_id for day in self.days() for record_id in self.book.holds(day)}
        undone = all(one.is_undone for one in others)
        if undone and began & stand:
            return  # undone, and put back one by one since: areas would stand twice, which is refused elsewhere
        if (began & stand) or not (began or undone):
            before = self.head()
            assert "nothing was changed" in self.do("import", self.path, *taken.words).out
            assert self.head() == before
            return
        if not began or not undone:
            return  # withdrawn one by one: rows that waited are settled otherwise, which is another test's
        first = {one.record_id: one for one in reversed(self.book.said) if one.batch == others[0].batch}
        path, words = Path(taken.words[0]), taken.words[1:]
        self.begin()
        became = self.take(path, words)
        for record_id, old in zip([one for one in became if one], reversed(first.values()), strict=True):
            self.say(record_id, old.state, old.true_from, old.true_until)
        self.enter(path, words, became)

    def days(self) -> list[date]:
        """Every day on which anything may begin to hold, and the first of all."""
        from tests.every_command.model import FIRST, turns

        return [FIRST, *turns(self.book.said)]

    @rule(nth=NTH, changed=st.integers(1, 3), new=st.integers(0, 2), lost=st.integers(0, 1), day=DAYS)
    def take_a_new_delivery(self, nth: int, changed: int, new: int, lost: int, day: date | None) -> None:
        """Areas that the register holds, some of them drawn anew; those that begin later are known, too.

        A new area is as closed as the most closed of its kind that is known, and at least as the kind usually is.
        """
        known = self.known_by_key("suspected")
        keys = [key for at in range(changed) if (key := self.pick(sorted(known), nth + at)) is not None]
        keys = list(dict.fromkeys(keys))
        drawn = {key: self.cell() for key in keys[:2]}
        if not drawn:
            return
        same = {key: place_of(known[key][1]) for key in keys[2:]}
        rows = [(key, "drawn anew", cell.wkt) for key, cell in drawn.items()]
        rows += [(key, json.loads(known[key][1].attributes).get("note", ""), one.wkt) for key, one in same.items()]
        fresh = {f"K{self.number()}": self.cell() for _ in range(new)}
        rows += [(key, "new", cell.wkt) for key, cell in fresh.items()]
        rows += [(f"L{self.number()}", "lost", "") for _ in range(lost)]
        path, source = self.file(table(rows)), f"delivery {self.number()}"
        words = ["--as", "suspected", "--source", source, "--accuracy-m", "5", "--update-by", "local_id"]
        words += [] if day is None else ["--true-on", str(day)]
        levels = [state.visibility for _, state in self.known() if state.kind == "suspected"]
        level = next(one for one in CLOSED_FIRST if one in ("public", *levels))
        with self.nothing_changes():
            self.do("import", self.path, path, *words, "--dry-run")
        self.begin()
        became = self.take(path, [*words, "--yes"])
        at = dict(zip([key for key, _, _ in rows], became, strict=True))
        for key, cell in {**drawn, **same}.items():
            record_id, before = known[key]
            assert at[key] == record_id, "a record that the register holds was taken in a second time"
            note = next(said for name, said, _ in rows if name == key)
            after = before._replace(outline=outline_of(cell), accuracy_m=5.0)
            after = after.with_attributes({"local_id": key, **({"note": note} if note else {})})
            if after != before or record_id not in self.book.holds(self.today):
                self.say(record_id, after._replace(source=source, data_on=day), day or self.today)
                self.touch(record_id)
        for key, cell in fresh.items():
            about = text_of({"local_id": key, "note": "new"})
            new_id = at[key]
            assert new_id is not None
            self.say(new_id, State("suspected", outline_of(cell), 5.0, about, source, level, "sha", day))
        self.enter(path, [*words, "--yes"], became)

    def known(self) -> Iterator[tuple[str, State]]:
        """Records that hold now, or else are stated to begin later."""
        now = self.book.holds(self.today)
        for record_id in dict.fromkeys(one.record_id for one in self.book.said):
            state = now.get(record_id)
            if state is None:
                present = self.book.present(record_id)
                if present is None or (present.true_until or LATER) <= self.today:
                    continue
                state = present.state
            assert state is not None
            yield record_id, state

    def known_by_key(self, kind: str) -> dict[str, tuple[str, State]]:
        """Areas that are known, by the identifier that one record alone has."""
        found: dict[str, list[tuple[str, State]]] = {}
        for record_id, state in self.known():
            if (key := json.loads(state.attributes).get("local_id")) is not None and state.kind in STATUS:
                found.setdefault(key, []).append((record_id, state))
        return {
            key: many[0]
            for key, many in found.items()
            if len(many) == 1 and many[0][1].kind == kind and many[0][0] not in self.book.tangled
        }

    @rule(nth=NTH)
    def undo_an_import(self, nth: int) -> None:
        """As if the file had never been taken in; what others built on it has to be insisted on."""
        number = nth % len(self.book.imports) if self.book.imports else 0
        if not self.book.imports or self.book.imports[number].is_undone:
            return
        taken = self.book.imports[number]
        own = [one for one in self.book.said if one.batch == taken.batch]
        concerned = list(dict.fromkeys(one.record_id for one in own))
        if self.book.tangled & set(concerned):
            return
        begun = {one for one in concerned if self.book.of(one)[0].batch == taken.batch}
        built_on = any(one in concerned and batch > taken.batch for one, batch in self.book.touched)
        words: list[object] = [number + 1, "--why", "the wrong file"]
        if built_on:
            assert "--force" in self.do("undo-import", self.path, *words, code=3).err
            words.append("--force")
        stood = {one for day in self.days() for one in self.book.holds(day)}
        self.begin()
        told = self.tell("undo-import", *words)
        assert told["withdrawn"] == len(begun & stood)
        for record_id in concerned:
            if record_id in begun:
                if record_id in stood:
                    self.say(record_id, None)
                continue
            unsaid = [one for one in own if one.record_id == record_id]
            for span in self.book.without(record_id, unsaid):
                self.say(record_id, span.state, span.true_from, span.true_until)
            self.touch(record_id)
        waiting, at = set(self.book.waiting()), self.head_at()
        self.book.rows += [(row, False, at) for row in taken.rows if row in waiting]
        taken.is_undone = True
