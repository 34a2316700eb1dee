"""The fuzzer of damaged registers runs, gives the same inputs for the same seed, and sees what is wrong."""

import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools/fuzz_registers.py"
BLIND = """
import runpy, sys
from merestone.register.file.store import Store
Store.refuse_damaged = lambda self: None  # as it was on 2026-11-28: nobody looked
sys.argv = ["fuzz_registers.py", "--first", "0", "--inputs", "1", "--seed", "1"]
runpy.run_path({tool!r}, run_name="__main__")
"""


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(TOOL), *arguments], capture_output=True, text=True, check=False)


def test_damaged_registers_and_packs_never_answer_less_danger_unsaid(tmp_path: Path) -> None:
    """Short, because `.ci/run` tries some hundreds, and the log in `docs/formats` tells of thousands."""
    log = tmp_path / "fuzzing.log"
    done = fuzz("--inputs", "15", "--seed", "3", "--log", str(log), "--keep", str(tmp_path / "one"))
    assert done.returncode == 0, done.stdout + done.stderr
    line = log.read_text(encoding="utf-8")
    assert "15 registers and packs" in line
    assert "findings: none" in line
    again = fuzz("--first", "14", "--inputs", "1", "--seed", "3", "--keep", str(tmp_path / "two"))
    assert again.returncode == 0
    assert " 0 refused" not in line


def test_a_register_at_which_nobody_looks_is_a_finding() -> None:
    """A fuzzer that can find nothing proves nothing: a page from an older state of the file hides what came later."""
    done = subprocess.run(
        [sys.executable, "-c", BLIND.format(tool=str(TOOL))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "less danger" in done.stdout
