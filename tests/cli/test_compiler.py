"""Commands load numba without SciPy's linear algebra, and leave that to whoever asks for it."""

import subprocess
import sys

from merestone.cli.compiler import FIRST_TIME


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


def test_a_few_thousand_positions_need_no_compiler_and_a_first_compilation_is_told() -> None:
    """2026-11-28: the first run after installing compiled for half a minute without a word, also for ten positions."""
    script = (
        "import sys\n"
        "import numpy as np, shapely\n"
        "from merestone.cli import compiler\n"
        "from merestone.screening import HazardIndex\n"
        "from merestone.screening.kernel import compiled_state\n"
        "compiled_state.was_compiled = compiler.was_compiled = lambda: False\n"
        "compiler.prepare_compiler()\n"
        "index = HazardIndex.build([shapely.box(0, 0, 1, 1)], 0.0)\n"
        "assert index.classify(np.full(20_000, 0.5), np.full(20_000, 0.5), 0.0).tolist() == [2] * 20_000\n"
        "assert 'numba' not in sys.modules\n"
        "compiled_state.before_loading[0]()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stderr.strip() == FIRST_TIME
