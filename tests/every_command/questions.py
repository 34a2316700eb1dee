"""Rules for what is asked: answers that the book can give too, files for others, and command lines that are wrong."""

import json

import shapely
from hypothesis import strategies as st
from hypothesis.stateful import rule

from merestone.register import Register
from merestone.terms import RecordKind
from tests.every_command.beside import Beside
from tests.every_command.driver import command_line, states_in
from tests.every_command.intake import NTH
from tests.every_command.model import HAZARDS, State, place_of

EXPORTS = [".geojson", ".gpkg", ".fgb", ".csv"]
FIGURES = (
    "--set m2_per_team_day=250 --set teams=4 --set people_per_team=10 --set days_per_year=180 --source own --draws 20"
)
QUESTIONS = {
    "list": "list REG",
    "imports": "imports REG",
    "quarantine": "quarantine REG --all --raw",
    "conflicts": "conflicts REG",
    "verify": "verify REG",
    "public": "public REG",
    "attach list": "attach list REG",
    "account list": "account list REG",
    "balance": "balance REG",
    "coverage": "coverage REG --area AREA",
}
LONG_QUESTIONS = {
    "burden": f"burden REG {FIGURES}",
    "plan": "plan PLAN --register REG --seconds 1 --plans 20",
    "report": "report donor REG --period 2025 -o OUT.html",
}
"""Those that take long; the random lives leave them to the one that goes through every command."""
MISTAKES = [
    ("withdraw REG AAAA-AAAA-AAAA --why w --source s", 3),
    ("revise REG AAAA-AAAA-AAAA --accuracy-m 5 --why w", 3),
    ("revise REG ID --why w", 2),
    ("revise REG ID --wkt POLYGON --why w", 3),
    ("revise REG ID --accuracy-m 5 --from 2999-01-01 --why w", 3),
    ("revise REG ID --accuracy-m 5 --seen-version 99 --why w", 3),
    ("move REG AAAA-AAAA-AAAA in_work --why w --source s", 3),
    ("move REG ID no_such_state --why w --source s", 3),
    ("divide REG ID --parts LOST --why w --source s", 3),
    ("join REG ID ID --why w --source s", 3),
    ("undo-import REG 99 --why w", 3),
    ("settle REG --file no.csv --all-rows --as no_record --why w", 3),
    ("resolve REG ID --take 1 --why w", 3),
    ("import REG LOST --as suspected --source s --accuracy-m 5", 3),
    ("import REG NOTHING --as suspected --source s --accuracy-m 5", 3),
    ("add suspected REG --local-id X --source s --accuracy-m 5", 3),
    ("add organisation REG --source s", 3),
    ("show REG AAAA-AAAA-AAAA", 3),
    ("attach add REG AAAA-AAAA-AAAA LOST --why w --source s", 3),
    ("attach get REG 00 -o OUT.bin", 3),
    ("person show REG AAAA-AAAA-AAAA --key-file KEY", 3),
    ("account close REG nobody", 3),
    ("backup REG -o REG", 3),
    ("restore LOST -o OUT.gpkg", 3),
    ("merge REG REG -o REG --why w", 3),
    ("merge REG LOST -o OUT.gpkg --why w", 3),
    ("init REG", 3),
    ("export REG -o REG --force", 3),
    ("pack REG -o REG --force", 3),
    ("screen REG --footprints AREA --accuracy-m 5 -o REG --force", 3),
    ("public REG --source", 2),
]


