"""How `make docs` builds the site in artifacts/site, from these pages, the docstrings and the commands' help."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

project = "Merestone"
author = "The Merestone founders"
copyright = author
version = release = installed_version("merestone")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",  # docstrings are written by numpydoc's sections
    "sphinx_click",
]
root_doc = "index"
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

# Headings of three levels are targets of links, as on the pages of a code forge.
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "dollarmath"]

# What a room's door lists, in the order in which its stub lists it.
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_default_options = {"members": True, "show-inheritance": True}

html_theme = "furo"
html_title = f"Merestone {version}"
html_static_path: list[str] = []

# Field lists of results name `people` and the like, which several classes have; each is described where it stands.
suppress_warnings = ["ref.python"]


def escape_stars(app: Any, context: Any, lines: list[str]) -> None:
    """Let the stars of file patterns in a command's help be stars, where reStructuredText would begin emphasis."""
    lines[:] = [line.replace("*", r"\*") for line in lines]


def head_examples(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Put a heading over the example that ends a docstring: below "Raises" it would be read as one more error."""
    is_section = any(line and set(line) == {"-"} for line in lines)
    first = next((at for at, line in enumerate(lines) if line.startswith(">>>")), None)
    if is_section and first is not None and "Examples" not in lines:
        lines[first:first] = ["Examples", "--------"]


def setup(app: Any) -> None:
    """Connect what is done to the text of docstrings and commands."""
    app.connect("autodoc-process-docstring", head_examples, priority=400)  # before napoleon reads the sections
    for part in ("description", "options"):
        app.connect(f"sphinx-click-process-{part}", escape_stars)
