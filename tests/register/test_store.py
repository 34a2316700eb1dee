"""The file itself: what other programs see in it, and what a failing disk, a kill and a second writer leave of it."""

import errno
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from shapely import Point, box

from merestone.register import (
    Entry,
    NotARegister,
    Register,
    RegisterBusy,
    RegisterNewer,
    RegisterNotReadable,
    RegisterNotWritable,
    RegisterOlder,
)
from merestone.register.events.errors import disk_faults_told
from merestone.register.events.record_timeline import Life, LivesKnown, Word
from merestone.register.events.schema import EVENT, LAYERS, METADATA
from merestone.register.file import _log
from merestone.register.file.opening import REVISION
from merestone.register.write.layer_rows import LAYER_COLUMNS
from merestone.register.write.ledger import EventRow
from merestone.terms import RecordKind
from tests.conftest import missing_engine


def fill(path: Path, count: int = 12) -> None:
    with Register.open(path) as register, register.batch(by="a", why="w", source="s") as batch:
        for i in range(count):
            batch.record(Entry(RecordKind.SUSPECTED, box(i % 100, 0, i % 100 + 1, 1), 25.0, {"name": f"põld {i}"}))
        batch.record(Entry(RecordKind.ACCIDENT, Point(1.5, 2.5)))


# Other programs ------------------------------------------------------------------------------------------------------


def ogrinfo(path: Path, *more: str) -> str:
    """What GDAL, as a client of its own, says of a file; it may not warn."""
    if shutil.which("ogrinfo") is None:
        missing_engine("ogrinfo (Debian's gdal-bin) is not installed")
    ran = subprocess.run(["ogrinfo", "-ro", *more, str(path)], capture_output=True, text=True, check=True)
    assert ran.stderr == "", "GDAL warned"
    return ran.stdout


def counts(path: Path) -> dict[str, int]:
    """The number of features that GDAL finds in each layer."""
    text = ogrinfo(path, "-so", "-al")
    return {
        name: int(count) for name, count in re.findall(r"Layer name: (\S+)\n.*?Feature Count: (\d+)", text, re.DOTALL)
    }


def test_gdal_opens_every_layer_with_the_expected_counts_and_no_warning(register_path: Path) -> None:
    fill(register_path)
    expected = dict.fromkeys((kind.value for kind in RecordKind), 0)
    expected |= {"suspected": 12, "accident": 1, "merestone_event": 14}
    assert counts(register_path) == expected
    suspected = ogrinfo(register_path, "-so", "-al").split("Layer name: ")[1]
    assert "Extent: (0.000000, 0.000000) - (12.000000, 1.000000)" in suspected
    assert 'GEOGCRS["WGS 84"' in suspected


def test_gdal_finds_by_the_spatial_index_what_lies_there(register_path: Path) -> None:
    fill(register_path)
    found = ogrinfo(register_path, "-q", "-spat", "3.2", "0.2", "3.4", "0.4", "-al")
    assert found.count("OGRFeature(suspected)") == 1
    assert "põld 3" in found


def test_gdals_own_checker_finds_the_geopackage_valid(register_path: Path) -> None:
    fill(register_path)
    probe = ["/usr/bin/python3", "-c", "import osgeo_utils.samples.validate_gpkg"]
    if not Path(probe[0]).exists() or subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        missing_engine("GDAL's GeoPackage checker (Debian's python3-gdal) is not installed")
    command = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", str(register_path)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_closed_register_is_one_plain_file_that_opens_where_nobody_can_write(register_path: Path) -> None:
    fill(register_path)
    assert [path.name for path in register_path.parent.iterdir()] == [register_path.name]
    with register_path.open("rb") as file:
        versions = file.read(20)[18:20]
    assert versions == b"\x01\x01", "left in WAL mode, the file could not be read from a read-only medium"


