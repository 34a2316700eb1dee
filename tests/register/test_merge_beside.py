"""What lies beside merged copies comes along: each attachment whole, no entry lost, nothing erased coming back."""

import errno
import hashlib
import io
import os
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box

from merestone.register import (
    Entry,
    Register,
    RegisterBusy,
    RegisterExists,
    RegisterMissing,
    RegisterNotWritable,
    merge,
)
from merestone.register.merging.merge_attachments import merge_attachments
from merestone.register.merging.merge_personal import EntriesDiffer, merge_personal
from merestone.register.merging.staging import staging
from merestone.register.sidecars.attachment_store import AttachmentAltered, AttachmentStore
from merestone.register.sidecars.personal_store import Kept, KeyRefused, PersonalDataErased, PersonalStore, new_key
from merestone.terms import FieldRefused, FileRefused, RecordKind
from tests.register.conftest import Clock

KEY, OLD_KEY = new_key(), new_key()
PERSON = {"full_name": "Example Person Unforgettable", "address": "Nowhere 1"}
Row = tuple[str, bytes | None, str | None, str | None]


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def rows(path: Path) -> list[Row]:
    """The entries of a file, as they lie there; read without our code."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT reference, sealed, erased_at, erased_why FROM kept ORDER BY 1").fetchall()


def files(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its path; read without our code."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def keep(register: Path, *contents: bytes) -> None:
    for content in contents:
        AttachmentStore.beside(register).keep(io.BytesIO(content))


def keep_person(register: Path, key: str = KEY, **data: str) -> Kept:
    with PersonalStore.open(PersonalStore.path_beside(register), key) as store:
        return store.keep({**PERSON, **data})


def erase(register: Path, kept: Kept, why: str = "demanded", at: datetime | None = None) -> None:
    clock = Clock(at or datetime(2026, 5, 3, tzinfo=UTC))
    with PersonalStore.open(PersonalStore.path_beside(register), KEY, clock=clock) as store:
        store.erase(kept.reference, why=why)


def copy_of(register: Path, name: str) -> Path:
    """A copy with all that lies beside it."""
    other = Path(shutil.copy(register, register.with_name(name)))
    if AttachmentStore.beside(register).folder.exists():
        shutil.copytree(AttachmentStore.beside(register).folder, AttachmentStore.beside(other).folder)
    if PersonalStore.path_beside(register).exists():
        shutil.copy(PersonalStore.path_beside(register), PersonalStore.path_beside(other))
    return other


def work(path: Path, hour: int) -> None:
    with (
        Register.open(path, clock=Clock(datetime(2026, 3, 1, hour, tzinfo=UTC))) as register,
        register.batch(by=path.stem, why="w", source="s") as batch,
    ):
        batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))


@pytest.fixture
def pair(register_path: Path) -> tuple[Path, Path, Kept]:
    """Two copies, each with a document and a person of its own beside those of both."""
    keep(register_path, b"a map of both")
    both = keep_person(register_path)
    other = copy_of(register_path, "tablet.gpkg")
    for hour, path in ((8, register_path), (9, other)):
        work(path, hour)
        keep(path, f"a photograph of {path.stem}".encode())
        keep_person(path, full_name=path.stem)
    return register_path, other, both


def test_everything_beside_the_copies_comes_along_in_either_order(pair: tuple[Path, Path, Kept]) -> None:
    one, other, both = pair
    report = merge([one, other], one.with_name("forth.gpkg"), by="m", why="w")
    back = merge([other, one], one.with_name("back.gpkg"), by="m", why="w", keys=[KEY])
    assert (report.attachments.total, report.attachments.added, report.attachments.damaged) == (3, (1, 1), ())
    assert (report.personal.total, report.personal.added, report.personal.erased) == (3, (1, 1), 0)
    assert (report.personal.are_checked, back.personal.are_checked) == (False, True)
    for name in ("forth", "back"):
        found = files(one.with_name(f"{name}.attachments"))
        assert sorted(found.values()) == [b"a map of both", b"a photograph of register", b"a photograph of tablet"]
        assert all(sha(content) == path.replace("/", "") for path, content in found.items())
        assert rows(one.with_name(f"{name}.personal.db")) == sorted(
            set(rows(one.with_name("register.personal.db"))) | set(rows(one.with_name("tablet.personal.db")))
        )
        with PersonalStore.open(one.with_name(f"{name}.personal.db"), KEY) as store:
            assert store.matches(both)
        assert oct(one.with_name(f"{name}.personal.db").stat().st_mode)[-3:] == "600"
    assert not [path for path in one.parent.iterdir() if path.name.startswith(".")]


def test_copies_without_anything_beside_them_get_nothing_beside(register_path: Path) -> None:
    other = copy_of(register_path, "tablet.gpkg")
    merge([register_path, other], register_path.with_name("merged.gpkg"), by="m", why="w")
    assert sorted(path.name for path in other.parent.iterdir()) == ["merged.gpkg", "register.gpkg", "tablet.gpkg"]


# Attachments ---------------------------------------------------------------------------------------------------------


def test_damaged_file_is_named_and_the_good_copy_of_the_other_side_is_taken(pair: tuple[Path, Path, Kept]) -> None:
    one, other, _ = pair
    good, lost = sha(b"a map of both"), sha(b"a photograph of tablet")
    store = AttachmentStore.beside(other)
    store.path_of(good).write_bytes(b"half a m")
    store.path_of(lost).write_bytes(b"")
    for order in ([one, other], [other, one]):
        merged = one.with_name(f"from-{order[0].stem}.gpkg")
        report = merge(order, merged, by="m", why="w").attachments
        told = {(bad.sha256, bad.folder, bad.was_replaced) for bad in report.damaged}
        assert told == {(good, store.folder, True), (lost, store.folder, False)}
        assert sorted(files(merged.with_suffix(".attachments")).values()) == [
            b"a map of both",
            b"a photograph of register",
        ]
        assert report.total == 2
    assert store.path_of(good).read_bytes() == b"half a m", "the copies are only read"


def test_file_that_cannot_be_read_is_damaged_and_not_a_full_disk(tmp_path: Path) -> None:
    one, other = AttachmentStore(tmp_path / "one"), AttachmentStore(tmp_path / "other")
    name = one.keep(io.BytesIO(b"x")).sha256
    other.path_of(name).mkdir(parents=True)
    report = merge_attachments([other, one], AttachmentStore(tmp_path / "merged"))
    assert [(bad.folder, bad.was_replaced) for bad in report.damaged] == [(other.folder, True)]
    assert AttachmentStore(tmp_path / "merged").read(name) == b"x"


def test_too_large_file_stops_the_merge_and_leaves_nothing(pair: tuple[Path, Path, Kept]) -> None:
    one, other, _ = pair
    keep(other, b"x" * 5000)
    before = sorted(one.parent.rglob("*"))
    with pytest.raises(FileRefused, match="larger than 4,999 bytes"):
        merge([one, other], one.with_name("merged.gpkg"), by="m", why="w", largest_bytes=4999)
    assert sorted(one.parent.rglob("*")) == before
    assert merge([one, other], one.with_name("merged.gpkg"), by="m", why="w").attachments.total == 4


def test_what_is_not_named_as_an_attachment_is_left_where_it_is(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path / "one")
    store.keep(io.BytesIO(b"x"))
    (store.folder / ".0123.part").write_bytes(b"left by an interrupted run")
    (store.folder / "ab").mkdir()
    (store.folder / "ab" / "Thumbs.db").write_bytes(b"?")
    assert store.names() == (sha(b"x"),)
    assert merge_attachments([store, store], AttachmentStore(tmp_path / "merged")).total == 1
    assert list(files(tmp_path / "merged").values()) == [b"x"]


def test_keeping_what_is_not_what_was_promised_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(AttachmentAltered, match="restore it"):
        AttachmentStore(tmp_path / "a").keep(io.BytesIO(b"x"), promised=sha(b"y"))
    assert files(tmp_path / "a") == {}


# Personal data -------------------------------------------------------------------------------------------------------


def test_erasure_in_any_copy_wins_for_ever_whichever_is_named_first(pair: tuple[Path, Path, Kept]) -> None:
    one, other, both = pair
    (sealed,) = {row[1] for row in rows(one.with_name("register.personal.db")) if row[0] == both.reference}
    assert sealed is not None
    erase(other, both)
    merged = []
    for order in ([one, other], [other, one]):
        into = one.with_name(f"from-{order[0].stem}.gpkg")
        report = merge(order, into, by="m", why="w").personal
        assert (report.total, report.erased, report.erasures_carried_out) == (2, 1, 1)
        assert dict(zip(order, report.still_held, strict=True)) == {one: 1, other: 0}
        path = PersonalStore.path_beside(into)
        assert sealed not in path.read_bytes()
        with PersonalStore.open(path, KEY) as store, pytest.raises(PersonalDataErased):
            store.read(both.reference)
        merged.append(into)
    assert rows(PersonalStore.path_beside(merged[0])) == rows(PersonalStore.path_beside(merged[1]))
    # The old copy, which still holds it, is merged once more: it does not come back.
    again = one.with_name("again.gpkg")
    assert merge([one, merged[0]], again, by="m", why="w").personal.erasures_carried_out == 1
    assert sealed not in PersonalStore.path_beside(again).read_bytes()


def test_both_erased_it_and_the_earlier_word_stays(pair: tuple[Path, Path, Kept]) -> None:
    one, other, both = pair
    erase(one, both, "later", datetime(2026, 6, 1, tzinfo=UTC))
    erase(other, both, "earlier", datetime(2026, 5, 1, tzinfo=UTC))
    paths = [PersonalStore.path_beside(path) for path in (one, other)]
    for name, order in (("a", paths), ("b", paths[::-1])):
        assert merge_personal(order, one.with_name(name)).erasures_carried_out == 0
        assert [row[3] for row in rows(one.with_name(name)) if row[1] is None] == ["earlier"]


def test_copies_sealed_under_different_keys(pair: tuple[Path, Path, Kept]) -> None:
    one, other, both = pair
    paths = [PersonalStore.path_beside(path) for path in (one, other)]
    with PersonalStore.open(paths[1], (OLD_KEY, KEY)) as store:
        store.seal_anew()
    into = one.with_name("merged.db")
    with pytest.raises(KeyRefused, match=r"register\.personal\.db and .*tablet\.personal\.db") as refused:
        merge_personal(paths, into)
    assert both.reference in str(refused.value)
    assert "Unforgettable" not in str(refused.value)
    with pytest.raises(KeyRefused, match=r"tablet\.personal\.db: .* give also the key under which this copy"):
        merge_personal(paths, into, keys=[KEY])
    with pytest.raises(KeyRefused, match="not a key"):
        merge_personal(paths, into, keys=["secret"])
    assert not into.exists()
    forth = merge_personal(paths, into, keys=[KEY, OLD_KEY])
    back = merge_personal(paths[::-1], one.with_name("back.db"), keys=[KEY, OLD_KEY])
    assert (forth.total, forth.under_older_keys, forth.damaged) == (3, 1, ())
    assert (back.total, back.added) == (3, forth.added[::-1])
    assert rows(into) == rows(one.with_name("back.db"))
    with PersonalStore.open(into, (KEY, OLD_KEY)) as store:
        assert store.matches(both)
        assert store.seal_anew() == 3
    with PersonalStore.open(into, KEY) as store:
        assert store.matches(both)


def test_merged_file_with_entries_under_two_keys_opens_with_either_and_says_what_it_cannot_read(tmp_path: Path) -> None:
    one, other = tmp_path / "one.gpkg", tmp_path / "other.gpkg"
    mine, theirs = keep_person(one), keep_person(other, OLD_KEY)
    into = tmp_path / "merged.db"
    report = merge_personal([PersonalStore.path_beside(path) for path in (one, other)], into)
    assert (report.total, report.are_checked) == (2, False)
    for key, opens, not_this in ((KEY, mine, theirs), (OLD_KEY, theirs, mine)):
        with PersonalStore.open(into, key) as store:
            assert store.matches(opens)
            with pytest.raises(KeyRefused, match=f"{not_this.reference}.*the key of the other copy"):
                store.read(not_this.reference)
            before = rows(into)
            with pytest.raises(KeyRefused):
                store.seal_anew()
            assert rows(into) == before
    with pytest.raises(KeyRefused):
        PersonalStore.open(into, new_key())


def test_damaged_entry_is_named_and_the_other_copys_is_taken(pair: tuple[Path, Path, Kept]) -> None:
    one, other, both = pair
    paths = [PersonalStore.path_beside(path) for path in (one, other)]
    with closing(sqlite3.connect(paths[1])) as connection, connection:
        connection.execute("UPDATE kept SET sealed = x'00' WHERE reference = ?", (both.reference,))
    for name, order in (("a", paths), ("b", paths[::-1])):
        report = merge_personal(order, one.with_name(name), keys=[KEY])
        assert report.damaged == ((both.reference, paths[1]),)
        with PersonalStore.open(one.with_name(name), KEY) as store:
            assert store.matches(both)


def test_different_data_under_one_reference_are_refused_without_a_word_of_them(pair: tuple[Path, Path, Kept]) -> None:
    one, other, both = pair
    paths = [PersonalStore.path_beside(path) for path in (one, other)]
    forged = keep_person(other, full_name="Somebody Else")
    with closing(sqlite3.connect(paths[1])) as connection, connection:
        (sealed,) = connection.execute("SELECT sealed FROM kept WHERE reference = ?", (forged.reference,)).fetchone()
        connection.execute("UPDATE kept SET sealed = ? WHERE reference = ?", (sealed, both.reference))
    with pytest.raises(EntriesDiffer, match=both.reference) as refused:
        merge_personal(paths, one.with_name("merged.db"), keys=[KEY])
    assert "Somebody" not in str(refused.value)
    assert "Unforgettable" not in str(refused.value)


def test_another_file_in_the_place_of_personal_data_is_refused(register_path: Path) -> None:
    other = copy_of(register_path, "tablet.gpkg")
    path = PersonalStore.path_beside(other)
    path.write_text("not a database, only some text that is long enough to be looked at")
    with pytest.raises(FileRefused, match="not a store of personal data"):
        merge([register_path, other], register_path.with_name("merged.gpkg"), by="m", why="w")
    path.unlink()
    shutil.copy(register_path, path)
    with pytest.raises(FileRefused, match="not a store of personal data"):
        merge([register_path, other], register_path.with_name("merged.gpkg"), by="m", why="w")
    path.write_bytes(b"")  # its making was interrupted
    merge([register_path, other], register_path.with_name("merged.gpkg"), by="m", why="w")


def test_change_that_was_interrupted_is_told_and_mended_by_opening(pair: tuple[Path, Path, Kept]) -> None:
    one, other, both = pair
    path = PersonalStore.path_beside(other)
    before = rows(path)
    child = os.fork()
    if child == 0:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE kept SET sealed = NULL")
        connection.execute("CREATE TABLE more AS SELECT randomblob(500000) AS x")  # more than is held in memory
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert path.with_name(f"{path.name}-journal").stat().st_size
    into = one.with_name("merged.gpkg")
    with pytest.raises(FileRefused, match="interrupted; open it once"):
        merge([one, other], into, by="m", why="w")
    with PersonalStore.open(path, KEY) as store:
        assert store.matches(both)
    assert rows(path) == before
    assert merge([one, other], into, by="m", why="w").personal.total == 3


COPY = st.fixed_dictionaries(
    {
        "kept": st.sets(st.integers(0, 5)),
        "erased": st.sets(st.integers(0, 5), max_size=2),
        "files": st.sets(st.integers(0, 5)),
        "damaged": st.sets(st.integers(0, 5), max_size=2),
    }
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(copies=st.lists(COPY, min_size=2, max_size=4), data=st.data(), are_keys_given=st.booleans())
def test_result_is_what_sets_say_in_any_order_and_in_any_pairs(
    people: list[Row], copies: list[dict[str, set[int]]], data: st.DataObject, are_keys_given: bool
) -> None:
    keys = [KEY] if are_keys_given else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stores, paths = [], []
        for number, copy in enumerate(copies):
            store = AttachmentStore(folder / f"files{number}")
            for one in copy["files"]:
                kept = store.keep(io.BytesIO(b"%d" % one))
                if one in copy["damaged"]:
                    store.path_of(kept.sha256).write_bytes(b"damaged")
            stores.append(store)
            path = folder / f"personal{number}.db"
            PersonalStore.open(path, KEY)
            with closing(sqlite3.connect(path)) as connection, connection:
                for one in copy["kept"] | copy["erased"]:
                    row = people[one]
                    gone = (row[0], None, f"2026-01-0{number + 1}", "demanded")
                    connection.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", gone if one in copy["erased"] else row)
            paths.append(path)
        order = data.draw(st.permutations(range(len(copies))))
        merged = merge_attachments([stores[at] for at in order], AttachmentStore(folder / "merged"))
        whole = set().union(*(copy["files"] - copy["damaged"] for copy in copies))
        assert {int(content) for content in files(folder / "merged").values()} == whole
        assert merged.total == len(whole)
        wanted_bad = sorted(
            (sha(b"%d" % n), at) for at, copy in enumerate(copies) for n in copy["files"] & copy["damaged"]
        )
        assert sorted((bad.sha256, int(bad.folder.name[-1])) for bad in merged.damaged) == wanted_bad

        report = merge_personal([paths[at] for at in order], folder / "merged.db", keys=keys)
        erased = set().union(*(copy["erased"] for copy in copies))
        kept_by = [copy["kept"] - copy["erased"] for copy in copies]
        held = set().union(*kept_by) - erased
        found = rows(folder / "merged.db")
        assert {row for row in found if row[1] is not None} == {people[one] for one in held}
        first = {one: min(at for at, copy in enumerate(copies) if one in copy["erased"]) for one in erased}
        assert {row for row in found if row[1] is None} == {
            (people[one][0], None, f"2026-01-0{first[one] + 1}", "demanded") for one in erased
        }
        assert (report.total, report.erased) == (len(held), len(erased))
        assert report.erasures_carried_out == len(erased & set().union(*kept_by))
        assert report.still_held == tuple(len(kept_by[at] & erased) for at in order)

        so_far = paths[order[0]]
        for step, at in enumerate(order[1:]):
            merge_personal([so_far, paths[at]], folder / f"step{step}.db", keys=keys)
            if (folder / f"step{step}.db").exists():
                so_far = folder / f"step{step}.db"
        assert rows(so_far) == found


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    path = tmp_path_factory.mktemp("people") / "p.db"
    with PersonalStore.open(path, KEY) as store:
        for number in range(6):
            store.keep({"full_name": f"Example {number}"})
    return rows(path)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(copies=st.lists(COPY, min_size=2, max_size=3), data=st.data())
def test_whole_merge_is_the_same_in_any_order(
    blank_register: Path, people: list[Row], copies: list[dict[str, set[int]]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, paths = Path(name), []
        for number, copy in enumerate(copies):
            path = Path(shutil.copy(blank_register, folder / f"copy{number}.gpkg"))
            for _ in copy["kept"]:
                work(path, 8 + number)
            keep(path, *(b"%d" % one for one in copy["files"]))
            with closing(sqlite3.connect(PersonalStore.path_beside(path))) as connection, connection:
                connection.execute("CREATE TABLE kept (reference PRIMARY KEY, sealed, erased_at, erased_why)")
                held = [people[one] for one in copy["kept"] - copy["erased"]]
                gone: list[Row] = [
                    (people[one][0], None, f"2026-01-0{number + 1}", "demanded") for one in copy["erased"]
                ]
                connection.executemany("INSERT INTO kept VALUES (?, ?, ?, ?)", held + gone)
            paths.append(path)
        wanted = None
        for number, order in enumerate((paths, data.draw(st.permutations(paths)))):
            merge(order, folder / f"merged{number}.gpkg", by="m", why="w")
            found = state_of(folder / f"merged{number}.gpkg")
            assert wanted in (None, found)
            wanted = found


# All or nothing ------------------------------------------------------------------------------------------------------


def state_of(path: Path) -> tuple[list[str], dict[str, bytes], list[Row]]:
    """What a merged register and the files beside it say."""
    with Register.open(path, read_only=True) as register:
        assert register.verify().is_sound
        events = [event.chain for event in register.events()]
    return events, files(AttachmentStore.beside(path).folder), rows(PersonalStore.path_beside(path))


def killed_after(steps: int, copies: Sequence[Path], into: Path) -> bool:
    """Merge in a process that is killed at its so manieth look at a file; whether it was."""
    child = os.fork()
    if child == 0:
        left = steps
        mine = str(into.parent)

        def hook(event: str, given: tuple[object, ...]) -> None:
            nonlocal left
            if event.startswith(("open", "os.", "sqlite3.connect", "fcntl", "shutil")) and mine in str(given):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(hook)
            merge(copies, into, by="m", why="w")
            os._exit(0)
        except BaseException:  # a forked test must not run on
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def kill_and_run_again(pair: tuple[Path, Path, Kept], every: int) -> int:
    one, other, both = pair
    erase(other, both)
    into = one.with_name("merged.gpkg")
    merge([one, other], one.with_name("wanted.gpkg"), by="m", why="w")
    wanted, copies = state_of(one.with_name("wanted.gpkg")), (state_of(one), state_of(other))
    steps = 0
    while killed_after(steps, [one, other], into):
        if into.exists():
            assert state_of(into) == wanted, f"half a register after {steps} steps"
            with pytest.raises(RegisterExists, match=r"it is whole|already exists here"):
                merge([one, other], into, by="m", why="w")
        else:
            killed_after(steps // 2, [other, one], into)  # once more, before it can be finished
            if not into.exists():
                merge([other, one], into, by="m", why="w")
        assert state_of(into) == wanted
        assert not into.with_name(".merged.gpkg.merging").exists()
        assert (state_of(one), state_of(other)) == copies
        into.unlink()
        PersonalStore.path_beside(into).unlink()
        shutil.rmtree(AttachmentStore.beside(into).folder)
        steps += every
    assert state_of(into) == wanted
    return steps


@pytest.fixture(params=[True, False], ids=["hard links", "a stick without hard links"])
def has_links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: object, *_: object) -> None:
        raise OSError(errno.EPERM, "this file system has no hard links", str(source))

    if not request.param:
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("has_links")
def test_merge_that_is_killed_is_whole_or_not_there_and_can_be_run_again(pair: tuple[Path, Path, Kept]) -> None:
    assert kill_and_run_again(pair, every=17) > 50


@pytest.mark.slow
@pytest.mark.usefixtures("has_links")
def test_merge_that_is_killed_at_every_step_is_whole_or_not_there(pair: tuple[Path, Path, Kept]) -> None:
    assert kill_and_run_again(pair, every=1) > 50


@pytest.mark.parametrize("largest", [0, 3_000, 20_000, 60_000, 110_000])
def test_full_disk_is_told_and_leaves_nothing(pair: tuple[Path, Path, Kept], largest: int) -> None:
    one, other, _ = pair
    keep(other, os.urandom(100_000))
    before = sorted(one.parent.rglob("*"))
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))  # no file can grow beyond it
        try:
            merge([one, other], one.with_name("merged.gpkg"), by="m", why="w")
        except RegisterNotWritable:
            os._exit(0)
        except BaseException:
            os._exit(1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert one.stat().st_size > 110_000, "so that the largest limit lets the attachment pass, and not the register"
    assert sorted(one.parent.rglob("*")) == before


def test_folder_that_does_not_exist_is_told(pair: tuple[Path, Path, Kept]) -> None:
    one, other, _ = pair
    with pytest.raises(RegisterMissing, match="its folder is not there"):
        merge([one, other], one.parent / "nowhere" / "merged.gpkg", by="m", why="w")


@pytest.mark.parametrize("taken", ["merged.gpkg", "merged.attachments", "merged.personal.db"])
def test_taken_name_is_refused_and_what_stands_there_is_not_touched(
    pair: tuple[Path, Path, Kept], taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = pair
    into, stranger = one.with_name("merged.gpkg"), one.with_name(taken)
    stranger.write_text("somebody's own")
    before = sorted(one.parent.iterdir())
    with pytest.raises(RegisterExists):
        merge([one, other], into, by="m", why="w")
    stranger.unlink()
    # The same, but the name is taken at the last moment: what was moved by then is taken back.
    with staging(into) as stage:
        for path in (stage.register, stage.personal):
            path.write_text("ours")
        stage.attachments.mkdir()
        stranger.write_text("somebody's own")
        with pytest.raises(RegisterExists):
            stage.place()
    assert stranger.read_text() == "somebody's own"
    assert sorted(one.parent.iterdir()) == before


def test_second_merge_into_one_name_waits_for_nobody_and_breaks_nothing(pair: tuple[Path, Path, Kept]) -> None:
    one, other, _ = pair
    into = one.with_name("merged.gpkg")
    with staging(into) as stage:
        stage.register.write_text("being made")
        with pytest.raises(RegisterBusy, match="another process"):
            merge([one, other], into, by="m", why="w")
        assert stage.register.read_text() == "being made"
    merge([one, other], into, by="m", why="w")


def test_name_that_would_share_a_copys_files_is_refused(pair: tuple[Path, Path, Kept]) -> None:
    one, other, _ = pair
    with pytest.raises(FieldRefused, match="last full stop"):
        merge([one, other], one.with_suffix(".merged"), by="m", why="w")
