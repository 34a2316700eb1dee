"""A mapping of columns: what a person sees, changes and keeps of how a file is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.imports.mapping import ColumnMapping, guess, mapping_text, read_mapping
from merestone.terms import FieldRefused, FileRefused, RecordKind

NAMES = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)


def written(folder: Path, text: str) -> Path:
    path = folder / "columns.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@given(names=st.lists(NAMES, unique=True, max_size=8))
def test_what_is_guessed_is_written_and_read_again(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    mapping = guess(names, RecordKind.SUSPECTED)
    path = written(tmp_path_factory.mktemp("m"), mapping_text(mapping, RecordKind.SUSPECTED, file_name="a.csv"))
    assert read_mapping(path, RecordKind.SUSPECTED).columns == mapping.columns


def test_two_columns_of_one_meaning_are_guessed_as_the_first_of_them() -> None:
    assert guess(["hazard_id", "id"], RecordKind.SUSPECTED).columns == {"hazard_id": "local_id", "id": None}


@given(values=st.dictionaries(NAMES, st.none() | st.integers() | NAMES, max_size=8), data=st.data())
def test_no_value_is_lost_by_renaming(values: dict[str, object], data: st.DataObject) -> None:
    columns = (
        data.draw(st.dictionaries(st.sampled_from(sorted(values)), st.sampled_from(["name", None]))) if values else {}
    )
    applied = ColumnMapping(columns).apply(values)
    for value in values.values():
        assert value in applied.values() or value is None


def test_a_word_of_the_file_is_given_its_meaning() -> None:
    mapping = ColumnMapping({"ESTADO": "status"}, {"ESTADO": {"Abierto": "open"}})
    assert mapping.apply({"ESTADO": " abierto "}) == {"status": "open"}
    assert mapping.apply({"ESTADO": "otro"}) == {"status": "otro"}  # not in the table: as it came, and then reported


def test_a_field_that_the_kind_does_not_have_is_refused_with_near_ones(tmp_path: Path) -> None:
    path = written(tmp_path, "columns: {MUNICIPIO: admin2}\n")
    with pytest.raises(FieldRefused, match=r"columns.MUNICIPIO = 'admin2': is not a field .* admin_2"):
        read_mapping(path, RecordKind.SUSPECTED)


def test_two_columns_cannot_give_one_field(tmp_path: Path) -> None:
    path = written(tmp_path, "columns: {A: name, B: name}\n")
    with pytest.raises(FieldRefused, match="already given by the column A"):
        read_mapping(path, RecordKind.SUSPECTED)


@pytest.mark.parametrize(
    "text", ["- a\n", "place: {a: b}\n", "columns: [a]\n", "values: {A: b}\n", "columns: {a: [}\n"]
)
def test_what_is_not_a_mapping_is_refused_with_words(text: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"columns\.yaml"):
        read_mapping(written(tmp_path, text), RecordKind.SUSPECTED)