def test_copy_taken_while_the_register_is_open_and_idle_is_readable_by_gdal(register_path: Path) -> None:
    with Register.open(register_path) as register:
        with register.batch(by="a", why="w", source="s") as batch:
            batch.record(Entry(RecordKind.CLEARED, box(0, 0, 1, 1)))
        register.settle()
        copy = Path(shutil.copy(register_path, register_path.with_name("copy.gpkg")))
    assert counts(copy)["cleared"] == 1


# The schema ----------------------------------------------------------------------------------------------------------


def test_migrations_and_tables_agree(register_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{register_path}")
    with engine.connect() as connection:
        found = {
            name: [row.name for row in connection.exec_driver_sql(f"PRAGMA table_info({name})")]
            for name in METADATA.tables
        }
    engine.dispose()
    assert found == {name: list(table.c.keys()) for name, table in METADATA.tables.items()}


def revision(path: Path, text: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (text,))


def test_register_of_a_newer_merestone_is_refused_and_left_alone(register_path: Path) -> None:
    revision(register_path, "9999")
    before = register_path.read_bytes()
    with pytest.raises(RegisterNewer, match=rf"9999.*{REVISION}"):
        Register.open(register_path)
    assert register_path.read_bytes() == before


def make_older(path: Path) -> None:
    """Leave a register as the first form had it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for kind in RecordKind:
            connection.execute(f"ALTER TABLE {kind} DROP COLUMN status")
        connection.execute("DROP TABLE merestone_draft")
    revision(path, "0001")


def test_register_of_an_older_merestone_is_read_by_none_and_upgraded_by_opening_it_for_writing(
    register_path: Path,
) -> None:
    fill(register_path)
    make_older(register_path)
    with pytest.raises(RegisterOlder, match="0001"):
        Register.open(register_path, read_only=True)
    with Register.open(register_path) as register:
        assert register.verify().is_sound
        assert {record.status for record in register.as_of().records} == {"sha", None}
    assert counts(register_path)["suspected"] == 12


def test_geopackage_of_another_program_is_not_taken_for_a_register(tmp_path: Path) -> None:
    other = tmp_path / "other.gpkg"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE areas (fid INTEGER PRIMARY KEY)")
    with pytest.raises(NotARegister, match="import"):
        Register.open(other)


def test_file_with_a_torn_page_is_told_from_a_sound_one(register_path: Path) -> None:
    fill(register_path, 500)
    with register_path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (register_path.stat().st_size - 4096))
    with pytest.raises(NotARegister, match="damaged"):
        Register.open(register_path)


# The disk ------------------------------------------------------------------------------------------------------------


@contextmanager
def disk_that_ends_at(size: int) -> Iterator[None]:
    """A disk that is full: no file of this process may grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_full_disk_is_told_and_leaves_nothing_half_written(register_path: Path) -> None:
    fill(register_path)

    def write_much() -> None:
        with register.batch(by="a", why="w", source="s") as batch:
            for i in range(20_000):
                batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1), attributes={"text": "x" * 100, "n": i}))

    with Register.open(register_path) as register:
        size = register_path.stat().st_size + 200_000
        with disk_that_ends_at(size), pytest.raises(RegisterNotWritable, match="nothing of this batch was kept"):
            write_much()
        assert len(register.as_of().records) == 13
        assert register.verify().is_sound
    fill(register_path)
    with Register.open(register_path, read_only=True) as register:
        assert len(register.as_of().records) == 26


