"""The figures that are kept with the package are those that are measured from its data."""

from typing import Any

import pytest

from merestone.border import surrounding
from merestone.border.surrounding import as_json, data_digest, measured_surroundings, surroundings


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: leaf for name, one in value.items() for key, leaf in leaves(one, f"{path}/{name}").items()}
    if isinstance(value, (list, tuple)):
        return {key: leaf for k, one in enumerate(value) for key, leaf in leaves(one, f"{path}/{k}").items()}
    return {path: value}


def test_what_is_kept_is_what_is_measured() -> None:
    """2026-11-28: a briefing measured the same lines again each time, four of its seven seconds.

    It takes some seconds itself: this is the one place where all of it is measured.
    """
    kept, measured = leaves(as_json(surroundings())), leaves(as_json(measured_surroundings()))
    assert kept.keys() == measured.keys()
    for place, value in measured.items():
        expected = pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
        assert kept[place] == expected, place


def test_figures_of_other_data_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = data_digest()
    monkeypatch.setattr(surrounding, "_DATA", ("geonames/places.csv",))
    assert data_digest() != before
    anew = surroundings()
    monkeypatch.setattr(surrounding, "measured_surroundings", lambda: anew)
    surroundings.cache_clear()
    assert surroundings() is anew
    surroundings.cache_clear()
