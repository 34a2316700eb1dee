"""The page for phones as it is sent, before any script of it has run."""

import re
from html import unescape
from importlib.resources import files

from merestone.service.page import page_templates

FALLBACK = re.compile(r'data-(words|safety|label|placeholder)="(\w+)"([^>]*)>([^<]*)<')
WORD = re.compile(r"""^  (\w+): gettext\((?:'((?:[^'\\]|\\.)*)'|"([^"\\]*)")\),$""", re.MULTILINE)


def test_every_word_stands_in_the_page_itself_in_english() -> None:
    """2026-11-29: until the languages had come, or where they did not, buttons and headings were empty."""
    page = page_templates().get_template("pocket.html").render(version="1", needs_script={})
    script = (files("merestone.service") / "web" / "pocket" / "words.js").read_text(encoding="utf-8")
    english = {key: (single or double).replace("\\'", "'") for key, single, double in WORD.findall(script)}
    marked = FALLBACK.findall(page)
    assert len(marked) > 25
    assert len(marked) == len(re.findall(r"data-(?:words|safety|label|placeholder)=", page)), "each was looked at"
    for kind, key, rest, text in marked:
        attribute = {"label": "aria-label", "placeholder": "placeholder"}.get(kind)
        shown = re.search(rf'{attribute}="([^"]*)"', rest) if attribute else None
        assert unescape(shown[1] if shown else text) == english[key], key
    assert "Nothing is watched or compared yet" in page
    assert re.search(r'<button[^>]*id="watch"[^>]* disabled>', page), "what has not started cannot be pressed"
