"""Personal data are unreadable without the key, altered by nobody unseen, and gone when they are erased."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.register.sidecars.personal_store import (
    Kept,
    KeyRefused,
    PersonalDataErased,
    PersonalDataUnknown,
    PersonalStore,
    new_key,
)
from merestone.terms import FieldRefused, FileRefused

PERSON = {"full_name": "Example Person Unforgettable", "address": "Nowhere 1"}


@pytest.fixture
def key() -> str:
    return new_key()


def test_nothing_readable_lies_in_the_file(tmp_path: Path, key: str) -> None:
    path = tmp_path / "personal.db"
    with PersonalStore.open(path, key) as store:
        kept = store.keep(PERSON)
        assert store.read(kept.reference) == PERSON
    content = path.read_bytes()
    assert b"Unforgettable" not in content
    assert kept.digest.encode() not in content
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_another_key_opens_nothing_and_is_told_at_once(tmp_path: Path, key: str) -> None:
    with PersonalStore.open(tmp_path / "p.db", key) as store:
        store.keep(PERSON)
    with pytest.raises(KeyRefused, match="programme's own key"):
        PersonalStore.open(tmp_path / "p.db", new_key())
    with pytest.raises(KeyRefused, match="not a key"):
        PersonalStore.open(tmp_path / "p.db", "secret")


def test_erased_data_are_gone_from_the_file_and_the_digest_tells_nothing(tmp_path: Path, key: str) -> None:
    path = tmp_path / "p.db"
    with PersonalStore.open(path, key) as store:
        kept, other = store.keep(PERSON), store.keep(PERSON)
        assert kept.digest != other.digest, "without salt, equal data would have equal digests"
        with store._engine.connect() as connection:
            (sealed,) = connection.exec_driver_sql(
                "SELECT sealed FROM kept WHERE reference = ?", (kept.reference,)
            ).one()
        assert sealed in path.read_bytes()
        store.erase(kept.reference, why="demanded by the person on 2026-05-03")
        assert sealed not in path.read_bytes()
        with pytest.raises(PersonalDataErased, match="demanded by the person"):
            store.read(kept.reference)
        assert store.matches(other)


def test_altered_data_do_not_match_the_register(tmp_path: Path, key: str) -> None:
    with PersonalStore.open(tmp_path / "p.db", key) as store:
        kept, other = store.keep(PERSON), store.keep({"full_name": "Somebody Else"})
        assert store.matches(kept)
        assert not store.matches(Kept(kept.reference, other.digest))


def test_keys_can_be_changed(tmp_path: Path, key: str) -> None:
    newer = new_key()
    with PersonalStore.open(tmp_path / "p.db", key) as store:
        kept = store.keep(PERSON)
    with PersonalStore.open(tmp_path / "p.db", (newer, key)) as store:
        assert store.seal_anew() == 1
    with PersonalStore.open(tmp_path / "p.db", newer) as store:
        assert store.matches(kept)


def test_what_is_not_there_is_told(tmp_path: Path, key: str) -> None:
    with PersonalStore.open(tmp_path / "p.db", key) as store:
        for ask in (store.read, lambda reference: store.erase(reference, why="asked")):
            with pytest.raises(PersonalDataUnknown, match="ab12"):
                ask("ab12")
        with pytest.raises(FieldRefused, match="at whose demand"):
            store.erase("ab12", why=" ")
        with pytest.raises(FieldRefused, match="empty"):
            store.keep({})
    (tmp_path / "other.txt").write_text("not a database, only some text that is long enough to be looked at")
    with pytest.raises(FileRefused, match="not a store of personal data"):
        PersonalStore.open(tmp_path / "other.txt", key)


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.none(), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_what_is_kept_is_what_is_read(tmp_path: Path, data: dict[str, object]) -> None:
    key_path = tmp_path / "key"
    if not key_path.exists():
        key_path.write_text(new_key())
    with PersonalStore.open(tmp_path / "p.db", key_path.read_text()) as store:
        kept = store.keep(data)
        assert store.read(kept.reference) == data
        assert store.matches(kept)
