"""Keeps the kernel's machine code for later runs, once it was compiled on a machine: see `machine_code`."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from merestone.files import keep_within
from merestone.screening.kernel import batch_query as query
from merestone.screening.kernel import index_build, machine_code, morton_order, near_boxes, nearby_classes, numpy_query
from merestone.screening.kernel import quadtree_build as quadtree
from merestone.screening.kernel import tile_grid as tiles
from merestone.screening.kernel.compiled_function import OPTIONS, CompiledFunction
from merestone.screening.kernel.nearest import UNKNOWN
from merestone.screening.kernel.outline import Outlines
from merestone.terms import Log

LOG: Final = Log("screening")
CALLED: tuple[CompiledFunction, ...] = (
    query.nearest_many, query.classify_many, morton_order.count_keys, morton_order.place, tiles.laid, tiles.chunks_of,
    tiles.bucket_chunks, tiles.tiles_around, quadtree.grow_tiles, near_boxes.placed, near_boxes.reached_boxes,
    near_boxes.classes_by_parts,
)  # fmt: skip
"""What Python calls of the kernel; what these call is part of their code."""
NO_CLASS = 3
"""What stands for the class of a position of which two functions say different things."""
CHECK_S = 120
"""The check of fresh code, in a process of its own, has ended by then, or the code is not kept."""
MEMORY = """
declare ptr @malloc(i64)
declare ptr @realloc(ptr, i64)
declare void @free(ptr)

define ptr @NRT_Allocate(i64 %size) {
  %data = call ptr @malloc(i64 %size)
  ret ptr %data
}
define void @NRT_Free(ptr %data) {
  call void @free(ptr %data)
  ret void
}
define void @fill(ptr %owner, ptr %dtor, ptr %data, i64 %size, i64 %is_apart) {
  store i64 1, ptr %owner
  %dtor_at = getelementptr i8, ptr %owner, i64 8
  store ptr %dtor, ptr %dtor_at
  %info_at = getelementptr i8, ptr %owner, i64 16
  store ptr null, ptr %info_at
  %data_at = getelementptr i8, ptr %owner, i64 24
  store ptr %data, ptr %data_at
  %size_at = getelementptr i8, ptr %owner, i64 32
  store i64 %size, ptr %size_at
  %apart_at = getelementptr i8, ptr %owner, i64 40
  store i64 %is_apart, ptr %apart_at
  ret void
}
define ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align) {
  %wide = zext i32 %align to i64
  %more = add i64 %wide, 64
  %whole = add i64 %size, %more
  %owner = call ptr @malloc(i64 %whole)
  %is_null = icmp eq ptr %owner, null
  br i1 %is_null, label %none, label %some
none:
  ret ptr null
some:
  %begin = ptrtoint ptr %owner to i64
  %mask = sub i64 0, %wide
  %last = add i64 %begin, %more
  %place = and i64 %last, %mask
  %data = inttoptr i64 %place to ptr
  call void @fill(ptr %owner, ptr null, ptr %data, i64 %size, i64 0)
  ret ptr %owner
}
define ptr @NRT_MemInfo_alloc(i64 %size) {
  %owner = call ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 16)
  ret ptr %owner
}
define ptr @NRT_MemInfo_new_varsize_dtor(i64 %size, ptr %dtor) {
  %data = call ptr @malloc(i64 %size)
  %is_null = icmp eq ptr %data, null
  br i1 %is_null, label %none, label %some
none:
  ret ptr null
some:
  %owner = call ptr @malloc(i64 64)
  call void @fill(ptr %owner, ptr %dtor, ptr %data, i64 %size, i64 1)
  ret ptr %owner
}
define ptr @NRT_MemInfo_varsize_realloc(ptr %owner, i64 %size) {
  %data_at = getelementptr i8, ptr %owner, i64 24
  %before = load ptr, ptr %data_at
  %data = call ptr @realloc(ptr %before, i64 %size)
  %is_null = icmp eq ptr %data, null
  br i1 %is_null, label %none, label %some
none:
  ret ptr null
some:
  store ptr %data, ptr %data_at
  %size_at = getelementptr i8, ptr %owner, i64 32
  store i64 %size, ptr %size_at
  ret ptr %data
}
define void @NRT_MemInfo_call_dtor(ptr %owner) {
  %data_at = getelementptr i8, ptr %owner, i64 24
  %data = load ptr, ptr %data_at
  %dtor_at = getelementptr i8, ptr %owner, i64 8
  %dtor = load ptr, ptr %dtor_at
  %has_none = icmp eq ptr %dtor, null
  br i1 %has_none, label %emptied, label %empty
empty:
  %size_at = getelementptr i8, ptr %owner, i64 32
  %size = load i64, ptr %size_at
  call void %dtor(ptr %data, i64 %size, ptr null)
  br label %emptied
emptied:
  %apart_at = getelementptr i8, ptr %owner, i64 40
  %is_apart = load i64, ptr %apart_at
  %has_own = icmp ne i64 %is_apart, 0
  br i1 %has_own, label %apart, label %done
apart:
  call void @free(ptr %data)
  br label %done
done:
  call void @free(ptr %owner)
  ret void
}
"""
"""The functions of numba's run time that arrays and lists need, over the C library's memory.

