"""The command line where the modules of POSIX systems are missing, as on Windows."""

import os
import subprocess
import sys
from pathlib import Path

MASKED = ("fcntl", "grp", "pwd", "resource", "syslog", "termios", "tty", "uvloop")
"""Modules of the standard library that Windows lacks, and what our own requirements leave out there."""
RUN = f"""
import sys
for name in {MASKED!r}:
    sys.modules[name] = None
# What stands in for the system's own locks: portalocker takes another way on each system.
import types
locks = types.ModuleType("portalocker")
class LockFlags:
    EXCLUSIVE, NON_BLOCKING = 2, 4
locks.LockFlags, locks.AlreadyLocked, locks.lock = LockFlags, RuntimeError, lambda file, flags: None
sys.modules["portalocker"] = locks
from merestone.cli import main
main()
"""


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"MERESTONE_PASSWORD": "four words are enough"},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode in {0, 4}, done.stderr  # 4: inside a hazard
    assert "Traceback" not in done.stderr
    return done.stdout


def test_no_command_needs_a_module_that_windows_lacks(exercise: Path, tmp_path: Path) -> None:
    """2026-11-28: `account`, `serve`, `merge` and all that loads them could not start: two modules imported fcntl."""
    register = str(exercise)
    assert "serve" in run("--help")
    for command in ("account", "serve", "merge", "backup", "restore", "undo-import", "import", "screen", "report"):
        assert "Usage" in run(command, "--help")
    assert "Inside" in run("screen", register, "--lon", "0.001", "--lat", "0.001", "--accuracy-m", "10")
    copy = tmp_path / "copy.gpkg"
    run("backup", register, "-o", str(copy))
    assert copy.exists()
    assert not list(tmp_path.glob(".*")), "the folder in which it was made is gone"


def test_every_module_can_be_imported_without_them() -> None:
    code = RUN.split("from merestone.cli", maxsplit=1)[0] + (
        "import importlib, pkgutil, merestone\n"
        "for module in pkgutil.walk_packages(merestone.__path__, 'merestone.'):\n"
        "    if '__main__' not in module.name and '.migrations' not in module.name:\n"
        "        importlib.import_module(module.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
