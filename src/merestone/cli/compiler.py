"""The compiler of the screening kernel, loaded without what no command needs of it."""

import sys


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
