"""Arrow, loaded without what no command needs of it."""

import sys
from importlib.abc import MetaPathFinder
from typing import Never


class _NoPandas(MetaPathFinder):
    """Says that pandas is not installed, while it stands among those who are asked for modules."""

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> None:
        if fullname == "pandas":
            _refuse(fullname)


def _refuse(name: str) -> Never:
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def load_arrow() -> None:
    """Load PyArrow without pandas: to load that takes longer than to screen a thousand positions.

    PyArrow looks for pandas once, when the first array is made, so that it knows a Series when it is given one; where
    it is not installed PyArrow does without, and looks again when a table is to become a DataFrame. For commands alone,
    which give it no Series: a program that uses pandas for other things has both as they are.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    no_pandas = _NoPandas()
    sys.meta_path.insert(0, no_pandas)
    try:
        pa.array([0.0])
    finally:
        sys.meta_path.remove(no_pandas)
