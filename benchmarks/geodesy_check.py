"""What checking outlines costs beside the plain calls that find less: on the two Bosnian files, in one run.

    python benchmarks/geodesy_check.py [FOLDER]

Peers: `shapely.is_valid` alone, and with `make_valid` of what fails. Both only look for crossings and keep one
reading; we also look at ranges, steps, spikes, winding and axes, keep both readings and measure three areas. Five
rounds, in turn; the fastest counts.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from bosnian import bosnian_files
from numpy.typing import NDArray

from merestone.geodesy import areas_m2, check_all, outward_all, widen_all

ROUNDS = 5
Shapes = NDArray[np.object_]


def repair_with_shapely(shapes: Shapes) -> Any:
    return shapely.make_valid(shapes[~shapely.is_valid(shapes)])


def fastest_s(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: min(taken) for name, taken in times.items()}


def main() -> None:
    for name, source in bosnian_files(*sys.argv[1:2]).items():
        given = [f["geometry"] for f in json.loads(source.read_text())["features"]]
        shapes = np.array([shapely.geometry.shape(g) for g in given if g], dtype=object)
        sound = shapes[shapely.is_valid(shapes) & ~shapely.is_empty(shapes)]
        taken = fastest_s(
            {
                "is_valid": lambda shapes=shapes: shapely.is_valid(shapes),  # type: ignore[misc]
                "is_valid + make_valid": lambda shapes=shapes: repair_with_shapely(shapes),  # type: ignore[misc]
                "check_all": lambda shapes=shapes: check_all(shapes),  # type: ignore[misc]
                "check_all, sound ones": lambda sound=sound: check_all(sound),  # type: ignore[misc]
                "areas_m2": lambda sound=sound: areas_m2(sound),  # type: ignore[misc]
                "widen_all 100 m": lambda sound=sound: widen_all(sound, 100.0),  # type: ignore[misc]
                "outward_all 500 m": lambda sound=sound: outward_all(sound, 500.0, accuracy_m=0.0),  # type: ignore[misc]
            }
        )
        peer = taken["is_valid + make_valid"]
        print(f"{name}: {len(shapes):,} outlines, {len(sound):,} sound")
        for call, seconds in taken.items():
            print(f"  {call:24} {seconds * 1000:8.1f} ms  {seconds / peer:6.2f} x is_valid + make_valid")


if __name__ == "__main__":
    main()
