"""The compiler of the screening kernel, loaded without what no command needs of it."""

import contextlib
import sys

import click

from merestone.screening import before_loading, is_compiler_loaded, was_compiled

NO_CACHE = "merestone.no_cache"
"""Where a command's context says that nothing may be kept."""
FIRST_TIME = "Compiling the screening kernel for this machine: about half a minute, and only this once."
KEEPING = "Keeping the compiled kernel, so that later runs start sooner: some 20 seconds, and only this once."
KEPT_WITHIN_S = 300
"""To compile and keep the kernel takes some half a minute; a process that is not done by then is ended."""


def prepare_compiler() -> None:
    """Have the compiler loaded as `load_compiler` does, if and when the kernel is needed; say so where it must compile.

    Up to some ten thousands of positions need no kernel. A command that had to load the compiler keeps the kernel's
    machine code when it ends, so that the next need not.
    """
    before_loading[:] = [_tell_first_time, load_compiler]
    context = click.get_current_context(silent=True)
    if context is not None and not is_compiler_loaded() and not context.meta.get(NO_CACHE, False):
        context.call_on_close(keep_kernel)


def keep_kernel() -> None:
    """Keep the kernel's machine code, if this process compiled or loaded it, and none is kept on this machine yet."""
    if not is_compiler_loaded():
        return
    from merestone.screening import keep_machine_code, may_keep_machine_code

    if may_keep_machine_code():
        click.echo(KEEPING, err=True)
        keep_machine_code()


def keep_machine_code_apart() -> None:
    """Keep the kernel's machine code, if none is kept yet, by a process of its own: the compiler's 250 MB go with it.

    A service that compiled by itself would hold them until it is started again. If it cannot be kept, the service finds
    that out by itself.
    """
    from merestone.screening import may_keep_machine_code

    if not may_keep_machine_code():
        return
    click.echo(KEEPING, err=True)
    command = [sys.executable, "-c", "from merestone.screening import keep_machine_code; keep_machine_code()"]
    import subprocess  # here: few commands need it

    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, check=False, timeout=KEPT_WITHIN_S)


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
