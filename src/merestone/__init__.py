"""Merestone: from the treaty, along the border, to the ground.

It keeps the record of where mines and other explosive ordnance may be, tells people, and helps to release the land
again. It never says that a place is safe. The rooms are the packages beside this file; `docs/architecture.md` says
what each is for, and in which order they may import each other.

This module imports none of them, so that ``merestone --help`` starts at once.
"""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__version__ = "0.2.0"


class _MovedModule:
    """Loads a module by the name that it had before, as the very module of today."""

    def __init__(self, name: str) -> None:
        from importlib import import_module

        self._module = import_module(name)
        self._spec = self._module.__spec__

    def create_module(self, _: "ModuleSpec") -> "ModuleType":
        return self._module

    def exec_module(self, module: "ModuleType") -> None:
        module.__spec__ = self._spec  # the import system has written the old name's over it


class _MovedModules:
    """Finds modules of version 0.1 that moved, by ``moved_modules.csv``; each says so by a `DeprecationWarning`.

    No base class of ``importlib.abc``: to load it takes longer than ``merestone --help`` may wait.
    """

    def __init__(self) -> None:
        with open(os.path.join(os.path.dirname(__file__), "moved_modules.csv"), encoding="utf-8") as table:
            lines = table.read().splitlines()
        self._names = {f"{__name__}.{old}": f"{__name__}.{new}" for old, new in (line.split(",") for line in lines[1:])}

    def find_spec(self, fullname: str, *_: object) -> "ModuleSpec | None":
        name = self._names.get(fullname)
        if name is None:
            return None
        import warnings
        from importlib.machinery import ModuleSpec

        warnings.warn(f"{fullname} is now {name}; the old name ends with 0.3", DeprecationWarning, stacklevel=2)
        return ModuleSpec(fullname, _MovedModule(name))  # type: ignore[arg-type]


# First in the list: otherwise a submodule of a moved package would be read a second time, under its old name.
sys.meta_path.insert(0, _MovedModules())
