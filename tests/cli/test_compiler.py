"""Commands load numba without SciPy's linear algebra, and leave that to whoever asks for it."""

import subprocess
import sys


def test_the_kernel_is_compiled_without_linear_algebra_which_can_still_be_loaded() -> None:
    """2026-11-28: a command that screened a file spent 0.16 s on looking for a BLAS that its kernel never calls."""
    script = (
        "import sys\n"
        "from merestone.cli.compiler import load_compiler\n"
        "load_compiler()\n"
        "assert 'scipy.linalg' not in sys.modules\n"
        "from merestone.screening import HazardIndex\n"
        "import numpy as np, shapely\n"
        "index = HazardIndex.build([shapely.box(0, 0, 1, 1)], 0.0)\n"
        "index.prepare()\n"
        "assert index.classify(np.full(3000, 0.5), np.full(3000, 0.5), 0.0).tolist() == [2] * 3000\n"
        "import scipy.linalg\n"
        "assert scipy.linalg.norm([3.0, 4.0]) == 5.0\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
