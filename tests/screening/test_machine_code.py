"""The kernel's machine code is kept, and used without numba, only where it is whole and made for this machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from merestone.screening.kernel import machine_code, machine_code_keeping, morton_order
from merestone.screening.kernel import tile_grid as tiles

FEW = (morton_order.count_keys, morton_order.place, tiles.laid, tiles.chunks_of, tiles.tiles_around)
"""All kinds of arguments and of what is given, and short to compile."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file of machine code with some functions of the kernel. To compile them takes 6 s."""
    file = tmp_path_factory.mktemp("kernel") / "some.kernel"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_code_keeping, "CALLED", FEW)
        file.write_bytes(machine_code_keeping._object_file())
        yield file


def test_kept_code_gives_what_numba_gives(kept: Path) -> None:
    """2026-11-29: to load numba and what it had compiled took 0.5 s of every run with many positions."""
    functions = machine_code.load_machine_code(kept)
    outlines, lon_deg, lat_deg = machine_code_keeping.sample()
    parts = len(outlines.part_start) - 1
    order = np.arange(parts)[::-1].copy()
    part_start = np.concatenate([[0], np.cumsum(np.diff(outlines.part_start)[order])]).astype(np.int64)
    lon_deg.setflags(write=False)  # as Arrow's columns are
    laid = (outlines.lon_deg, outlines.lat_deg, outlines.ends, outlines.part_start, order, part_start, 8)
    vertex, ends, part_of = tiles.laid(*laid)
    x, y = vertex[: 2 * len(ends) : 2], vertex[1 : 2 * len(ends) : 2]
    asked: list[tuple[Any, tuple[Any, ...]]] = [
        (tiles.laid, laid),
        (tiles.chunks_of, (x, y, ends, part_of)),
        (tiles.tiles_around, (x, y, ends, part_start, outlines.part_is_area[order], outlines.bounds_deg[order])),
    ]
    for function, arguments in asked:
        call = functions[function.name, machine_code.layouts_of(arguments)]
        ours, theirs = call(arguments), function.dispatcher(*arguments)
        for one, other in zip(
            *((each if isinstance(each, tuple) else (each,)) for each in (ours, theirs)), strict=True
        ):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
    box = morton_order.box_of(lon_deg, lat_deg)
    counted = []
    room = (np.empty(1, np.int32), np.empty(1, np.int64))
    kept_count = functions[morton_order.count_keys.name, machine_code.layouts_of((box, lon_deg, lat_deg, *room))]
    for count in (kept_count, lambda arguments: morton_order.count_keys(*arguments)):
        key, size = np.zeros(len(lon_deg), np.int32), np.zeros(morton_order.BUCKETS + 1, np.int64)
        assert count((box, lon_deg, lat_deg, key, size)) is None
        counted.append((key, size))
    np.testing.assert_array_equal(counted[0][0], counted[1][0])
    np.testing.assert_array_equal(counted[0][1], counted[1][1])


def test_code_that_is_damaged_or_made_for_another_machine_is_not_used(kept: Path, tmp_path: Path) -> None:
    """2026-11-29: one wrong byte of machine code could answer anything."""
    first, _, code = kept.read_bytes().partition(b"\n")
    about = json.loads(first)
    for name, made_for, bytes_of_code in (
        ("damaged", about["made_for"], code[:-1] + bytes([code[-1] ^ 1])),
        ("short", about["made_for"], code[:100]),
        ("elsewhere", "0" * 64, code),
    ):
        other = tmp_path / name
        other.write_bytes(json.dumps(about | {"made_for": made_for}).encode() + b"\n" + bytes_of_code)
        with pytest.raises(ValueError, match="another machine, or is damaged"):
            machine_code.load_machine_code(other)


def test_code_with_a_function_missing_is_refused_by_the_check(kept: Path) -> None:
    """2026-11-29: code is kept only if a process of its own had the right answers without numba."""
    script = (
        "import sys; from merestone.screening.kernel import machine_code_check; machine_code_check.main(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(kept)], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "not every function of the kernel is in the file" in done.stderr


def test_wrong_answers_are_seen() -> None:
    """2026-11-29: the check compares with the plain measurement."""
    outlines, lon_deg, lat_deg = machine_code_keeping.sample()
    right = machine_code_keeping.ask(outlines, lon_deg, lat_deg)
    assert machine_code_keeping.is_right(outlines, lon_deg, lat_deg, right)
    distance_m, hazard, code = (np.array(values) for values in right)
    distance_m[distance_m > 0.0] += 1.0
    assert not machine_code_keeping.is_right(outlines, lon_deg, lat_deg, (distance_m, hazard, code))
    code[:] = 0
    assert not machine_code_keeping.is_right(outlines, lon_deg, lat_deg, (right[0], hazard, code))


def test_nothing_is_kept_where_no_cache_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-11-29: MERESTONE_NO_CACHE holds for machine code too."""
    monkeypatch.setenv("MERESTONE_NO_CACHE", "1")
    assert machine_code.file_of_machine_code() is None
    assert not machine_code_keeping.may_keep_machine_code()
    assert not machine_code_keeping.keep_machine_code()
