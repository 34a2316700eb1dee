"""No text is wider in typst than the bound by which the rows of long tables are set together."""

import json
import tempfile
from pathlib import Path

import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.documents.briefing.sheet import _STYLE
from merestone.documents.briefing.text_width import _WIDTH_EM, most_width_em

LETTERS = st.text(st.sampled_from([*_WIDTH_EM, *"čćđšžČĆĐŠŽäöüßæœøåþ"]), min_size=1, max_size=30)


def widths_em(texts: list[str]) -> list[float]:
    """The widths in the semibold of unknown figures, which is the wider one of a table's two."""
    sizes = ", ".join(f"measure(text(weight: \"semibold\", {json.dumps(text, ensure_ascii=False)})).width.pt()"
                      for text in texts)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "widths.typ"
        head = f'#let footnote_words = ""\n{_STYLE}#set text(size: 100pt)\n'
        path.write_text(f"{head}#context [#metadata(({sizes},)) <widths>]", encoding="utf-8")
        found = typst.query(str(path), "<widths>", field="value", one=True, ignore_system_fonts=True)
    return [width / 100 for width in json.loads(found)]


@given(st.lists(LETTERS, min_size=10, max_size=40))
@settings(max_examples=10, deadline=None)
def test_no_text_is_wider_than_its_bound(texts: list[str]) -> None:
    inner = [f"x{text.replace(' ', '')}x" for text in texts]  # spaces at the ends have no width
    for text, width_em in zip(inner, widths_em(inner), strict=True):
        assert width_em <= most_width_em(text), text
