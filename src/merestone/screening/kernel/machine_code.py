"""The kernel's machine code, kept from a run that compiled it: loaded without numba, in a tenth of the time.

It is one object file in the user's cache folder, made by `machine_code_keeping` for this processor and this very
source text alone; what does not fit is not used, and numba compiles as ever. Functions are called as numba calls them:
an array is seven numbers or more, a tuple is its members one after the other.
"""

import ctypes
import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from merestone.files import cache_folder
from merestone.screening.kernel.cells_fingerprint import cells_fingerprint
from merestone.screening.kernel.compiled_state import note_kept_code_loaded

FORM = 1
"""Of the file; raised when what is said in its first line changes."""
NRT_DECREF = "NRT_decref"
"""By which compiled code lets go of an array."""
WORD = 8
LIBRARY = ("malloc", "realloc", "free", "sin", "cos", "tan", "sincos", "sqrt", "log10", "memcpy", "memset", "memmove")
"""Functions of the C library that the code may call."""
PYTHON = ("PyErr_SetString", "PyUnicode_FromKindAndData", "PyObject_Hash", "PyTuple_Pack")
"""Functions of Python with which numba words errors that the kernel never makes, such as slices of unequal length."""
_DONE, _DONE_WITH_NONE = 0, -2

Call = Callable[[Sequence[Any]], Any]


def kept_function(name: str, arguments: Sequence[Any]) -> Call | None:
    """What calls the kept code of a function for arguments of these types; None if there is none."""
    functions = _kept_functions()
    return functions.get((name, layouts_of(arguments))) if functions else None


def is_machine_code_kept() -> bool:
    """Whether code for this processor and this source text is kept, and can be loaded."""
    return bool(_kept_functions())


def layouts_of(values: Sequence[Any]) -> tuple[str, ...]:
    """What compiled code must know of the types of some values; whether an array may be written is no part of it."""
    out: list[str] = []
    for value in values:
        if isinstance(value, np.ndarray):
            flags = value.flags
            out.append(array_layout(value.dtype, value.ndim, flags) if flags.aligned else "other")
        elif isinstance(value, tuple):
            out += ["(", *layouts_of(value), ")"]
        elif isinstance(value, (bool, np.bool_)):
            out.append("bool")
        elif isinstance(value, (int, np.int64)):
            out.append("int")
        else:
            out.append("float" if isinstance(value, float) else "other")
    return tuple(out)


def array_layout(kind: np.dtype[Any], dimensions: int, flags: Any) -> str:
    """An array's layout in memory, as numba tells them apart."""
    return _layout(kind, dimensions, "C" if flags.c_contiguous else ("F" if flags.f_contiguous else "A"))


@cache
def _layout(kind: np.dtype[Any], dimensions: int, order: str) -> str:
    return f"{kind.str} {dimensions} {order}"


def file_of_machine_code() -> Path | None:
    """Where the code for this processor, source text and compiler is kept; None where nothing may be."""
    folder = cache_folder("kernel")
    return None if folder is None else folder / f"{_circumstances()[:32]}.kernel"


def load_machine_code(file: Path) -> dict[tuple[str, tuple[str, ...]], Call]:
    """The functions of a file of machine code, by name and layouts of arguments.

    Raises
    ------
    ValueError, OSError
        It is damaged, or was made under other circumstances.
    """
    first, _, code = file.read_bytes().partition(b"\n")
    about = json.loads(first)
    if about["made_for"] != _circumstances() or about["sha256"] != hashlib.sha256(code).hexdigest():
        raise ValueError(f"{file} was made for another machine, or is damaged")
    _tell_symbols()
    engine = _engine_with(code)
    release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(engine.get_function_address(NRT_DECREF))
    functions: dict[tuple[str, tuple[str, ...]], Call] = {}
    for entry in about["functions"]:
        # Without a lock on the interpreter; the engine lives as long as a function of it does.
        function = ctypes.CFUNCTYPE(ctypes.c_int32)(engine.get_function_address(entry["symbol"]))
        function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *_types_passed(entry["takes"])]
        functions[entry["name"], tuple(entry["takes"])] = _caller(function, release, entry["gives"], engine)
    return functions


@cache
def _kept_functions() -> dict[tuple[str, tuple[str, ...]], Call]:
    """What is kept for this machine; nothing if nothing is, or if it cannot be used."""
    try:
        file = file_of_machine_code()
        functions = load_machine_code(file) if file is not None and file.is_file() else {}
    except (ImportError, OSError, ValueError, KeyError, TypeError, RuntimeError):
        return {}
    if functions:
        note_kept_code_loaded()
    return functions


