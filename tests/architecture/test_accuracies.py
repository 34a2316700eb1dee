"""No public function takes an accuracy that nobody gave for an exact one."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

ROOMS = ("merestone.screening", "merestone.geodesy", "merestone.exchange", "merestone.register")


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for room in ROOMS:
        module = importlib.import_module(room)
        for name in getattr(module, "__all__", dir(module)):
            held = getattr(module, name)
            if inspect.isclass(held) and held.__module__.startswith("merestone."):
                for method, of in inspect.getmembers(held, callable):
                    if not method.startswith("_"):
                        yield f"{room}.{name}.{method}", of
            elif inspect.isfunction(held):
                yield f"{room}.{name}", held


def with_accuracy() -> dict[str, inspect.Parameter]:
    found = {}
    for name, function in public_functions():
        try:
            parameter = inspect.signature(function).parameters.get("accuracy_m")
        except (TypeError, ValueError):
            continue
        if parameter is not None:
            found[name] = parameter
    return found


WITH_ACCURACY = with_accuracy()


def test_the_search_finds_the_functions_that_matter() -> None:
    wanted = {f"merestone.screening.HazardIndex.{name}" for name in ("build", "changed", "classify", "nearest")}
    assert set(WITH_ACCURACY) >= wanted | {"merestone.screening.screen_tracks", "merestone.geodesy.outward"}


@pytest.mark.parametrize("name", sorted(WITH_ACCURACY))
def test_an_accuracy_that_is_not_given_is_unknown(name: str) -> None:
    """2026-11-28: the default was 0 m, so that `HazardIndex.classify(lon, lat)` answered "none recorded"."""
    default = WITH_ACCURACY[name].default
    assert default is inspect.Parameter.empty or default is None or default != default, name
