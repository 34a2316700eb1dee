"""One process at a time holds a lock, and it goes with the process."""

import subprocess
import sys
from pathlib import Path

import pytest

from merestone.files import locked_file

HOLDER = "import sys; from pathlib import Path; from merestone.files import locked_file\n"
HOLDER += "with locked_file(Path(sys.argv[1]), wait=True):\n    print('held', flush=True); sys.stdin.read()"


def test_a_lock_that_another_process_holds_is_busy_and_free_once_it_was_killed(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError, match="another process"), locked_file(lock, wait=False):
            pass
        other.kill()
        other.wait()
        with locked_file(lock, wait=True):
            assert lock.stat().st_mode & 0o077 == 0
    with locked_file(lock, wait=False):
        pass


def test_a_lock_that_was_removed_by_its_holder_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import portalocker

    lock = tmp_path / ".lock"
    plain = portalocker.lock

    def removed_meanwhile(*args: object) -> None:
        plain(*args)  # type: ignore[arg-type]
        lock.unlink()

    monkeypatch.setattr(portalocker, "lock", removed_meanwhile)
    with pytest.raises(BlockingIOError, match="removed"), locked_file(lock, wait=True):
        pass
