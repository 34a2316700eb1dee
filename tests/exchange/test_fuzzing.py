"""The fuzzer of readers runs, gives the same inputs for the same seed, and sees what is wrong."""

import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools/fuzz_readers.py"


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(TOOL), *arguments], capture_output=True, text=True, check=False)


def test_two_readers_stand_a_hundred_inputs_each(tmp_path: Path) -> None:
    log = tmp_path / "fuzzing.log"
    done = fuzz("--reader", "gpx", "--reader", "geojson", "--inputs", "100", "--seed", "3", "--log", str(log))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = log.read_text(encoding="utf-8").splitlines()
    assert [("gpx" in line, "100 inputs" in line, "findings: none" in line) for line in lines] == [
        (True, True, True),
        (False, True, True),
    ]


def test_the_same_seed_gives_the_same_inputs(tmp_path: Path) -> None:
    for run in ("one", "two"):
        fuzz("--reader", "delimited", "--inputs", "20", "--seed", "5", "--keep", str(tmp_path / run))
    one, two = (sorted(path for path in (tmp_path / run).rglob("*") if path.is_file()) for run in ("one", "two"))
    assert len(one) == len(two) >= 20
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert len({path.read_bytes() for path in one}) > 10


def test_an_input_that_takes_longer_than_its_limit_is_a_finding() -> None:
    """A fuzzer that can find nothing proves nothing."""
    done = fuzz("--reader", "gpx", "--inputs", "2", "--limit-s", "0.0001")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "slow" in done.stdout or "hang" in done.stdout
