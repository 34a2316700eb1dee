"""Rules for what lies beside the register, for backups, and for copies that go on apart and come together."""

import hashlib
import json
import shutil
from pathlib import Path

import shapely
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.every_command.correction import Correction
from tests.every_command.driver import contents
from tests.every_command.intake import NTH
from tests.every_command.model import Book, differing_days, outline_of

BESIDE = (".attachments", ".personal.db", ".accounts.json")
"""What backups carry; the keys of alerts they do not."""


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.stem + suffix)


class Beside(Correction):
    """Attachments, people hurt, accounts, the public's table; backups and copies."""

    @rule(nth=NTH)
    def attach_a_document(self, nth: int) -> None:
        record_id = self.pick(self.areas(), nth)
        if record_id is None:
            return
        photograph = self.folder / f"photo{self.number()}.bin"
        photograph.write_bytes(f"a photograph {self.numbers}".encode() * 50)
        self.begin()
        told = self.tell("attach", "add", record_id, photograph, "--why", "a sketch", "--source", "team 3")
        assert told["sha256"] == hashlib.sha256(photograph.read_bytes()).hexdigest()
        self.book.attached[told["sha256"]] = record_id
        self.say(told["attachment_id"], self.state_now(told["attachment_id"]))
        self.touch(record_id)
        self.look_at_the_attachments(nth)

    @rule(nth=NTH)
    def look_at_the_attachments(self, nth: int) -> None:
        listed = self.tell("attach", "list")["attachments"]
        assert {one["sha256"]: one["record_ids"] for one in listed} == {
            sha256: [record_id] for sha256, record_id in self.book.attached.items()
        }
        assert self.tell("attach", "check")["is_whole"]
        sha256 = self.pick(list(self.book.attached), nth)
        if sha256 is not None:
            output = self.folder / f"taken{self.number()}.bin"
            self.do("attach", "get", self.path, sha256, "-o", output)
            assert hashlib.sha256(output.read_bytes()).hexdigest() == sha256

    # People ----------------------------------------------------------------------------------------------------------

    def key(self) -> Path:
        path = self.folder / "programme.key"
        if not path.exists():
            self.do("person", "key", path)
        return path

    @rule()
    def record_a_person_hurt(self) -> None:
        name = f"Nemo Exercise {self.number()}"
        person = self.folder / "person.json"
        about = {"accident": self.linked("accident"), "outcome": "injured", "consent": "given"}
        person.write_text(json.dumps({**about, "full_name": name}))
        self.begin()
        words = [person, "--key-file", self.key(), "--why", "report 7", "--source", "hospital"]
        record_id = self.tell("person", "add", *words)["record_id"]
        self.book.people[record_id] = name
        self.say(record_id, self.state_now(record_id))
        self.look_at_a_person(len(self.book.people) - 1)

    @rule(nth=NTH)
    def look_at_a_person(self, nth: int) -> None:
        record_id = self.pick(list(self.book.people), nth)
        if record_id is None:
            return
        told = self.tell("person", "show", record_id, "--key-file", self.key())
        assert told.get("full_name") == self.book.people[record_id]
        assert told["is_erased"] is (self.book.people[record_id] is None)
        for name in filter(None, self.book.people.values()):
            assert name.encode() not in self.path.read_bytes()
            assert name.encode() not in beside(self.path, ".personal.db").read_bytes()

    @rule(nth=NTH)
    def erase_a_person(self, nth: int) -> None:
        """The one thing that is meant to be lost: the personal data, and nothing else."""
        record_id = self.pick([one for one, name in self.book.people.items() if name is not None], nth)
        if record_id is not None:
            words = ["--key-file", self.key(), "--why", "letter 12"]
            self.do("person", "erase", self.path, record_id, *words)
            self.book.people[record_id] = None

    # Who may sign in, and what the public reads ----------------------------------------------------------------------

    @rule(nth=NTH, what=st.sampled_from(["add", "password", "close"]))
    def change_an_account(self, nth: int, what: str) -> None:
        name = self.pick([one for one, is_closed in self.book.accounts.items() if not is_closed], nth)
        if what == "add" or name is None:
            name = f"anna{self.number()}"
            words = ["--role", "surveyor", "--organisation", "Org 1", "--hub", "north", "--password-file", "-"]
            self.do("account", "add", self.path, name, *words, stdin="a long password 1\n")
            self.book.accounts[name] = False
        elif what == "password":
            self.do("account", "password", self.path, name, "--password-file", "-", stdin="another password 2\n")
        else:
            self.do("account", "close", self.path, name)
            self.book.accounts[name] = True
        lines = self.do("account", "list", self.path).out.splitlines()
        assert {line.split(":")[0]: line.endswith("; closed") for line in lines} == self.book.accounts

    @rule()
    def choose_what_the_public_reads(self) -> None:
        source = f"Mine Action Centre {self.number()}"
        self.begin()
        self.tell("public", "--source", source)
        self.book.public_source = source
        assert self.tell("public")["public_source"] == source

    @rule()
    def warn_the_public(self) -> None:
        """Three people declare, approve, return and publish an alert, correct it, and end it."""
        number = self.number()
        people = {role: f"{role}{number}" for role in ("surveyor", "approver", "publisher")}
        for role, name in people.items():
            words = ["--role", role, "--organisation", "Org 1", "--hub", "north", "--password-file", "-"]
            self.do("account", "add", self.path, name, *words, stdin="a long password 1\n")
            self.book.accounts[name] = False
        self.begin()
        self.tell("alert", "authority", "--sender", "alerts@mines.example.org", "--name", "Centre")
        area = self.folder / f"forest{number}.geojson"
        area.write_text(json.dumps(shapely.geometry.mapping(self.cell())))

        def step(command: str, role: str, *words: object) -> str:
            self.begin()
            told = self.tell("alert", command, *words, "--as", people[role], "--why", "forest")
            self.say(told["alert_id"], self.state_now(told["alert_id"]))
            return str(told["alert_id"])

        def publish(alert_id: str) -> None:
            for command, role in (("approve", "approver"), ("publish", "publisher")):
                step(command, role, alert_id)

        first = step("declare", "surveyor", "--reason", "decree", "--area-name", "Forest", "--area", area)
        assert "Forest" in self.tell("alert", "show", first, "--lang", "lt")["headline"]
        step("approve", "approver", first)
        step("return", "publisher", first)
        publish(first)
        publish(second := step("update", "surveyor", first, "--area-name", "Forest road"))
        step("drop", "surveyor", step("cancel", "surveyor", second, "--reason", "withdrawal"))
        publish(last := step("cancel", "surveyor", second))
        listed = self.tell("alert", "list", "--published")
        assert [one["alert_id"] for one in listed[:3]] == [last, second, first]
        assert not any(one["is_in_force"] for one in listed)
        public = self.folder / f"public{number}"
        self.do("alert", "export", self.path, public, "--base", "https://mines.example.org")
        expected = {"alerts", "alert-files", "alerts.atom", "alerts.rss", "alerts.geojson", ".merestone-files.json"}
        assert {path.name for path in public.iterdir()} == expected

    # Backups ---------------------------------------------------------------------------------------------------------

    @rule()
    def go_on_from_a_backup(self) -> None:
        """The register is lost; what was restored is all of it, with what lay beside it."""
        backup, restored = self.folder / f"backup{self.number()}.gpkg", self.folder / f"again{self.number()}.gpkg"
        before = contents(self.folder)
        self.tell("backup", "-o", backup)
        assert before.items() <= contents(self.folder).items(), "a backup changed what it copied"
        self.do("restore", backup, "-o", restored)
        for suffix in BESIDE:
            if suffix != ".personal.db" and beside(self.path, suffix).exists():
                assert tree(beside(restored, suffix)) == tree(beside(self.path, suffix))
        lost, self.path = self.path, restored
        self.seen[restored] = self.seen.get(lost, self.head())
        for path in (lost, backup):
            path.unlink()
            for suffix in BESIDE:
                remove(beside(path, suffix))

    # Copies ----------------------------------------------------------------------------------------------------------

    @rule(one=NTH, other=NTH, acts=st.tuples(st.integers(0, 3), st.integers(0, 3)), take=st.integers(0, 1))
    def two_copies_go_on_apart(self, one: int, other: int, acts: tuple[int, int], take: int) -> None:
        """Both change something, perhaps the same area; then they are merged, and what differs is decided."""
        office, book = self.path, self.book
        tablet, merged = self.folder / f"tablet{self.number()}.gpkg", self.folder / f"merged{self.number()}.gpkg"
        shutil.copy(office, tablet)
        for suffix in BESIDE:
            if beside(office, suffix).is_dir():
                shutil.copytree(beside(office, suffix), beside(tablet, suffix))
            elif beside(office, suffix).exists():
                shutil.copy(beside(office, suffix), beside(tablet, suffix))
        books: list[Book] = []
        for path, nth, act in ((office, one, acts[0]), (tablet, other, acts[1])):
            self.path, self.book = path, book.copy()
            self.book.batch += 1000 * len(books)  # so that no two batches have one number
            self.act_on_a_copy(nth, act)
            books.append(self.book)
        keys = ["--key-file", self.key()] if book.people else []
        copies = [office, tablet] if take else [tablet, office]
        self.do("merge", *copies, "-o", merged, "--why", "back from the field", *keys)
        self.path, self.book = merged, together(book, books[0], books[1])
        if beside(office, ".accounts.json").exists():
            shutil.copy(beside(office, ".accounts.json"), beside(merged, ".accounts.json"))
        changed = [{said.record_id for said in each.said[len(book.said) :]} for each in books]
        apart = [one for one in sorted(changed[0] & changed[1]) if list(differing_days(books[0], books[1], one))]
        assert sorted(self.tell("conflicts")["conflicts"]) == apart
        for record_id in apart:
            self.decide(record_id, books[take], ("office", "tablet")[take])
        self.book.tangled |= changed[0] & changed[1]
        assert self.tell("conflicts") == {"conflicts": [], "table_conflicts": []}
        self.begin()

    def act_on_a_copy(self, nth: int, act: int) -> None:
        """One of the corrections, by somebody whose name says which copy it was."""
        if act == 0:
            self.add_a_record("suspected", 5.0, "restricted", None)
        elif act == 1:
            self.withdraw_a_record(nth, None, None)
        elif act == 2:
            self.revise_a_record(nth, 40.0, "restricted", None, 3)
        else:
            self.attach_a_document(nth)

    def decide(self, record_id: str, book: Book, name: str) -> None:
        """Until somebody decides, both sides warn; then the side that was taken holds, on all days."""
        sides = self.tell("resolve", record_id)["sides"]
        last = book.of(record_id)[-1]
        wanted = [side for side in sides if (side["change"] == "withdrawn") is (last.state is None)]
        seq = wanted[0]["seq"] if len(wanted) == 1 else self.side_of(record_id, book)
        assert seq in {side["seq"] for side in sides}, name
        self.tell("resolve", record_id, "--take", seq, "--why", "looked at both")
        self.book.said = [one for one in self.book.said if one.record_id != record_id] + book.of(record_id)

    def side_of(self, record_id: str, book: Book) -> int:
        """The event that says what a book says last of a record."""
        last = book.of(record_id)[-1].state
        assert last is not None
        events = self.tell("history", record_id)
        import shapely

        return int(
            next(
                event["seq"]
                for event in reversed(events)
                if event["change"] != "conflicted"
                and event["wkt"] is not None
                and outline_of(shapely.from_wkt(event["wkt"])) == last.outline
            )
        )


def together(base: Book, office: Book, tablet: Book) -> Book:
    """What both said since they parted, as one book; of the time between, nothing is asked again."""
    book, since = office.copy(), len(base.said)
    new = sorted([*office.said[since:], *tablet.said[since:]], key=lambda one: one.at)
    book.said = [*base.said, *new]
    book.rows = sorted([*office.rows, *tablet.rows[len(base.rows) :]], key=lambda row: row[2])
    book.attached |= tablet.attached
    book.touched += tablet.touched[len(base.touched) :]
    book.moments = list(base.moments)
    book.batch = tablet.batch
    return book


def tree(path: Path) -> object:
    return contents(path) if path.is_dir() else path.read_bytes()


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