What owns an array is laid out as there (``nrt.cpp``, ``struct MemInfo``): a count of owners, what empties it, a field
that stays empty, where the data are, and their size; then whether the data have memory of their own.
"""


def may_keep_machine_code() -> bool:
    """Whether code may be kept here, and none is kept yet."""
    file = machine_code.file_of_machine_code()
    return file is not None and not file.exists()


def keep_machine_code() -> bool:
    """Keep the kernel's code if none is kept yet; give whether some is. Takes some ten seconds, once on a machine.

    Code is kept only if a process of its own loads it and has the answers of the plain measurement.
    """
    file = machine_code.file_of_machine_code()
    if file is None or file.is_file():
        return file is not None
    try:
        content = _object_file()
        with TemporaryDirectory(dir=file.parent) as folder:
            fresh = Path(folder) / file.name
            fresh.write_bytes(content)
            command = [sys.executable, "-c", "import sys; from merestone.screening.kernel import machine_code_check; "
                     "machine_code_check.main(sys.argv[1])", str(fresh)]  # fmt: skip
            done = subprocess.run(command, check=False, capture_output=True, timeout=CHECK_S)
            # Code that does not do here is not made again and again: an empty file says so.
            if done.returncode != 0:
                fresh.write_bytes(b"")
            os.replace(fresh, file)
        keep_within(file.parent)
    except (OSError, ValueError, RuntimeError, subprocess.TimeoutExpired) as error:
        LOG.debug("machine code not kept", why=error)
        return False
    LOG.debug("machine code kept", file=file, works=done.returncode == 0)
    return done.returncode == 0


def sample() -> tuple[Outlines, Any, Any]:
    """A few hazards, and positions inside, beside and far from them: SYNTHETIC."""
    import shapely

    rng = np.random.default_rng(20261129)
    lon_deg, lat_deg = rng.uniform(16.9, 17.2, 40), rng.uniform(43.9, 44.1, 40)
    shapes = shapely.buffer(shapely.points(lon_deg, lat_deg), rng.uniform(0.001, 0.01, 40))
    return Outlines.of([*shapes, shapely.box(16.0, 43.0, 16.5, 43.6)], 10.0), *rng.uniform(
        [[15.9], [42.9]], [[17.3], [44.2]], (2, 3_000)
    )


def ask(outlines: Outlines, lon_deg: Any, lat_deg: Any) -> tuple[Any, Any, Any]:
    """Distances, hazards and classes of positions, through every function that Python calls of the kernel."""
    cells = index_build.build(outlines)
    with ThreadPoolExecutor(1) as pool:
        x, y, number = index_build.in_order_of_places(lon_deg, lat_deg, pool)
    distance_m, hazard = np.empty(len(lon_deg)), np.empty(len(lon_deg), np.int64)
    query.nearest_many(cells, x, y, np.array([20_000.0]), number, distance_m, hazard)
    code = index_build.classify(cells, lon_deg, lat_deg, np.array([5.0]), 150.0, 0.0)
    asked = (lon_deg, lat_deg, np.array([5.0]), 150.0)
    near_boxes.reached(outlines.bounds_deg, outlines.widened_m[outlines.part_hazard], asked)
    nearby = nearby_classes.classes_of_parts(outlines, *asked, most_looks=1 << 40)
    assert nearby is not None
    code[(nearby != code) & (nearby != near_boxes.IN_DOUBT) & (code != UNKNOWN)] = NO_CLASS
    return distance_m, hazard, code


def is_right(outlines: Outlines, lon_deg: Any, lat_deg: Any, answers: tuple[Any, Any, Any]) -> bool:
    """Whether the kernel's answers are those of the plain measurement, wherever the kernel answers at all."""
    distance_m, hazard, code = answers
    answered = np.flatnonzero(~np.isnan(distance_m))
    for i in answered[:: max(1, len(answered) // 300)]:
        plain = numpy_query.nearest_to(outlines, float(lon_deg[i]), float(lat_deg[i]), 20_000.0)
        if hazard[i] != plain.hazard and plain.distance_m > 0.0:
            return False
        if np.isfinite(plain.distance_m) and abs(distance_m[i] - plain.distance_m) > 1e-4:
            return False
        cautious_m = plain.distance_m - 15.0
        expected = 2 if cautious_m <= 0.0 else (1 if cautious_m <= 150.0 else 0)
        if code[i] not in (expected, 255) and abs(cautious_m) > 1e-3 and abs(cautious_m - 150.0) > 1e-3:
            return False
    return len(answered) > len(lon_deg) // 2


def _object_file() -> bytes:
    """The file to keep: a line that says what is in it, and the code."""
    from llvmlite import binding

    outlines, lon_deg, lat_deg = sample()
    for function in CALLED:
        assert function.dispatcher is not None  # numba answers, so that it says for which types
    if not is_right(outlines, lon_deg, lat_deg, ask(outlines, lon_deg, lat_deg)):
        raise ValueError("the compiled kernel does not have the answers of the plain measurement")
    whole: Any = binding.parse_assembly(MEMORY)
    entries: list[dict[str, Any]] = []
    machine: Any = None
    for compiled in _compiled():
        whole.link_in(binding.parse_bitcode(compiled.pop("module").as_bitcode()))
        machine = compiled.pop("machine")
        entries.append(compiled)
    called = {f.name for f in whole.functions if f.is_declaration and not f.name.startswith("llvm.")}
    if not called <= {*machine_code.LIBRARY, *machine_code.PYTHON}:
        raise ValueError(f"the kernel calls {sorted(called)}, not all of which are known")
    code = machine.emit_object(whole)
    about = {"made_for": file_key(), "sha256": hashlib.sha256(code).hexdigest(), "functions": entries}
    return json.dumps(about).encode() + b"\n" + bytes(code)


def file_key() -> str:
    """What `machine_code` compares with: the circumstances in which code may be used."""
    return machine_code._circumstances()


def _compiled() -> Iterator[dict[str, Any]]:
    """Each function for each kind of arguments that it was called with, without what Python calls it by."""
    import numba

    for function in CALLED:
        done = set()
        for signature in function.dispatcher.signatures:
            takes = layouts_of_types(signature)
            if takes in done:
                continue
            done.add(takes)
            plain = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(function.function)
            plain.compile(signature)
            made = plain.overloads[signature]
            library = made.library
            yield {
                "name": function.name,
                "takes": list(takes),
                "gives": gives_of(made.signature.return_type),
                "symbol": made.fndesc.llvm_func_name,
                "module": library._final_module,
                "machine": library.codegen._tm,
            }


def layouts_of_types(kinds: Any) -> tuple[str, ...]:
    """What `machine_code.layouts_of` says of values of numba's types."""
    from numba.core import types
    from numba.np.numpy_support import as_dtype

    out: list[str] = []
    for kind in kinds:
        if isinstance(kind, types.Array):
            out.append(f"{as_dtype(kind.dtype).str} {kind.ndim} {kind.layout}")
        elif isinstance(kind, types.containers.BaseTuple):
            out += ["(", *layouts_of_types(list(kind)), ")"]
        else:
            out.append({"boolean": "bool", "bool": "bool", "int64": "int", "float64": "float"}.get(kind.name, "other"))
    return tuple(out)


def gives_of(kind: Any) -> dict[str, Any]:
    """What a function gives: arrays and whole numbers, alone or as a tuple."""
    from numba.core import types

    is_tuple = isinstance(kind, types.containers.BaseTuple)
    parts = layouts_of_types(list(kind) if is_tuple else [kind]) if kind is not types.none else ()
    if any(part in ("bool", "float", "other", "(", ")") for part in parts):
        raise ValueError(f"compiled code that gives {kind} cannot be kept")
    return {"is_tuple": is_tuple, "parts": list(parts)}
