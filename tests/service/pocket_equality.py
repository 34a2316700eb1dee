"""What compares the phone's answers with the kernel's: the functions of `tools/pocket_equality.py`."""

import runpy
from pathlib import Path

EQUALITY = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "pocket_equality.py"))
