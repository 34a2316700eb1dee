"""Forms made from the definitions are read by the reference converter, and hold what the definitions hold."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyxform.xls2xform import convert

from merestone.exchange.imports.form import write_xlsform
from merestone.register.programme.kind import Kind, kinds
from merestone.terms import FieldRefused

FORMS = [kind for kind in kinds().values() if not kind.is_transcription and kind.recorded_by is None]
XFORMS = "{http://www.w3.org/2002/xforms}"


@pytest.mark.parametrize("kind", FORMS, ids=lambda kind: kind.name)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_reference_converter_reads_the_form_with_every_field(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / f"{kind.name}.xlsx"
    write_xlsform(kind.name, path)
    made = convert(xlsform=path, validate=False)
    binds = ElementTree.fromstring(made.xform).iter(f"{XFORMS}bind")
    asked = {bind.get("nodeset", "").rsplit("/", 1)[-1]: bind for bind in binds}
    for field in kind.fields:
        if field.personal or field.automatic:
            assert field.name not in asked
        else:
            assert (asked[field.name].get("required") == "true()") == field.required
    assert ("geometry" in asked) == bool(kind.geometry)


def test_no_blank_form_of_a_minefield_record_is_made(tmp_path: Path) -> None:
    with pytest.raises(FieldRefused, match="transcribed"):
        write_xlsform("minefield_record", tmp_path / "no.xlsx")
    assert not list(tmp_path.iterdir())