def test_new_register_on_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    with disk_that_ends_at(10_000), pytest.raises(RegisterNotWritable):
        Register.create(tmp_path / "new.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_register_without_the_right_to_write_can_be_read_and_says_why_not_more(register_path: Path) -> None:
    fill(register_path)
    ran = _as_nobody(register_path, "batch")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["13", "RegisterNotWritable"]


_NOBODY = """
import os, sys
from pathlib import Path
path = Path(sys.argv[1])
import merestone.register
from merestone.register import Entry, Register
from merestone.terms import FileRefused, RecordKind
from shapely import box
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
with Register.open(path, read_only=True) as register:
    print(len(register.as_of().records))
try:
    with Register.open(path) as register, register.batch(by="a", why="w", source="s") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))
except FileRefused as refused:
    print(type(refused).__name__)
"""


def _as_nobody(path: Path, what: str) -> subprocess.CompletedProcess[str]:
    for folder in path.parents:
        if folder == Path("/tmp") or folder == Path("/"):
            break
        folder.chmod(0o755)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        return subprocess.run(
            [sys.executable, "-c", _NOBODY, str(path)], capture_output=True, text=True, check=False, env=os.environ
        )
    finally:
        path.parent.chmod(0o755)


# Two at once, and the kill -------------------------------------------------------------------------------------------


def test_writer_waits_for_another_and_neither_loses_its_work(register_path: Path) -> None:
    def write(name: str) -> None:
        with Register.open(register_path) as register:
            for i in range(20):
                with register.batch(by=name, why="w", source="s") as batch:
                    batch.record(Entry(RecordKind.SUSPECTED, box(i, 0, i + 1, 1)))

    threads = [threading.Thread(target=write, args=(f"writer {i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Register.open(register_path, read_only=True) as register:
        assert len(register.as_of().records) == 80
        assert {event.by for event in register.events(after=1)} == {f"writer {i}" for i in range(4)}
        assert register.verify().is_sound


def test_writer_that_waited_too_long_is_told_and_kept_nothing(register_path: Path) -> None:
    def write_second() -> None:
        with second.batch(by="b", why="w", source="s") as later:
            later.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))

    with Register.open(register_path) as first, Register.open(register_path, wait_s=0.05) as second:
        with first.batch(by="a", why="w", source="s") as batch:
            for _ in range(2500):
                batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))
            with pytest.raises(RegisterBusy, match="another process"):
                write_second()
        assert len(second.as_of().records) == 2500


def test_reader_sees_one_state_while_another_writes(register_path: Path) -> None:
    with Register.open(register_path) as writer, Register.open(register_path, read_only=True) as reader:
        with writer.batch(by="a", why="w", source="s") as batch:
            for _ in range(2500):
                batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))
            assert reader.as_of().records == ()
        assert len(reader.as_of().records) == 2500


def _write_until_killed(path: Path, told: int, batch_size: int, writer: str) -> None:
    """Write batch after batch, telling of each that was kept, as a process of its own."""
    outlines = [box(i, 0, i + 1, 1) for i in range(batch_size)]
    with Register.open(path) as register:
        os.write(told, b".")
        while True:
            with register.batch(by=writer, why="w", source="s", file_name="a file") as batch:
                for outline in outlines:
                    batch.record(Entry(RecordKind.SUSPECTED, outline))
            os.write(told, b".")


@contextmanager
def writer_to_be_killed(path: Path, batch_size: int, writer: str) -> Iterator[tuple[int, int]]:
    """The process, which has opened the register, and where one reads what it was told; killed by the end."""
    reads, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            _write_until_killed(path, tells, batch_size, writer)
        finally:
            os._exit(1)
    os.close(tells)
    try:
        assert os.read(reads, 1) == b"."
        yield child, reads
    finally:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reads)
        assert os.WTERMSIG(status) == signal.SIGKILL, "it ended by itself"


def acknowledged(reads: int) -> int:
    """How many batches a killed writer had been told of."""
    count = 0
    while told := os.read(reads, 10_000):
        count += len(told)
    return count


def test_sigkill_at_any_moment_leaves_whole_batches_only(register_path: Path) -> None:
    """Thirty kills, each at another moment; what was acknowledged is there, and of no batch is there a part."""
    kept = 0
    for attempt in range(30):
        with writer_to_be_killed(register_path, 50, "w") as (child, reads):
            time.sleep(0.001 + 0.0017 * attempt)
            os.kill(child, signal.SIGKILL)
            told = acknowledged(reads)
        with Register.open(register_path) as register:
            verification = register.verify()
            imports = register.imports()
        assert verification.is_sound, verification.breaks
        assert verification.rows == verification.records == 50 * len(imports)
        assert len(imports) - kept in (told, told + 1)
        kept = len(imports)
    assert kept > 0, "no batch was ever finished: the kills came too early to show anything"