class Questions(Beside):
    """What is asked of the register, and mistakes of whoever types."""

    def words(self, line: str, record_id: str = "") -> list[str]:
        area = self.folder / "asked.geojson"
        if not area.exists():
            area.write_text(json.dumps(shapely.geometry.mapping(shapely.box(17.0, 40.0, 17.3, 40.3))))
            (self.folder / "lost.csv").write_text("not,a\nplace\n")
            (self.folder / "plan.yaml").write_text(command_line("plan", "--example", "x").out)
        names = {"REG": self.path, "AREA": area, "LOST": self.folder / "lost.csv", "ID": record_id}
        names |= {"NOTHING": self.folder / "nothing.csv", "PLAN": self.folder / "plan.yaml"}
        if "KEY" in line.split():
            names["KEY"] = self.key()
        out = str(self.folder / f"out{self.number()}")
        return [str(names.get(word, word)).replace("OUT", out, 1) for word in line.split()]

    @rule(question=st.sampled_from(sorted(QUESTIONS)))
    def ask(self, question: str) -> None:
        words = self.words((QUESTIONS | LONG_QUESTIONS)[question])
        before = self.path.read_bytes()
        done = command_line(*words)
        assert done.code in ((0, 4, 5) if question == "coverage" else (0,)), (words, done)
        type(self).ran[question] += 1
        assert self.path.read_bytes() == before, "a question changed the register"

    @rule(nth=NTH)
    def look_at_a_record(self, nth: int) -> None:
        record_id = self.pick(list(dict.fromkeys(one.record_id for one in self.book.said)), nth)
        if record_id is None:
            return
        events = self.tell("history", record_id)
        if record_id not in self.book.tangled:
            stated = [event["change"] == "withdrawn" for event in events]
            assert stated == [one.state is None for one in self.book.of(record_id)]
        if record_id in self.book.holds(self.today):
            shown = self.tell("show", record_id)
            assert record_id in (shown.get("id"), shown.get("record_id"))

    @rule(nth=NTH)
    def screen_a_place(self, nth: int) -> None:
        """Somewhere that any record ever lay: inside or not, as the book has it."""
        outlines = [one.state.outline for one in self.book.said if one.state is not None and one.state.outline]
        outline = self.pick(outlines, nth)
        place = shapely.Point(10.0, 10.0) if outline is None else shapely.from_wkb(outline).representative_point()
        warned = [state for state in self.book.warned(self.today) if state.outline is not None]
        inside = any(place_of(state).distance(place) < 1e-6 for state in warned)
        far = all(place_of(state).distance(place) > 0.05 for state in warned)
        words = ["--lon", place.x, "--lat", place.y, "--accuracy-m", "1"]
        expected = 4 if inside else 0 if warned else 5  # where no hazard is recorded at all, nothing is told
        if inside or far:
            self.do("screen", self.path, *words, code=expected)
        pack = self.folder / f"hazards{self.number()}.pack"
        self.do("pack", self.path, "--tier", "exact", "-o", pack)
        if inside or far:
            self.do("screen", "--pack", pack, *words, code=expected)

    @rule(ending=st.sampled_from(EXPORTS))
    def hand_everything_on(self, ending: str) -> None:
        """An exact export that another programme imports holds the same; a public one covers it."""
        other = self.folder / f"other{self.number()}.gpkg"
        self.do("init", other)
        shown = {one: state for one, state in self.book.holds(self.today).items() if state.kind in set(RecordKind)}
        for kind in sorted({state.kind for state in shown.values()}):
            exact = self.folder / f"{kind}{self.number()}{ending}"
            self.do("export", self.path, "--layer", kind, "--tier", "exact", "--true-on", self.today, "-o", exact)
            words = ["--as", kind, "--source", "a neighbour", "--accuracy-unknown"]
            self.do("import", other, exact, *words)
        with Register.open(other, read_only=True) as register:
            came = states_in(register, self.today)
        assert sorted(map(essence, came.values())) == sorted(map(essence, shown.values()))
        self.show_the_public()

    def show_the_public(self) -> None:
        public = self.folder / f"public{self.number()}.geojson"
        self.do("export", self.path, "-o", public)
        text = public.read_text()
        features = {one["properties"]["record_id"]: one for one in json.loads(text)["features"]}
        now = self.book.holds(self.today)
        for record_id, state in now.items():
            assert state.source not in text
            if state.kind not in HAZARDS:
                continue
            shown = shapely.geometry.shape(features[record_id]["geometry"])
            assert shown.covers(shapely.from_wkb(state.outline)), "a public hazard contains the true one"

    @rule(nth=NTH, which=st.integers(0, len(MISTAKES) - 1))
    def make_a_mistake(self, nth: int, which: int) -> None:
        line, code = MISTAKES[which]
        record_id = self.pick(self.areas("suspected"), nth)
        if " ID" in line and record_id is None:
            return
        words = self.words(line, record_id or "")
        self.do("form", "activity", "--blank", "-o", self.folder / f"form{self.number()}.csv")
        with self.nothing_changes(but_opened=self.path):
            self.do(*words, code=code)

    def ask_at_length(self) -> None:
        for question in LONG_QUESTIONS:
            self.ask(question)


def essence(state: State) -> tuple[str, bytes, float, str]:
    """What a neighbour's register must hold of a record."""
    assert state.outline is not None
    unstated = -1.0
    return state.kind, state.outline, unstated if state.accuracy_m is None else state.accuracy_m, state.source
