"""One record of any kind by command and by the library: checked by its definition, refused in words."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.cli.add import add
from merestone.cli.main import main
from merestone.exchange.imports.new_record import add_record
from merestone.register import Register
from merestone.register.programme.kind import kind_named, recordable_kinds
from merestone.terms import FieldRefused, RecordKind
from tests.exchange.test_blank_form import RING, answer, stored

KINDS = [name for name in recordable_kinds() if not kind_named(name).is_transcription]
SAID: dict[str, Any] = {"by": "tester", "source": "exercise", "why": "an exercise"}


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "r.gpkg", label="exercise data, synthetic", by="tester") as made:
        yield made


def code_of(words: list[str]) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


def test_there_is_a_command_for_each_kind_but_transcriptions() -> None:
    assert add.list_commands(None) == KINDS  # type: ignore[arg-type]


@pytest.mark.parametrize("name", KINDS)
def test_every_field_of_a_kind_has_an_option_and_is_recorded(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, path = kind_named(name), str(tmp_path / "r.gpkg")
    fields = [field for field in kind.asked_fields if not field.personal and (field.to is None or kind.layers)]
    assert code_of(["init", path, "--label", "exercise data, synthetic"]) == 0
    links: dict[str, str] = {}
    for one in kind.asked_fields:
        if one.to is not None and one.required and not kind.layers:
            links[one.name] = linked(path, one.to, capsys)
    words = ["add", name, path, "--source", "exercise", "--json"]
    for one in fields:
        words += [f"--{one.name.replace('_', '-')}", str(answer(one))]
    for field_name, record_id in links.items():
        words += [f"--{field_name.replace('_', '-')}", record_id]
    if kind.layers:
        words += ["--wkt", RING if "polygon" in kind.geometry else "POINT (0.1 0.2)", "--accuracy-m", "7"]
    capsys.readouterr()
    assert code_of(words) == 0
    record_id = json.loads(capsys.readouterr().out)["record_id"]
    with Register.open(path, read_only=True) as made:
        attributes = {record.record_id: record.attributes for record in made.as_of().records}
        attributes |= {sheet.record_id: sheet.attributes for sheet in made.sheets()}
    assert dict(attributes[record_id]) == {field.name: stored(field) for field in fields} | links


def linked(path: str, kind: str, capsys: pytest.CaptureFixture[str]) -> str:
    """A record of a kind to which another leads."""
    capsys.readouterr()
    with Register.open(path) as register:
        if kind == "organisation":
            return add_record(register, kind, {"local_id": "EX", "name": "Exercise"}, **SAID)
        if kind == "activity":
            given = {"local_id": "T-1", "activity": "NTS", "organisation": linked(path, "organisation", capsys)}
            return add_record(register, kind, given, **SAID)
        layer = "accident" if kind == "accident" else "suspected"
        place = shapely.from_wkt("POINT (0.1 0.2)" if kind == "accident" else RING)
        return add_record(register, layer, {"local_id": "A-1"}, geometry=place, **SAID)


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("organisation", {"local_id": "A"}, "name = '': is required and empty"),
        ("organisation", {"local_id": "A", "name": "B", "role": "flying"}, "is not one of the choices"),
        (
            "organisation",
            {"local_id": "A", "name": "B", "weather": "rain"},
            "weather = .*: is not a field of organisation",
        ),
        ("activity", {"local_id": "T", "activity": "NTS", "organisation": "X"}, "no record of organisation has it"),
        (
            "victim",
            {"accident": "A", "outcome": "killed", "consent": "given", "full_name": "N"},
            "merestone person add",
        ),
        ("victim", {"personal_reference": "0" * 32}, "is not a field of victim"),
        ("suspected", {"local_id": "S"}, "place = '': is missing"),
        ("minefield_record", {"local_id": "M"}, "only transcribed"),
        ("attachment", {}, "merestone attach add"),
        ("nonsense", {}, "is not a kind of record"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_recorded(
    register: Register, kind: str, given: dict[str, Any], told: str
) -> None:
    before = register.head()
    with pytest.raises(FieldRefused, match=told):
        add_record(register, kind, given, **SAID)
    assert register.head() == before


def test_a_place_where_none_belongs_is_refused(register: Register) -> None:
    given = {"local_id": "A", "name": "B"}
    with pytest.raises(FieldRefused, match="has no meaning for"):
        add_record(register, "organisation", given, geometry=shapely.Point(0, 0), **SAID)
    with pytest.raises(FieldRefused, match="accuracy_m"):
        add_record(register, "organisation", given, accuracy_m=5.0, **SAID)


def test_what_a_notation_leaves_open_is_added_to_the_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "r.gpkg")
    assert code_of(["init", path]) == 0
    words = ["add", "accident", path, "--local-id", "A", "--source", "s", "--position", "33TXK65727371"]
    assert code_of(words) == 2, "nobody said how accurate it is"
    assert code_of([*words, "--accuracy-m", "5"]) == 0
    with Register.open(path, read_only=True) as register:
        [record] = register.as_of().records
    assert record.kind is RecordKind.ACCIDENT
    assert record.accuracy_m is not None
    assert record.accuracy_m > 5 + 7
    assert code_of([*words[:-1], "nowhere", "--accuracy-m", "5"]) == 3
    assert "position = 'nowhere'" in capsys.readouterr().err
