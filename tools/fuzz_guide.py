"""Coverage for `fuzz_readers.py`: inputs that reach lines which no input reached before are kept, and mutated further.

Lines are seen by `sys.monitoring` (Python 3.12 and later), which forgets a line once it was reached: what is measured
costs nothing after the first minutes. Where Python has no such thing, nothing is kept, and inputs come from the seeds.
"""

import os
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from types import CodeType
from typing import Any

from fuzz_seeds import Seed

WATCHED = ("/merestone/", "/openpyxl/", "/zipfile")
"""Parts of the paths of the sources whose lines count."""
MOST_KEPT_BYTES = 60_000
"""Larger inputs are not kept: each of their successors would be as slow."""


class Guide:
    """The inputs that are worth mutating, of one reader.

    Parameters
    ----------
    seeds
        Sound data sets.
    kept
        A file to which each input that is kept is added, so that the next process goes on with it.
    """

    def __init__(self, seeds: Sequence[Seed], kept: Path) -> None:
        self._kept = kept
        self.inputs: list[Seed] = [*seeds, *_loaded(kept)]
        self.new_lines = 0
        self._traits: set[Any] = set()

    def start(self) -> bool:
        """Begin to watch lines; False where this Python cannot."""
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            return False

        def on_line(code: CodeType, _line: int) -> Any:
            if any(part in code.co_filename for part in WATCHED):
                self.new_lines += 1
            return monitoring.DISABLE

        monitoring.use_tool_id(monitoring.COVERAGE_ID, "fuzz_readers")
        monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, on_line)
        monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)
        return True

    def choose(self, random: Random) -> Seed:
        """An input to mutate: those kept last more often than the others."""
        if random.random() < 0.3:
            return self.inputs[-1 - random.randrange(min(len(self.inputs), 20))]
        return random.choice(self.inputs)

    def distil(self, outcome_of: Callable[[Seed], Any]) -> None:
        """Of what earlier processes kept, go on with the inputs that reach something: the small ones first.

        Parameters
        ----------
        outcome_of
            Reads one input; its trait, as for `judge`.
        """
        useful = []
        for seed in sorted(self.inputs, key=_size_bytes):
            trait = outcome_of(seed)
            if self.new_lines or trait not in self._traits:
                useful.append(seed)
            self.new_lines = 0
            self._traits.add(trait)
        self.inputs = useful
        beside = self._kept.with_suffix(".new")
        with beside.open("wb") as file:
            for seed in useful:
                pickle.dump((seed.main, dict(seed.files)), file)
        beside.replace(self._kept)

    def judge(self, seed: Seed, trait: Any) -> bool:
        """Keep an input that reached new lines, or whose outcome has a trait that none had; whether it was kept."""
        is_new = self.new_lines > 0 or trait not in self._traits
        self.new_lines = 0
        self._traits.add(trait)
        if not is_new or _size_bytes(seed) > MOST_KEPT_BYTES:
            return False
        self.inputs.append(seed)
        with self._kept.open("ab") as file:
            pickle.dump((seed.main, dict(seed.files)), file)
            file.flush()
            os.fsync(file.fileno())
        return True


def _size_bytes(seed: Seed) -> int:
    return sum(map(len, seed.files.values()))


def _loaded(kept: Path) -> list[Seed]:
    """What earlier processes kept; a record that was cut off by a process's death ends the list."""
    inputs: list[Seed] = []
    if not kept.exists():
        return inputs
    with kept.open("rb") as file:
        while True:
            try:
                inputs.append(Seed(*pickle.load(file)))
            except (EOFError, pickle.UnpicklingError):
                return inputs
