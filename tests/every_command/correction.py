"""Rules for what is put right, and for the steps of an area's life."""

import json
from datetime import date

import shapely
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.every_command.driver import LATER
from tests.every_command.intake import ACCURACIES, CLOSED_FIRST, DAYS, NTH, SIGHTS, STATUS, Intake, said_accuracy
from tests.every_command.model import Said, State, outline_of, place_of, text_of

STEPS = {
    "sha": ("in_work", "cha"),
    "cha": ("in_work", "sha"),
    "in_work": ("sha", "cha", "reduced", "cleared"),
    "cancelled": ("handed_over", "reopened"),
    "reduced": ("handed_over", "reopened"),
    "cleared": ("handed_over", "reopened"),
    "handed_over": ("reopened",),
    "reopened": ("in_work", "cha"),
}
"""Some steps of the packaged table."""
LAYER = {"sha": "suspected", "cha": "confirmed", "reduced": "reduced", "cleared": "cleared"}


class Correction(Intake):
    """What is said otherwise of a record that is held."""

    @rule(nth=NTH, day=DAYS, until=DAYS)
    def withdraw_a_record(self, nth: int, day: date | None, until: date | None) -> None:
        record_id = self.pick(self.areas(), nth)
        if record_id is None or (until is not None and until <= (day or date.min)):
            return
        words: list[object] = ["--why", "typed twice", "--source", "office"]
        words += [] if day is None else ["--from", day]
        words += [] if until is None else ["--until", until]
        self.begin()
        self.tell("withdraw", record_id, *words)
        self.say(record_id, None, day, until)

    @rule(nth=NTH)
    def put_a_record_back(self, nth: int) -> None:
        """All that the last withdrawal took away holds again, on all days."""
        candidates = []
        for record_id in dict.fromkeys(one.record_id for one in self.book.said):
            withdrawals = [one for one in self.book.of(record_id) if one.state is None]
            for at in range(len(withdrawals) - 1, -1, -1):
                spans = [one for one in self.book.without(record_id, withdrawals[at:]) if one.state is not None]
                if spans and record_id not in self.book.tangled:
                    candidates.append((record_id, spans))
                    break
        chosen = self.pick(candidates, nth)
        if chosen is None:
            return
        record_id, spans = chosen
        self.begin()
        self.tell("revise", record_id, "--restore", "--why", "it was another one")
        for span in spans:
            self.say(record_id, span.state, span.true_from, span.true_until)
        self.touch(record_id)

    @rule(nth=NTH, accuracy_m=ACCURACIES, sight=SIGHTS, day=DAYS, what=st.integers(1, 31))
    def revise_a_record(self, nth: int, accuracy_m: float | None, sight: str, day: date | None, what: int) -> None:
        record_id = self.pick(self.areas(), nth)
        said = None if record_id is None else self.book.present(record_id)
        if record_id is None or said is None or said.state is None:
            return
        words: list[object] = []
        state = said.state
        if what & 1:
            place = self.cell() if place_of(state).geom_type != "Point" else self.cell().centroid
            words += ["--wkt", place.wkt]
            state = state._replace(outline=outline_of(place))
        if what & 2:
            words += said_accuracy(accuracy_m)
            state = state._replace(accuracy_m=accuracy_m)
        if what & 4:
            words += ["--set", f"note=number {self.number()}"]
            state = state.with_attributes({"note": f"number {self.numbers}"})
        if what & 8:
            words += ["--visibility", sight, "--source", "second survey"]
            state = state._replace(visibility=sight, source="second survey")
        if what & 16 and day is not None:
            words += ["--from", day]
        if not words:
            return
        begins = day if what & 16 and day is not None else said.true_from
        words += ["--why", "measured again"]
        if begins is not None and (begins > self.today or begins >= (said.true_until or LATER)):
            self.do("revise", self.path, record_id, *words, code=3)
            return
        self.begin()
        self.tell("revise", record_id, *words)
        self.say(record_id, state, begins, said.true_until)
        self.touch(record_id)

    @rule(nth=NTH, how=st.sampled_from(["without_place", "no_record", "taken_otherwise"]))
    def settle_a_row(self, nth: int, how: str) -> None:
        row = self.pick(self.book.waiting(), nth)
        if row is None:
            return
        words: list[object] = ["--file", row[0], "--row", row[1], "--as", how, "--why", "somebody looked"]
        place = self.cell()
        if how == "taken_otherwise":
            words += ["--wkt", place.wkt, "--accuracy-m", 50]
        self.begin()
        told = self.tell("settle", *words)
        self.book.rows.append((row, False, self.head_at()))
        if told["record_id"] is not None:
            state = self.state_now(told["record_id"])
            assert (state.outline, state.accuracy_m) == (outline_of(place), 50.0)
            self.say(told["record_id"], state)

    @rule(nth=NTH)
    def let_a_row_wait_again(self, nth: int) -> None:
        row = self.pick(self.book.settled(), nth)
        if row is None:
            return
        self.begin()
        self.tell("settle", "--file", row[0], "--row", row[1], "--as", "reopened", "--why", "a witness was found")
        self.book.rows.append((row, True, self.head_at()))

    # An area's life --------------------------------------------------------------------------------------------------

    def on_its_way(self, nth: int, day: date | None) -> tuple[str, Said] | None:
        """An area that has a life, with what is said of it now; those that begin later may step as well."""
        record_id = self.pick(self.areas(*STATUS), nth)
        said = None if record_id is None else self.book.present(record_id)
        return None if record_id is None or said is None else (record_id, said)

    @rule(nth=NTH, along=NTH, day=DAYS)
    def move_an_area(self, nth: int, along: int, day: date | None) -> None:
        found = self.on_its_way(nth, day)
        if found is None:
            return
        record_id, said = found
        assert said.state is not None
        before = str(said.state.status)
        to = STEPS[before][along % len(STEPS[before])]
        evidence = self.evidence_about(record_id)
        words: list[object] = [to, "--evidence", evidence, "--why", "task 12", "--source", "operations"]
        words += [] if day is None else ["--on", day]
        on = day or self.today
        if not self.may_change(said, on):
            assert "present status" in self.do("move", self.path, record_id, *words, code=3).err
            return
        self.begin()
        self.tell("move", record_id, *words)
        kind = LAYER.get(to, said.state.kind)
        if to == "reopened":
            kind = "suspected"
        if to in ("in_work", "reopened") and said.state.kind in ("suspected", "confirmed"):
            kind = said.state.kind
        self.say(record_id, said.state._replace(status=to, kind=kind), on)
        self.touch(record_id)

    def may_change(self, said: Said, on: date) -> bool:
        """Whether the state stands on the day for good, or later, where nothing was said of a day from today on."""
        mine = self.book.of(said.record_id)
        if on >= self.today and not any(one.speaks_of(on) for one in mine):
            on = min((one.true_from for one in mine if one.true_from is not None and one.true_from > on), default=on)
        return self.book.stands_from(said, on)

    @rule(nth=NTH, day=DAYS)
    def divide_an_area(self, nth: int, day: date | None) -> None:
        found = self.on_its_way(nth, day)
        if found is None or found[1].true_until is not None:
            return
        record_id, said = found
        assert said.state is not None
        whole = place_of(said.state)
        west, south, east, north = whole.bounds
        if whole.geom_type != "Polygon":
            return
        middle = (west + east) / 2
        halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
        cut = [half.intersection(whole) for half in halves]
        if any(half.geom_type != "Polygon" for half in cut):
            return
        parts = self.folder / f"halves{self.number()}.geojson"
        geometries = [shapely.geometry.mapping(half) for half in cut]
        features = [{"type": "Feature", "properties": {}, "geometry": one} for one in geometries]
        parts.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        words: list[object] = ["--parts", parts, "--why", "two tasks", "--source", "operations"]
        words += [] if day is None else ["--on", day]
        on = day or self.today
        if not self.may_change(said, on):
            self.do("divide", self.path, record_id, *words, code=3)
            return
        self.begin()
        became = self.tell("divide", record_id, *words)["became"]
        for new_id, half in zip(became, cut, strict=True):
            self.say(new_id, self.heir(said, outline_of(half)), on)
        self.say(record_id, None, on)
        self.touch(record_id)

    def heir(self, said: Said, outline: bytes | None) -> State:
        state = said.state
        assert state is not None
        return state._replace(outline=outline, source="operations", data_on=state.data_on or said.at.date())

    @rule(nth=NTH, other=NTH)
    def join_areas(self, nth: int, other: int) -> None:
        found = self.on_its_way(nth, None)
        if found is None or found[1].true_until is not None:
            return
        first_id, first = found
        assert first.state is not None
        like = [
            (record_id, said)
            for record_id in self.areas(first.state.kind)
            if (said := self.book.present(record_id)) is not None
            and said.state is not None
            and said.state.status == first.state.status
            and said.true_until is None
            and record_id != first_id
        ]
        chosen = self.pick(like, other)
        if chosen is None:
            return
        second_id, second = chosen
        assert second.state is not None
        words = ["--why", "one field", "--source", "operations"]
        if not (self.may_change(first, self.today) and self.may_change(second, self.today)):
            self.do("join", self.path, first_id, second_id, *words, code=3)
            return
        self.begin()
        became = self.tell("join", first_id, second_id, *words)["record_id"]
        one, two = self.heir(first, None), self.heir(second, None)
        mine, theirs = json.loads(one.attributes), json.loads(two.attributes)
        assert one.data_on is not None
        assert two.data_on is not None
        outlines = [shapely.from_wkb(each.state.outline) for each in (first, second) if each.state is not None]
        accuracies = (one.accuracy_m, two.accuracy_m)
        joined = one._replace(
            outline=outline_of(shapely.union_all(outlines)),
            accuracy_m=None if None in accuracies else max(each for each in accuracies if each is not None),
            attributes=text_of({name: value for name, value in mine.items() if theirs.get(name) == value}),
            visibility=min((one.visibility, two.visibility), key=CLOSED_FIRST.index),
            data_on=min(one.data_on, two.data_on),
        )
        self.say(became, joined, self.today)
        for record_id in (first_id, second_id):
            self.say(record_id, None, self.today)
            self.touch(record_id)
