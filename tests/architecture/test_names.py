"""No file has a bare participle or pronoun as a name."""

import ast
import runpy
from pathlib import Path

import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "bare_names.py"))


@pytest.mark.parametrize("path", TOOL["sources"](), ids=lambda path: path.relative_to(TOOL["SRC"]).as_posix())
def test_a_file_has_no_names_that_say_nothing(path: Path) -> None:
    """2026-11-28: 5.1 % of all bound names were such words, in peers 0.0 %; say what the thing is."""
    names = TOOL["bare_names"](path)
    assert not names, f"{path}: say what each holds: {names}"


def test_parameters_variables_and_functions_count_and_longer_names_do_not() -> None:
    text = "def told(found, *, _held=0):\n    one = [given for given in found_areas]\n    self.kept = words_of\n"
    names = [name for _, name in TOOL["bound_names"](ast.parse(text)) if name.strip("_") in TOOL["BARE"]]
    assert sorted(names) == ["_held", "found", "given", "kept", "one", "told"]


def test_an_old_name_that_is_still_understood_does_not_count() -> None:
    text = "class Answer:\n    given = renamed_attribute('given', 'circumstances')\n    found = None\n"
    names = [name for _, name in TOOL["bound_names"](ast.parse(text)) if name in TOOL["BARE"]]
    assert names == ["found"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("const words = 1;", ["words"]),
        (
            "function show({told, areas}, one = 2) { return (found) => `${found} held`; }",
            ["told", "one", "found", "found"],
        ),
        ("this.kept = await open(); const {held: locks} = x.held; // given\n", ["kept"]),
        ("#words(text) { return {words: 'one', found: text.said}; }", ["words"]),
        ("/* told */ const match = text.match(/found/g);", []),
    ],
)
def test_names_of_scripts_count_and_keys_strings_and_comments_do_not(text: str, names: list[str]) -> None:
    assert [name for _, name in TOOL["script_names"](text)] == names


def test_names_of_templates_count_where_they_are_bound() -> None:
    text = (
        "{% macro told(one) %}{{ one }}{% endmacro %}{% for found in held %}{{ found }}{% endfor %}{% set words = 1 %}"
    )
    assert sorted({name for _, name in TOOL["template_names"](text)}) == ["found", "one", "told", "words"]