def test_sigkill_of_eight_writers_under_load_loses_nothing_that_was_acknowledged(register_path: Path) -> None:
    """Each is killed at a moment of its own while the others write on; the register stays in use throughout."""
    size, chance = 3, random.Random(8)
    told: Counter[str] = Counter()
    for round_ in range(3):
        with ExitStack() as stack:
            writers = {
                name: stack.enter_context(writer_to_be_killed(register_path, size, name))
                for name in (f"writer {round_}.{number}" for number in range(8))
            }
            register = stack.enter_context(Register.open(register_path))  # opened after the forks: SQLite bears none
            for writer in chance.sample(sorted(writers), 8):
                time.sleep(chance.uniform(0.0, 0.12))
                child, reads = writers[writer]
                os.kill(child, signal.SIGKILL)
                told[writer] = acknowledged(reads)
                write_one(register)  # the lock is free again
    with Register.open(register_path) as register:
        verification = register.verify()
        by_writer = Counter(event.by for event in register.events(after=1) if event.by in told)
    assert verification.is_sound, verification.breaks
    assert sum(told.values()) > 50, "too few batches were finished: the kills came too early to show anything"
    for writer, batches in told.items():
        whole, rest = divmod(by_writer[writer], size + 1)  # the event that closes the batch comes to its records
        assert rest == 0, f"half a batch of {writer}"
        assert whole in (batches, batches + 1), f"{writer} was told of {batches} batches; {whole} are there"


# The disk confirms before anything is told ---------------------------------------------------------------------------


def write_one(register: Register) -> None:
    with register.batch(by="a", why="w", source="s") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))


def test_disk_is_waited_for_after_the_commit_and_before_the_answer(
    register_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watched(file: int) -> None:
        assert os.readlink(f"/proc/self/fd/{file}") == f"{register_path.resolve()}-wal"
        with Register.open(register_path, read_only=True) as reader:
            seen.append(len(reader.as_of().records))
        os.fdatasync(file)

    with Register.open(register_path) as register:
        monkeypatch.setattr(_log, "_WAIT_FOR_DISK", watched)
        for _ in range(3):
            write_one(register)
    assert seen == [1, 2, 3]


def test_disk_that_does_not_confirm_is_told_unless_the_file_itself_holds_the_change(
    register_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with Register.open(register_path) as register, Register.open(register_path) as reader:
        with monkeypatch.context() as broken:
            broken.setattr(_log, "_WAIT_FOR_DISK", fails)
            broken.setattr(_log.Log, "_is_emptied", lambda _: False)
            with pytest.raises(RegisterNotWritable, match=r"did not confirm.*Input/output error"):
                write_one(register)
        with reader._store.reading() as held_back:  # the log cannot begin anew while somebody still reads from it
            assert held_back.exec_driver_sql("SELECT count(*) FROM suspected").scalar_one() == 1
            register._store._log._holder.execute("PRAGMA busy_timeout = 10")  # type: ignore[union-attr]
            with pytest.raises(RegisterNotWritable, match="an earlier write was lost"):
                write_one(register)
        write_one(register)
        assert register_path.with_name(register_path.name + "-wal").stat().st_size == 0
        assert register.verify().is_sound
        write_one(register)
        assert register_path.with_name(register_path.name + "-wal").stat().st_size > 0


def test_nobody_takes_the_log_away_while_a_writer_has_the_register_open(register_path: Path) -> None:
    other = "import sys; from merestone.register import Register; Register.open(sys.argv[1]).close()"
    with Register.open(register_path) as register:
        Register.open(register_path).close()  # in this process too: it must not drop the lock of the first
        subprocess.run([sys.executable, "-c", other, str(register_path)], check=True, env=os.environ)
        log = register_path.with_name(register_path.name + "-wal")
        assert register._store._log is not None
        assert log.stat().st_ino == os.fstat(register._store._log._file).st_ino
        write_one(register)
    with Register.open(register_path, read_only=True) as register:
        assert len(register.as_of().records) == 1


# Lives remembered between batches ------------------------------------------------------------------------------------


def test_record_changed_by_another_is_not_remembered_as_it_was(register_path: Path) -> None:
    def revise(register: Register) -> int:
        with register.batch(by="a", why="w", source="s") as batch:
            return batch.revise(record_id, Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))

    with Register.open(register_path) as one, Register.open(register_path) as other:
        with one.batch(by="a", why="w", source="s") as batch:
            record_id = batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1)))
        assert [revise(one), revise(other), revise(other), revise(one), revise(other)] == [2, 3, 4, 5, 6]
        assert one.verify().is_sound


