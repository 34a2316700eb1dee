"""The page's own scripts keep their types. Where npm's tools were not fetched (`make web-types`), this is skipped."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_scripts_keep_their_types() -> None:
    tsc = ROOT / "node_modules" / ".bin" / "tsc"
    if not tsc.exists():
        pytest.skip("TypeScript is not here; `make web-types` fetches it and checks the scripts")
    told = subprocess.run(
        [tsc, "--project", ROOT / "tsconfig.json"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert told.returncode == 0, told.stdout
