"""The forms are data with a source each, and a table asks only for what its rows can give."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from merestone.documents.reports import TREATY_REPORTS, DefinitionBroken, gather, period_from, report, report_definition
from merestone.documents.reports.definition import definition_from
from merestone.documents.reports.rows import ROWS
from merestone.documents.reports.selection import Fit, Selection
from merestone.law import packaged
from merestone.register import Register
from merestone.terms import RecordKind
from tests.exchange.reports.conftest import material_of
from tests.exchange.reports.test_reports import assert_adds_up

ASKED_OF_PEOPLE = {"quantity", "emplaced"}
"""Columns of the adopted forms that no record of ours can fill for an area."""


@pytest.mark.parametrize("name", TREATY_REPORTS)
def test_every_form_has_source_article_and_a_known_treaty(name: str) -> None:
    one = report_definition(name)
    assert packaged().holding(one.treaty)
    assert [form.letter for form in one.forms] == list("ABCDEFGHIJ" if name.endswith("art7") else "ABCDEFG")
    assert all(form.source and form.article for form in one.forms)


def test_the_letters_of_the_two_conventions_are_kept_apart() -> None:
    ban, cluster = report_definition("apmbc-art7"), report_definition("ccm-art7")
    same = {form.letter for form in ban.forms if form.title == cluster.form(form.letter).title}
    assert same == {"A", "E", "J"}, "national measures, conversion and other matters alone share a letter"


@pytest.mark.parametrize("name", TREATY_REPORTS)
def test_a_table_asks_only_for_keys_that_its_rows_give(name: str, known_register: tuple[Path, dict[str, str]]) -> None:
    selection = Selection(material_of(known_register[0]), report_definition(name).ordnance)
    asked = 0
    for form in report_definition(name).forms:
        for table in form.tables:
            if table.rows == "nothing":
                continue
            given = {key for row in ROWS[table.rows](selection) for key in row}
            if given:
                wanted = {column.key for column in table.columns}
                allowed = ASKED_OF_PEOPLE if table.rows.endswith("_areas") else set()
                assert wanted - given <= allowed, (form.letter, table.title)
                asked += 1
    assert asked > 3


@pytest.mark.parametrize("key", ["source", "version", "title", "due"])
def test_a_definition_without_a_source_is_refused(key: str) -> None:
    text = Path(packaged_file("apmbc-art7")).read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    given[key] = " "
    with pytest.raises(DefinitionBroken, match=key):
        definition_from(yaml.safe_dump(given), origin="mine.yaml")


def test_a_form_without_a_source_and_unknown_rows_are_refused() -> None:
    given = yaml.safe_load(Path(packaged_file("ap2")).read_text(encoding="utf-8"))
    del given["forms"][1]["source"]
    with pytest.raises(DefinitionBroken, match="form B: source"):
        definition_from(yaml.safe_dump(given), origin="mine.yaml")
    given = yaml.safe_load(Path(packaged_file("ap2")).read_text(encoding="utf-8"))
    given["forms"][0]["tables"][0]["rows"] = "wishes"
    with pytest.raises(DefinitionBroken, match="wishes"):
        definition_from(yaml.safe_dump(given), origin="mine.yaml")


def packaged_file(name: str) -> Path:
    import merestone.documents.reports

    return Path(merestone.documents.reports.__file__).parent / "forms" / f"{name}.yaml"


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ([], Fit.PERHAPS),
        (["unknown"], Fit.PERHAPS),
        (["improvised"], Fit.PERHAPS),
        (["ap_mine", "other_uxo"], Fit.NAMED),
        (["other_uxo"], Fit.OTHER),
        (["other_uxo", "unknown"], Fit.PERHAPS),
    ],
)
def test_what_nobody_recorded_is_never_left_out(categories: list[str], expected: Fit) -> None:
    assert report_definition("apmbc-art7").ordnance.fit(categories) is expected


@pytest.mark.slow
def test_the_real_bosnian_register_adds_up(bih_folder: Path, tmp_path: Path) -> None:
    from merestone.exchange import import_file

    path = tmp_path / "bih.gpkg"
    with Register.create(path) as register:
        for name, kind in (("suspect", RecordKind.SUSPECTED), ("cleared", RecordKind.CLEARED)):
            file = bih_folder / f"{name}_areas_simplyfied.geojson"
            import_file(register, file, kind=kind, source="bih", accuracy_m=None, by="test", true_on=date(2026, 1, 1))
        material = gather(register, period_from("2026"), today=date(2026, 11, 23))
    assert assert_adds_up(report("apmbc-art7", material), material) > 1000
