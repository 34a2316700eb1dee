"""What inputs of 1 MB cost that are costly on purpose: processor time and memory of whole commands.

Each of `megabyte_inputs.py` and of `megabyte_rows.py` is imported as a hazard and as released land, and, where it has
areas or lines, screened as footprints. The rule: no input of 1 MB takes over 10 s of processor time or over 1 GB. Exits
1 if one does.

    python tools/megabyte_costs.py                    # all of them, some minutes
    python tools/megabyte_costs.py --only Bezier      # those with these words in their names
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from itertools import chain
from pathlib import Path

from megabyte_inputs import inputs
from megabyte_rows import row_inputs

from merestone.register import Register

MOST_S, MOST_MB = 10.0, 1000
GIVEN_UP_S = 60


def cost(arguments: list[str], folder: Path) -> tuple[float, float, int, str]:
    """Seconds of processor time, peak memory in MB, exit code, and the last line of what a command said."""
    log = folder / "log.txt"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "merestone", *arguments], stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (GIVEN_UP_S, GIVEN_UP_S))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    lines = log.read_text("utf-8", "replace").strip().splitlines() or [""]
    words = next((line for line in lines if "Traceback" in line), lines[0])
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode, words


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="words in the names of the inputs")
    parser.add_argument("--as", dest="uses", action="append", choices=("suspected", "cleared", "footprints"))
    options = parser.parse_args()
    over = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        blank = folder / "blank.gpkg"
        Register.create(blank, by="costs").close()
        for file_name, content in chain(row_inputs(), inputs()):
            if options.only not in file_name:
                continue
            path = folder / file_name
            path.write_bytes(content)
            crs = re.search(r"\.crs(\d+)\.", file_name)
            stated = ["--crs", f"EPSG:{crs[1]}"] if crs else []
            for use in options.uses or ("suspected", "cleared", "footprints"):
                register = folder / "register.gpkg"
                register.write_bytes(blank.read_bytes())
                told = ["--source", "costs", "--accuracy-m", "25", "--by", "costs", *stated]
                command = ["import", str(register), str(path), "--as", use, *told]
                if use == "footprints":
                    if crs is not None or not file_name.endswith((".parquet", ".json")):
                        continue
                    command = ["screen", str(blank), "--footprints", str(path), "--accuracy-m", "25"]
                took_s, peak_mb, code, words = cost(command, folder)
                is_over = took_s > MOST_S or peak_mb > MOST_MB or "Traceback" in words
                over += is_over
                print(
                    f"{'OVER ' if is_over else '     '}{took_s:6.2f} s {peak_mb:6.0f} MB  rc {code:3}  {use:10} "
                    f"{file_name} ({len(content) / 1e6:.2f} MB)  {words[:90]}", flush=True,
                )  # fmt: skip
            path.unlink()
    print(f"{over} over {MOST_S:g} s or {MOST_MB} MB")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
