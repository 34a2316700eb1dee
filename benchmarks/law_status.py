"""How fast the law answers: the whole table of all states, treaties and days, one answer at a time, and one command.

Run: python benchmarks/law_status.py

Peers in the same run: the answer function asked day by day (on a sample, scaled up), and numpy filling the same runs.
The promise is 1 s for the table of 1980 to 2030 on one core and 0.1 s for one command on an idle machine. A command is
measured as installed programs run: its modules compiled beforehand, whatever PYTHONDONTWRITEBYTECODE says here. On a
busy machine the smallest time, and the time beyond an empty Python, say more than the median.
"""

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from typing import Any

import numpy as np

from merestone.law import WORDS, Library, episodes, status, status_table

FIRST, LAST = date(1980, 1, 1), date(2030, 12, 31)
SAMPLE = 2_000


def seconds(act: Callable[[], Any], repeats: int = 5) -> float:
    """The median time of `act`, in seconds."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return median(times)


def child_seconds(*arguments: str, repeats: int = 15) -> tuple[float, float]:
    """The smallest wall-clock and processor time, in seconds, of a Python of its own with these arguments."""
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        wall_s, cpu_s = [], []
        for _ in range(repeats + 1):  # the first run compiles; it is never the smallest
            begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            wall_s.append(time.perf_counter() - begun)
            cpu_s.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(wall_s), min(cpu_s)


def by_numpy(library: Library) -> dict[str, np.ndarray]:
    """The same table with numpy: one array a treaty, filled run by run."""
    days = (LAST - FIRST).days + 1
    tables = {}
    for holding in library.holdings():
        table = np.full((len(library.states.all), days), 255, np.uint8)
        for row, state in enumerate(library.states.all):
            for episode in episodes(holding, state.code):
                table[row, max((episode.starts_on - FIRST).days, 0) :] = WORDS.index(episode.word)
        lead = max((holding.general.adopted_on - FIRST).days, 0)
        table[:, :lead] = 255
        tables[holding.treaty.key] = table
    return tables


def main() -> None:
    """Measure and print."""
    cold = time.perf_counter()
    library = Library()
    table = status_table(FIRST, LAST, library=library)
    cold = time.perf_counter() - cold
    warm = seconds(lambda: status_table(FIRST, LAST, library=library))
    numpy_table = by_numpy(library)
    for key, rows in table.codes.items():
        for number, state in enumerate(library.states.all):
            assert rows[state.code] == numpy_table[key][number].tobytes(), (key, state.code)
    numpy_s = seconds(lambda: by_numpy(library))
    states = [one.code for one in library.states.all]
    asked = [(states[n % len(states)], date(1997, 12, 3) + timedelta(days=n * 6 % 12_000)) for n in range(SAMPLE)]
    one_s = seconds(lambda: [status(s, "apmbc", on=on, library=library) for s, on in asked], 3) / SAMPLE
    command_s, command_cpu_s = child_seconds("-m", "merestone", "law", "may", "LTU", "produce", "--on", "2026-01-01")
    bare_s, bare_cpu_s = child_seconds("-c", "pass")
    print(f"Python {platform.python_version()}, {platform.machine()}, one core")
    print(
        f"table of {table.size:,} answers ({len(library.treaties)} treaties, {len(states)} states, {table.days:,} days)"
    )
    print(f"  with reading all files      {cold:8.3f} s   promise 1 s")
    print(f"  files read before           {warm:8.3f} s   {table.size / warm / 1e6:,.0f} million answers/s")
    print(f"  numpy, same runs            {numpy_s:8.3f} s   {numpy_s / warm:.1f} x our time")
    print(f"  one by one, scaled up       {one_s * table.size:8.0f} s   {one_s * table.size / warm:,.0f} x our time")
    print(f"one answer, files read before {one_s * 1e6:8.0f} us")
    print("from the shell, modules compiled before: smallest wall-clock and processor time")
    print(f"  one command                 {command_s:8.3f} s {command_cpu_s:8.3f} s   promise 0.1 s")
    print(f"  an empty Python             {bare_s:8.3f} s {bare_cpu_s:8.3f} s")
    print(f"  the command beyond it       {command_s - bare_s:8.3f} s {command_cpu_s - bare_cpu_s:8.3f} s")


if __name__ == "__main__":
    main()
