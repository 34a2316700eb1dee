"""A person hurt: what the chain keeps, what lies apart, and that erasing the one leaves the other whole."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.register import Register, Sheet
from merestone.register.sidecars.personal_store import Kept, PersonalDataErased, PersonalStore, new_key
from merestone.register.sidecars.victims import personal_data, record_person
from merestone.terms import FieldRefused

NAMED = {"full_name": "Nora Nameless", "born_on": "2011-02-03"}
PERSON = {"accident": "a", "outcome": "injured", "consent": "given", **NAMED}
SAID = {"by": "anna", "why": "hospital report 7", "source": "hospital"}


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "areas.gpkg"
    Register.create(path).close()
    return path


def test_personal_fields_lie_apart_and_the_chain_vouches_for_them(register: Path) -> None:
    key = new_key()
    with Register.open(register) as held, PersonalStore.open(PersonalStore.path_beside(register), key) as store:
        record_id = record_person(held, store, Sheet("victim", PERSON), **SAID)
        record = held.sheets("victim")[0]
        assert record.record_id == record_id
        assert personal_data(record, store) == NAMED
        before = held.head()
        store.erase(str(record.attributes["personal_reference"]), why="letter 12")
        with pytest.raises(PersonalDataErased):
            personal_data(record, store)
        assert held.head() == before
        assert held.verify().is_sound
    for file in register.parent.iterdir():
        assert b"Nameless" not in file.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"Name": "Nora Nameless"}, "not a field"),
        ({"personal_digest": "0" * 64}, "by the program"),
        ({"outcome": "hurt"}, "outcome"),
    ],
)
def test_nothing_about_a_person_enters_the_chain_unnamed(register: Path, wrong: dict[str, str], told: str) -> None:
    with Register.open(register) as held, PersonalStore.open(PersonalStore.path_beside(register), new_key()) as store:
        with pytest.raises(FieldRefused, match=told) as refused:
            record_person(held, store, Sheet("victim", PERSON | wrong), **SAID)
        assert "Nameless" not in str(refused.value)
        assert not held.sheets("victim")
    assert b"Nameless" not in register.read_bytes()


def test_what_the_register_refuses_is_not_kept_apart(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Register.open(register) as held, PersonalStore.open(PersonalStore.path_beside(register), new_key()) as store:
        kept: list[Kept] = []
        keep = store.keep

        def noted(data: Mapping[str, Any]) -> Kept:
            kept.append(keep(data))
            return kept[-1]

        monkeypatch.setattr(store, "keep", noted)
        with pytest.raises(FieldRefused):
            record_person(held, store, Sheet("victim", PERSON), by="", why="w", source="s")
        with pytest.raises(PersonalDataErased):
            store.read(kept[0].reference)


def test_the_command_from_the_key_to_the_erasure(register: Path) -> None:
    folder, run = register.parent, CliRunner()

    def said(*words: str) -> str:
        done = run.invoke(merestone, ["person", *words])
        assert done.exit_code == 0, done.output
        return done.output

    key, data = str(folder / "programme.key"), folder / "person.json"
    said("key", key)
    assert (folder / "programme.key").stat().st_mode & 0o077 == 0
    assert run.invoke(merestone, ["person", "key", key]).exit_code != 0
    data.write_text(json.dumps(PERSON))
    told = ["--why", "hospital report 7", "--source", "hospital", "--by", "anna"]
    record_id = json.loads(said("add", str(register), str(data), "--key-file", key, *told, "--json"))["record_id"]
    shown = json.loads(said("show", str(register), record_id, "--key-file", key, "--json"))
    assert shown["full_name"] == "Nora Nameless"
    assert shown["is_erased"] is False
    said("erase", str(register), record_id, "--key-file", key, "--why", "letter 12")
    shown = json.loads(said("show", str(register), record_id, "--key-file", key, "--json"))
    assert shown["is_erased"] is True
    assert "full_name" not in shown
    assert shown["outcome"] == "injured"
