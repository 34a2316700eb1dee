"""What the disk refuses is told in words that name the user's own file."""

import errno
from pathlib import Path

import pytest

from merestone.cli.main import main
from merestone.files import part_beside, with_users_names


def test_an_unfinished_file_is_named_as_the_user_named_it(tmp_path: Path) -> None:
    """2026-11-28: messages named `.o.kml.8466.part`."""
    wanted = tmp_path / "o.kml"
    part = part_beside(wanted)
    twice = part_beside(part)
    for one in (part, twice):
        told = with_users_names(f"{one}: unable to open '{one}'; free space")
        assert told == f"{wanted}: unable to open '{wanted}'; free space"
    assert with_users_names("areas.part.kml: is a folder") == "areas.part.kml: is a folder"


@pytest.mark.parametrize("arguments", [["init", "n.gpkg"], ["init", "n.gpkg", "--exercise"]])
def test_a_read_only_folder_is_told_in_words(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2026-11-28: `init` on a read-only file system ended in a traceback, or named its hidden file."""
    monkeypatch.chdir(tmp_path)

    def refused(path: object, *_: object, **__: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr("os.open", refused)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    told = capsys.readouterr().err
    assert ended.value.code == 3
    assert "n.gpkg" in told
    assert "Read-only file system" in told
    assert ".part" not in told
    assert "Traceback" not in told


def test_a_disk_error_that_nobody_expected_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(tmp_path / "r.gpkg"))

    monkeypatch.setattr("merestone.register.Register.open", broken)
    with pytest.raises(SystemExit) as ended:
        main(["list", str(tmp_path / "r.gpkg")])
    assert ended.value.code == 3
    assert "r.gpkg: Input/output error; give the right to read it" in capsys.readouterr().err
