"""Names that changed: the old one is understood for one version more, and says what it is called now."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_ENDS_WITH = "0.3"


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is now {new}; the old name ends with {_ENDS_WITH}", DeprecationWarning, stacklevel=3)


def renamed_parameters(**new_names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Take parameters by their old keywords, too, with a `DeprecationWarning`.

    >>> @renamed_parameters(broad_m="width_m")
    ... def half_m(*, width_m: float) -> float:
    ...     return width_m / 2
    >>> half_m(width_m=3.0)
    1.5
    """

    def with_old_names(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            for old, new in new_names.items():
                if old in kwargs:
                    _warn(f"parameter {old} of {function.__name__}", new)
                    if new in kwargs:
                        raise TypeError(f"{function.__name__}() got both {new} and its old name {old}")
                    kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return called

    return with_old_names


def renamed_attribute(old: str, new: str) -> Any:
    """A property for a class that reads an attribute by its old name, with a `DeprecationWarning`."""

    def read(self: object) -> Any:
        _warn(f"{type(self).__name__}.{old}", new)
        return getattr(self, new)

    return property(read, doc=f"The old name of `{new}`.")
