"""Folders for work in progress: removed at the end, by the next run if a run was killed, and never another's."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import merestone
from merestone.files import new_scratch_folder, scratch_folder
from merestone.files.part import host_name
from merestone.files.scratch import remove_scratch_of_killed_runs

KILLED = """
import os, signal
from merestone.files import new_scratch_folder
folder = new_scratch_folder("upload")
(folder / "restricted.csv").write_text("17.1,44.9")
print(folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
MAKES_ONE = """
from merestone.files import scratch_folder
with scratch_folder("upload"):
    pass
"""


def test_the_folder_goes_with_what_it_holds_also_after_an_error(tmp_path: Path) -> None:
    def work() -> None:
        with scratch_folder("test", within=tmp_path) as folder:
            (folder / "inner").mkdir()
            (folder / "inner" / "file").write_text("a row")
            raise ValueError("a test")

    with pytest.raises(ValueError, match="a test"):
        work()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="elsewhere nobody can ask whether a process goes on")
def test_the_next_run_removes_the_folder_of_a_killed_one(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], check=False, env=environment, capture_output=True, text=True
    )
    folder = Path(killed.stdout.strip())
    assert folder.parent == tmp_path
    assert (folder / "restricted.csv").is_file()
    assert folder.stat().st_mode & 0o077 == 0, "only its owner reads it"
    subprocess.run([sys.executable, "-c", MAKES_ONE], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_process_another_machine_or_another_program_made_stays(tmp_path: Path) -> None:
    alive = new_scratch_folder("test", within=tmp_path)
    dead_pid = 2**22 + 1  # above the greatest process number of Linux
    elsewhere = "0" * 8 if host_name() != "0" * 8 else "1" * 8
    others = [
        f"merestone-test-{elsewhere}-{dead_pid}-abc",
        "merestone-notes",
        f"tool-test-{host_name()}-{dead_pid}-abc",
    ]
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / f"merestone-test-{host_name()}-{dead_pid}-abc").mkdir()
    remove_scratch_of_killed_runs(tmp_path)
    left = {each.name for each in tmp_path.iterdir()}
    expected = {alive.name, *others}
    if os.name != "posix":  # nobody can be asked there: all stay
        expected.add(f"merestone-test-{host_name()}-{dead_pid}-abc")
    assert left == expected


def test_no_other_module_makes_a_folder_in_the_systems_place_for_temporary_files() -> None:
    """A folder that is made in another way stays for ever when its process is killed."""
    root = Path(merestone.__file__).parent
    makers = []
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            is_elsewhere = any(keyword.arg == "dir" for keyword in node.keywords)
            if name in {"mkdtemp", "TemporaryDirectory", "mkstemp", "NamedTemporaryFile"} and not is_elsewhere:
                makers.append(str(path.relative_to(root)))
    assert makers == []
