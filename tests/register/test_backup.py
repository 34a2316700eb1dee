"""One file means one file, and a copy of it is whole: backups while others write, and full disks.

2026-11-28, a reviewer with a full disk: `import` ended with code 0, and the copied .gpkg alone was malformed, because
its log, which the close could not empty, stayed beside it without a word.
"""

import resource
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import shapely

from merestone.register import Actor, Entry, NotARegister, Register, RegisterExists, Role, backup
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.register.sidecars.personal_store import PersonalStore, new_key
from merestone.register.sidecars.user_accounts import Accounts
from merestone.terms import RecordKind

SQUARE = shapely.box(17.0, 45.0, 17.01, 45.01)


def record(path: Path, count: int = 1) -> None:
    with Register.open(path) as register, register.batch(by="n", why="w", source="s") as batch:
        for _ in range(count):
            batch.record(Entry(RecordKind.SUSPECTED, SQUARE, 5.0, {"note": "x" * 200}))


def test_a_backup_taken_while_others_write_is_one_state_and_sound(tmp_path: Path) -> None:
    path = tmp_path / "R.gpkg"
    Register.create(path).close()
    record(path, 50)
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            record(path, 7)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reports = [backup(path, tmp_path / f"copy{i}.gpkg") for i in range(5)]
    finally:
        is_over.set()
        writer.join()
    with Register.open(path, read_only=True) as register:
        chains = {event.seq: event.chain for event in register.events()}
    for report in reports:
        assert report.verification.is_sound
        assert (report.verification.records - 50) % 7 == 0, "no half of a batch"
        assert chains[report.verification.events] == report.verification.head
        assert not report.path.with_name(f"{report.path.name}-wal").exists()


def test_what_lies_beside_the_register_comes_along_and_a_restore_gives_it_back(tmp_path: Path) -> None:
    path, kept, back = tmp_path / "R.gpkg", tmp_path / "kept.gpkg", tmp_path / "back.gpkg"
    Register.create(path).close()
    record(path)
    (tmp_path / "photo").write_bytes(b"photo")
    with (tmp_path / "photo").open("rb") as photo:
        sha256 = AttachmentStore.beside(path).keep(photo, name="photo").sha256
    key = new_key()
    PersonalStore.open(PersonalStore.path_beside(path), key).__exit__(None, None, None)
    Accounts.beside(path).add(Actor("Anna", "MAC", "north", frozenset({Role.SURVEYOR})), "four words and more here")
    report = backup(path, kept)
    assert (report.attachments.total, report.has_personal_data, report.has_accounts) == (1, True, True)
    backup(kept, back)
    assert AttachmentStore.beside(back).read(sha256) == b"photo"
    with PersonalStore.open(PersonalStore.path_beside(back), key):
        pass
    assert [one.actor.name for one in Accounts.beside(back).all()] == ["Anna"]
    with Register.open(back, read_only=True) as restored, Register.open(path, read_only=True) as register:
        assert restored.head().chain == register.head().chain
    with pytest.raises(RegisterExists):
        backup(kept, path)


def test_a_damaged_register_gives_no_backup(tmp_path: Path) -> None:
    path = tmp_path / "R.gpkg"
    Register.create(path).close()
    record(path, 200)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"xxxxxxxxxx")
    content[at : at + 5] = b"yyyyy"
    path.write_bytes(content)
    with pytest.raises(NotARegister, match="damaged"):
        backup(path, tmp_path / "copy.gpkg")
    assert [left.name for left in tmp_path.iterdir()] == ["R.gpkg"]


FILL = """
import resource, sys
from tests.register.test_backup import record
from merestone.cli.main import main
from pathlib import Path
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
words = "import R.gpkg areas.csv --as suspected --source s --accuracy-m 5"
main(words.split())
"""


def test_on_a_full_disk_the_copied_file_alone_is_whole_or_the_command_failed_with_words(tmp_path: Path) -> None:
    """The limit is tried at many sizes: some let nothing be written, some the log but not the file, some all."""
    if not hasattr(resource, "RLIMIT_FSIZE"):
        pytest.skip("this system limits no file's size")
    start = tmp_path / "start.gpkg"
    Register.create(start).close()
    rows = "\n".join(f'{i},"{SQUARE.wkt}"' for i in range(1500))
    (tmp_path / "areas.csv").write_text(f"hazard_id,wkt\n{rows}\n")
    size = start.stat().st_size
    seen = set()
    for limit in [size + 4096, size + 700_000, *range(size + 1_400_000, size + 2_600_000, 100_000)]:
        shutil.copy(start, tmp_path / "R.gpkg")
        done = subprocess.run(
            [sys.executable, "-c", FILL, str(limit)], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        seen.add(done.returncode)
        copy = tmp_path / "copy.gpkg"
        shutil.copy(tmp_path / "R.gpkg", copy)
        assert done.returncode in {0, 1, 3}, done.stderr
        if done.returncode == 1:
            assert "R.gpkg-wal beside it" in done.stderr
            Register.open(tmp_path / "R.gpkg").close()  # with space again, any command that writes mends it
            assert not (tmp_path / "R.gpkg-wal").exists()
            shutil.copy(tmp_path / "R.gpkg", copy)
        with Register.open(copy, read_only=True) as register:
            assert register.verify().is_sound
            assert len(register.as_of().records) in {0, 1500}
        for left in tmp_path.glob("*.gpkg*"):
            if left != start:
                left.unlink()
    assert {0, 3} <= seen


CLOSE = """
import resource, sys, shapely
from pathlib import Path
from merestone.register import Entry, Register
from merestone.terms import MerestoneError, RecordKind
register = Register.open("R.gpkg")
with register.batch(by="n", why="w", source="s") as batch:
    for i in range(1500):
        batch.record(Entry(RecordKind.SUSPECTED, shapely.box(17, 45, 17.01, 45.01), 5.0, {"note": "x" * 200}))
resource.setrlimit(resource.RLIMIT_FSIZE, (Path("R.gpkg").stat().st_size, resource.RLIM_INFINITY))
try:
    register.close()
except MerestoneError as error:
    sys.exit(str(error))
"""


def test_a_close_that_cannot_empty_the_log_says_so_and_the_next_writer_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "R.gpkg"
    Register.create(path).close()
    done = subprocess.run(
        [sys.executable, "-c", CLOSE], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "everything was recorded, but a part of it is in R.gpkg-wal" in done.stderr
    assert (tmp_path / "R.gpkg-wal").stat().st_size > 0
    Register.open(path).close()
    assert not (tmp_path / "R.gpkg-wal").exists()
    with Register.open(path, read_only=True) as register:
        assert register.verify().is_sound
        assert len(register.as_of().records) == 1500