def test_change_that_was_taken_back_is_not_remembered(register_path: Path) -> None:
    def revise_thrice_and_fail(register: Register) -> None:
        with register.batch(by="a", why="w", source="s") as batch:
            for _ in range(3):
                batch.revise(record_id, entry)  # each reads the life with the uncommitted change before
            raise ZeroDivisionError

    entry = Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1))
    with Register.open(register_path) as register:
        with register.batch(by="a", why="w", source="s") as batch:
            record_id, other_id = batch.record(entry), batch.record(entry)
        with pytest.raises(ZeroDivisionError):
            revise_thrice_and_fail(register)
        with register.batch(by="a", why="w", source="s") as batch:
            assert batch.revise(other_id, entry) == 2  # its event takes the place that was given back
        with register.batch(by="a", why="w", source="s") as batch:
            assert batch.revise(record_id, entry) == 2
        assert register.verify().is_sound


def test_room_for_lives_is_limited() -> None:
    known = LivesKnown(room=2)
    for name in "abc":
        known.keep({name: Life((Word(1, False, None, None),), (name,), ("suspected",))})
    assert [known.of(name).version for name in "abcd"] == [0, 1, 1, 0]


def test_a_log_that_cannot_be_read_where_it_stands_is_told_as_reading(tmp_path: Path) -> None:
    """2026-11-28: on a read-only medium the words were of a write that the disk refused, though nothing was written.

    That medium is stood in for by what SQLite says there, since root may write to any folder.
    """
    path = tmp_path / "areas.gpkg"
    path.with_name("areas.gpkg-wal").write_bytes(b"x")
    cause = sqlite3.OperationalError("unable to open database file")
    with (
        pytest.raises(
            RegisterNotReadable, match=r"a part of it is in areas\.gpkg-wal.*copy areas\.gpkg and areas\.gpkg-wal"
        ) as told,
        disk_faults_told(path, reading=True),
    ):
        raise cause
    assert "write," not in str(told.value)
    with pytest.raises(RegisterNotWritable, match="refused the write"), disk_faults_told(path):
        raise cause


def test_who_waits_for_another_program_is_told_what_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """2026-11-28: a command on a file that another program held waited 61 s in silence."""
    monkeypatch.setattr("merestone.register.file.store.NOTICE_S", 0.05)
    path = tmp_path / "r.gpkg"
    Register.create(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(RegisterBusy, match=r"another process has locked it.*try again when that one has finished"):
            Register.open(path, read_only=True, wait_s=0.2)
    finally:
        holder.close()
    assert "r.gpkg: another program holds this file; waiting up to 0 s for it" in caplog.text
    with Register.open(path, read_only=True) as register:
        assert register.as_of().records == ()


def test_plain_statements_name_the_columns_of_the_schema() -> None:
    """The ledger writes without SQLAlchemy; its columns are those that the tables have, in their order."""
    assert tuple(column.name for column in EVENT.columns) == EventRow._fields
    for kind, table in LAYERS.items():
        assert tuple(column.name for column in table.columns) == LAYER_COLUMNS
        assert table.name == kind.value
    assert EVENT.name == "merestone_event"
