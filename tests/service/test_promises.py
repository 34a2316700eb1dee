"""The page of what the service promises names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "service-promises.md"


def test_every_promise_names_a_test_or_a_benchmark_that_is_there() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    promises = [line for line in rows if not line.startswith("| promise")]
    assert len(promises) > 20
    for row in promises:
        named = re.findall(r"`((?:tests|benchmarks|tools)/[^`]+)`", row)
        assert named, row
        for name in named:
            path, _, function = name.partition("::")
            text = (ROOT / path).read_text(encoding="utf-8")
            assert not function or re.search(rf"^def {function}\(", text, re.MULTILINE), name
