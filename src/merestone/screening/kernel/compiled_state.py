"""Whether the compiled kernel is loaded, or was compiled on this machine: asked without loading the compiler."""

import os
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

from merestone.files import cache_folder

KEPT_S, LOAD_S, COMPILE_S = 0.05, 0.8, 20.0
"""Seconds that the kernel takes to load where its machine code is kept, where numba has it, and to compile: roughly,
and only to choose between ways that give the same answers."""


before_loading: list[Callable[[], None]] = []
"""What is done first when the compiler is about to be loaded: a command tells the person, and loads less of it."""


_loaded, _kept_loaded = threading.Event(), threading.Event()


def note_loaded() -> None:
    """Say that this process has loaded the compiler."""
    _loaded.set()


def note_kept_code_loaded() -> None:
    """Say that this process has loaded the machine code that was kept."""
    _kept_loaded.set()


def is_compiler_loaded() -> bool:
    """Whether this process has the compiled kernel already."""
    return _loaded.is_set()


@cache
def was_compiled() -> bool:
    """Whether a compiled kernel no older than its source lies where numba keeps it: beside it, or in the user's cache.

    A guess only: numba itself looks closer, and compiles anew what does not fit.
    """
    here = Path(__file__).parent
    pattern = "batch_query.nearest_many-*.nbi"
    stated_folder = os.environ.get("NUMBA_CACHE_DIR")
    folders = [Path(stated_folder)] if stated_folder else [here / "__pycache__", _user_cache() / "numba"]
    try:
        index_files = [file for folder in folders for file in folder.rglob(pattern)]
        changed = (here / "batch_query.py").stat().st_mtime
        return any(file.stat().st_mtime >= changed for file in index_files)
    except OSError:
        return False


def loading_s() -> float:
    """About how long the compiled kernel takes until it can be asked, seconds."""
    if is_compiler_loaded() or _kept_loaded.is_set():
        return 0.0
    if _may_be_kept():
        return KEPT_S
    return LOAD_S if was_compiled() else COMPILE_S


@cache
def _may_be_kept() -> bool:
    """Whether some machine code of the kernel is kept: a guess, for it may be that of another machine or version."""
    folder = cache_folder("kernel")
    try:
        return folder is not None and any(file.stat().st_size for file in folder.glob("*.kernel"))
    except OSError:
        return False


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
