"""A file is written whole or not at all, and never over a register, an input, or what somebody else made."""

import os
import sqlite3
from pathlib import Path

import pytest

from merestone.files import protected_as, whole_file, whole_folder, write_file
from merestone.register import Register
from merestone.terms import FileRefused


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "R.gpkg"
    Register.create(path).close()
    return path


def test_a_register_is_told_by_its_content_under_any_name_and_other_geopackages_are_not(
    register: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "report.csv"
    copy.write_bytes(register.read_bytes())
    assert protected_as(copy) == "a register"
    other = tmp_path / "other.gpkg"
    connection = sqlite3.connect(other)
    connection.executescript("PRAGMA application_id = 1196444487; CREATE TABLE areas (fid INTEGER)")
    connection.close()
    assert protected_as(other) is None
    assert protected_as(tmp_path / "nothing") is None
    assert protected_as(tmp_path) is None


def test_a_register_with_a_damaged_schema_is_still_protected(register: Path) -> None:
    content = bytearray(register.read_bytes())
    content[100:2000] = os.urandom(1900)
    register.write_bytes(content)
    assert protected_as(register) == "a register"


def test_a_register_is_told_while_it_is_written_to_and_keeps_its_locks(register: Path) -> None:
    """To look at a file by a handle of one's own would drop the locks of this process, once the handle is closed."""
    with Register.open(register) as opened, opened.batch(by="n", why="w", source="s") as batch:
        batch.quarantine(1, "row", ["reason"])
        batch.ledger_now()
        assert protected_as(register) == "a register"
        other = sqlite3.connect(register, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_what_lies_beside_a_register_is_protected(register: Path, tmp_path: Path) -> None:
    (tmp_path / "R.attachments" / "ab").mkdir(parents=True)
    beside = ("R.personal.db", "R.accounts.json", "R.alert-keys.json", "R.push.db", "R.attachments/ab/cd")
    for name in (*beside, "R.gpkg-wal", "R.gpkg-journal"):
        path = tmp_path / name
        path.write_bytes(b"x")
        with pytest.raises(FileRefused, match="not even with --force"):
            write_file(path, "report", overwrite=True)
        assert path.read_bytes() == b"x"
    (tmp_path / "notes-wal").write_bytes(b"x")
    write_file(tmp_path / "notes-wal", "report", overwrite=True)


def test_a_failure_keeps_what_stood_there_and_names_the_file_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("earlier")

    def failing(error: BaseException) -> None:
        with whole_file(path, overwrite=True) as part:
            part.write_text("half")
            raise OSError(28, "No space left on device", str(part)) if isinstance(error, OSError) else error

    with pytest.raises(FileRefused) as refused:
        failing(OSError())
    assert ".part" not in str(refused.value)
    assert str(path) in str(refused.value)
    with pytest.raises(KeyboardInterrupt):
        failing(KeyboardInterrupt())
    assert path.read_text() == "earlier"
    assert [left.name for left in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_that_comes_in_between_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    def write() -> None:
        with whole_file(path) as part:
            part.write_text("ours")
            path.write_text("theirs")

    with pytest.raises(FileRefused, match="already exists here"):
        write()
    assert path.read_text() == "theirs"


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("a.txt")
    write_file(tmp_path / "link", "one")
    write_file(tmp_path / "link", "two", overwrite=True)
    assert (tmp_path / "a.txt").read_text() == "two"
    assert (tmp_path / "link").is_symlink()


def test_a_long_name_leaves_room_for_the_unfinished_file(tmp_path: Path) -> None:
    path = tmp_path / ("\u017e" * 120 + ".csv")
    write_file(path, "x")
    assert path.read_text() == "x"


def test_a_folder_is_replaced_only_if_it_holds_nothing_but_parquet(tmp_path: Path) -> None:
    """2026-11-28: `screen --spark -o FOLDER --force` would have removed any folder."""
    folder = tmp_path / "answers.parquet"
    for text in ("one", "two"):
        with whole_folder(folder, overwrite=True) as part:
            part.mkdir()
            (part / "part-0.parquet").write_text(text)
            (part / "_SUCCESS").touch()
    assert (folder / "part-0.parquet").read_text() == "two"
    (folder / "letter.txt").write_text("work")
    with pytest.raises(FileRefused, match=r"letter\.txt"), whole_folder(folder, overwrite=True):
        pass
    assert (folder / "letter.txt").read_text() == "work"


def test_all_parts_of_a_shapefile_are_inputs(tmp_path: Path) -> None:
    for suffix in (".shp", ".dbf"):
        (tmp_path / f"a{suffix}").write_text("x")
    with pytest.raises(FileRefused, match="is an input"):
        write_file(tmp_path / "a.dbf", "y", overwrite=True, inputs=[tmp_path / "a.shp"])
