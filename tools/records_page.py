"""Write docs/reference/records.md from the definitions in register/programme/kinds/. A test compares the two."""

from pathlib import Path

from merestone.register.programme.kind import Field, kinds

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "records.md"
HEAD = """# Kinds of records

Made from the definitions in `register/programme/kinds/` by `python tools/records_page.py`; do not edit by hand.
The lists follow the GICHD minimum data requirements, draft 2018-05-28, and IMSMA's published forms, in our own words;
they claim no conformance to IMAS 05.10. **Bold**: required. *Personal*: held apart, encrypted, erasable.
"""


def field_row(field: Field) -> str:
    name = f"**{field.name}**" if field.required else field.name
    holds = field.type.replace("_", " ") + (f", {field.unit}" if field.unit else "")
    if field.choices:
        holds += ": " + ", ".join(choice.replace("_", " ") for choice in field.choices)
    if field.to:
        holds += f" to {field.to}"
    if field.advise_min:
        holds += f"; {field.advise_min} or more advised"
    label = field.label + (". " + field.help if field.help else "") + (" *Personal*" if field.personal else "")
    return f"| {name} | {label} | {holds} | {', '.join(field.columns)} | {field.origin} |"


def page() -> str:
    parts = [HEAD]
    for kind in kinds().values():
        shapes = ", ".join(kind.geometry) or "none"
        layers = ", ".join(kind.layers) or "none of its own"
        parts.append(
            f"## {kind.label} (`{kind.name}`)\n\n{kind.what}\n\n"
            f"Shape: {shapes}. Layers: {layers}. Visibility unless chosen: {kind.visibility}. Follows: {kind.source}."
        )
        if kind.is_transcription:
            parts[-1] += " No blank form of it is ever made."
        table = ["| field | meaning | holds | also read from columns | origin |", "|---|---|---|---|---|"]
        parts.append("\n".join(table + [field_row(field) for field in kind.fields]))
        parts.extend(f"`{check.first}` is not after `{check.second}`." for check in kind.checks)
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
