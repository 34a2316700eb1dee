"""The compiler of the screening kernel, loaded without what no command needs of it."""

import sys

import click

from merestone.screening import before_loading, was_compiled

FIRST_TIME = "Compiling the screening kernel for this machine: about half a minute, and only this once."


def prepare_compiler() -> None:
    """Have the compiler loaded as `load_compiler` does, if and when the kernel is needed; say so where it must compile.

    Up to some ten thousands of positions need no kernel.
    """
    before_loading[:] = [_tell_first_time, load_compiler]


def _tell_first_time() -> None:
    if not was_compiled():
        click.echo(FIRST_TIME, err=True)


def load_compiler() -> None:
    """Load numba without SciPy's linear algebra: to find that takes longer than to load the kernel.

    numba looks for it once, when its functions for arrays are read, so that ``np.dot`` can be compiled. The kernel has
    no such function. For commands alone: a program that uses numba for other things has it whole.
    """
    if "numba.np.arraymath" in sys.modules or "scipy.linalg" in sys.modules:
        return
    import numba

    assert numba.__version__
    sys.modules["scipy.linalg"] = None  # type: ignore[assignment] # what Python takes for: cannot be imported
    try:
        import numba.np.arraymath
    finally:
        del sys.modules["scipy.linalg"]
