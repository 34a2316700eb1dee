"""``--verbose`` and ``--quiet``: what is said beside an answer, and that the answer is the same."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from merestone.register import Register
from merestone.terms import Log


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "merestone", *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_verbose_tells_steps_on_standard_error_alone(tmp_path: Path) -> None:
    file = tmp_path / "areas.gpkg"
    Register.create(file).close()
    plain, verbose, quiet = (run(*option, "list", str(file)) for option in ([], ["--verbose"], ["--quiet"]))
    assert plain.stdout == verbose.stdout == quiet.stdout
    assert (plain.stderr, quiet.stderr) == ("", "")
    lines = verbose.stderr.splitlines()
    assert any(re.search(r"DEBUG merestone\.register opened file=areas\.gpkg .*took_ms=\d", line) for line in lines)
    assert re.search(r"merestone\.cli ended version=\S+ took_ms=\d", lines[-1])


def test_one_of_the_two(tmp_path: Path) -> None:
    refused = run("--verbose", "--quiet", "list", str(tmp_path / "areas.gpkg"))
    assert refused.returncode == 2
    assert "give one of them" in refused.stderr


def test_a_log_carries_its_fields_for_programs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="merestone"):
        Log("tests").warning("cut", file='a "b".gpkg', row=3)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("merestone.tests", "WARNING")
    assert record.getMessage() == 'cut file="a \\"b\\".gpkg" row=3'
    assert record.__dict__["fields"] == {"file": 'a "b".gpkg', "row": 3}
