"""A public name that goes, or a parameter that others' programs pass, is announced in CHANGELOG.md."""

import runpy
from pathlib import Path

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "public_names.py"))
Signature = TOOL["Signature"]


def test_what_callers_lose_since_the_last_version_is_announced() -> None:
    """2026-11-28: nothing noticed when a public name went."""
    missing = TOOL["unannounced"]()
    assert not missing, f"name each in CHANGELOG.md in backticks, or keep it: {missing}"


def lost(before: str, now: str) -> list[str]:
    return list(TOOL["losses"]({"room.f": Signature.from_text(before)}, {"room.f": Signature.from_text(now)}))


def test_a_parameter_is_lost_if_it_goes_moves_or_becomes_required() -> None:
    assert lost("a b= * c=", "a b= * c=") == []
    assert lost("a b=", "a b= extra= * more=") == []
    assert lost("a b=", "a") == ["room.f(b)"]
    assert lost("a b=", "a b") == ["room.f(b)"]
    assert lost("a", "a * by") == ["room.f(by)"]
    assert lost("a b", "b a") == ["room.f(a)", "room.f(b)"]
    assert lost("a b", "a * b") == ["room.f(b)"]
    assert lost("a * b", "a b") == []


def test_a_name_is_lost_and_of_a_class_the_class_alone_is_named() -> None:
    before = {"room.A": None, "room.A.x": None, "room.B": None, "room.B.y": None}
    assert list(TOOL["losses"](before, {"room.B": None})) == ["room.A", "room.B.y"]


def test_a_signature_is_read_as_it_was_written() -> None:
    for text in ("a b= * c d=", "", "a ...", "* by"):
        assert Signature.from_text(text).text() == text