@cache
def _circumstances() -> str:
    """SHA-256 of all that decides whether code may be used here: source text, compiler, processor."""
    import llvmlite
    from llvmlite import binding

    numba = find_spec("numba")
    origin = "" if numba is None or numba.origin is None else numba.origin
    processor = (binding.get_host_cpu_name(), sorted(binding.get_host_cpu_features().items()))
    made_from = (
        FORM, cells_fingerprint(), llvmlite.__version__, origin, origin and os.stat(origin).st_mtime_ns,
        sys.version, platform.platform(), np.__version__, processor,
    )  # fmt: skip
    return hashlib.sha256(repr(made_from).encode()).hexdigest()


def _tell_symbols() -> None:
    """Tell LLVM where the functions of the C library and of Python are that the code may call."""
    from llvmlite import binding

    process = ctypes.CDLL(None) if os.name == "posix" else ctypes.cdll.msvcrt
    for library, names in ((process, LIBRARY), (ctypes.pythonapi, PYTHON)):
        for name in names:
            if hasattr(library, name):
                address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
                binding.add_symbol(name, address)


def _engine_with(code: bytes) -> Any:
    """LLVM with an object file loaded."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(jit=True)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _caller(function: Any, release: Any, gives: dict[str, Any], engine: Any) -> Call:
    """Call compiled code with plain values, and make plain values of what it gives."""
    parts: list[str] = gives["parts"]
    word_count = sum(_word_count(part) for part in parts)

    def call(arguments: Sequence[Any]) -> Any:
        assert engine is not None
        room = (ctypes.c_int64 * max(word_count, 1))()
        why = ctypes.c_void_p()
        status = function(ctypes.byref(room), ctypes.byref(why), *_passed(arguments))
        if status not in (_DONE, _DONE_WITH_NONE):
            raise MemoryError("there is not enough memory for the cells of so many hazards")
        values, at = [], 0
        for part in parts:
            values.append(room[at] if part == "int" else _array(room, at, part, release))
            at += _word_count(part)
        if gives["is_tuple"]:
            return tuple(values)
        return values[0] if values else None

    return call


def _word_count(part: str) -> int:
    """How many numbers of eight bytes stand for a value: those of an array are described in `_passed`."""
    return 1 if part == "int" else 5 + 2 * int(part.split()[1])


def _passed(values: Sequence[Any]) -> list[Any]:
    """Each value as compiled code takes it.

    An array is its owner and its parent (none: the caller keeps it), number and size of its items, where they are, its
    shape and its strides.
    """
    out: list[Any] = []
    for value in values:
        if isinstance(value, np.ndarray):
            address = value.__array_interface__["data"][0]
            out += [None, None, value.size, value.itemsize, address, *value.shape, *value.strides]
        elif isinstance(value, tuple):
            out += _passed(value)
        elif isinstance(value, (bool, np.bool_, int, np.int64)):
            out.append(int(value))
        else:
            out.append(value)
    return out


def _types_passed(layouts: Sequence[str]) -> list[Any]:
    """The types of what `_passed` makes of arguments with these layouts (`layouts_of`)."""
    numbers = {"bool": ctypes.c_uint8, "int": ctypes.c_int64, "float": ctypes.c_double}
    out: list[Any] = []
    for layout in layouts:
        if layout in numbers:
            out.append(numbers[layout])
        elif layout not in ("(", ")"):
            out += [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
            out += [ctypes.c_int64] * (2 * int(layout.split()[1]))
    return out


def _array(room: Any, at: int, part: str, release: Any) -> Any:
    """A copy of an array that compiled code gave, which is let go."""
    kind, dimensions = part.split(maxsplit=1)[0], int(part.split()[1])
    owner, _, count, item_bytes, data = room[at : at + 5]
    shape = room[at + 5 : at + 5 + dimensions]
    strides = room[at + 5 + dimensions : at + 5 + 2 * dimensions]
    out = np.empty(shape, kind)
    if list(out.strides) != list(strides) and count:
        raise ValueError(f"compiled code gave an array that is not contiguous: {shape}, {strides}")
    ctypes.memmove(out.ctypes.data, data, count * item_bytes)
    release(owner)
    return out
