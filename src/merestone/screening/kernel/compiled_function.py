"""Functions of the kernel: compiled by numba when one is first called, unless their machine code was kept.

To load numba and what it has compiled takes half a second; to load the same machine code alone takes a tenth of that
(`machine_code`). So numba is loaded by the first call that no kept code answers, and by no import.
"""

import threading
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from merestone.screening.kernel import machine_code
from merestone.screening.kernel.compiled_state import before_loading, note_loaded

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
"""How everything here is compiled: free of the interpreter's lock, dividing as NumPy does."""
_LOCK = threading.RLock()


class NumbaName:
    """A name that only compiled functions use, such as an intrinsic of numba's: made when the first is compiled."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


class CompiledFunction:
    """A function of the kernel; called from Python, or by another one that numba compiles."""

    def __init__(self, function: Callable[..., Any], *, forceinline: bool = False) -> None:
        update_wrapper(self, function)
        self.function = function
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self._options = OPTIONS | ({"forceinline": True} if forceinline else {})
        self._dispatcher: Any = None

    @property
    def dispatcher(self) -> Any:
        """Numba's own function, made when it is asked for: compiled once on a machine."""
        if self._dispatcher is None:
            with _LOCK:
                if self._dispatcher is None:
                    for act in before_loading:
                        act()
                    import numba

                    note_loaded()
                    _make_names(self.function)
                    self._dispatcher = numba.njit(cache=True, **self._options)(self.function)
        return self._dispatcher

    @property
    def _numba_type_(self) -> Any:
        """By which numba knows that other compiled functions may call this one."""
        from numba.core import types

        return types.Dispatcher(self.dispatcher)

    def __call__(self, *arguments: Any) -> Any:
        """Call it: the kept machine code, if there is any for arguments of these types and numba is not loaded."""
        if self._dispatcher is None:
            call = machine_code.kept_function(self.name, arguments)
            if call is not None:
                return call(arguments)
        return self.dispatcher(*arguments)


def _make_names(function: Callable[..., Any]) -> None:
    """Put what numba knows in the place of each `NumbaName` that a function's module holds."""
    names = function.__globals__
    for name, value in list(names.items()):
        if isinstance(value, NumbaName):
            names[name] = value.make()


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called."""
    return CompiledFunction(function)


def inlined(function: Callable[..., Any]) -> Any:
    """The same for what is called for every cell: a call with many arrays costs more than what it calls."""
    return CompiledFunction(function, forceinline=True)
