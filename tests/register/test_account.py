"""Accounts: nobody reads a password out of the file, nobody gets another's name, and a closed account is closed."""

import hashlib
import json
import stat
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.register import Actor, Register, Role
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.terms import FieldRefused, FileRefused

CHEAP = Cost(n=2**4, r=1, p=1)
PASSWORD = "four quiet words here"
ANNA = Actor("anna", "Org 1", "north", frozenset({Role.SURVEYOR}))


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    held = Accounts(tmp_path / "areas.accounts.json", cost=CHEAP)
    held.add(ANNA, PASSWORD)
    return held


def test_person_enters_by_their_own_password_alone(accounts: Accounts) -> None:
    entered = accounts.enter("Anna", PASSWORD)
    assert entered is not None
    assert entered.actor == ANNA
    assert accounts.enter("anna", PASSWORD + " ") is None
    assert accounts.enter("bruno", PASSWORD) is None


def test_digest_is_the_one_that_the_standard_library_computes(accounts: Accounts) -> None:
    (kept,) = json.loads(accounts.path.read_text())["accounts"]
    told = kept["password"]
    digest = hashlib.scrypt(
        PASSWORD.encode(), salt=b64decode(told["salt"]), n=told["n"], r=told["r"], p=told["p"], dklen=32
    )
    assert digest == b64decode(told["digest"])
    assert PASSWORD not in accounts.path.read_text()
    assert stat.S_IMODE(accounts.path.stat().st_mode) == 0o600


def test_equal_passwords_have_different_digests(accounts: Accounts) -> None:
    accounts.add(Actor("bruno", "Org 1", "north", frozenset({Role.QUALITY})), PASSWORD)
    one, two = (account.sealed for account in accounts.all())
    assert one is not None
    assert two is not None
    assert (one.salt, one.digest) != (two.salt, two.digest)


def test_closed_account_is_closed_and_its_name_nobody_elses(accounts: Accounts) -> None:
    accounts.close("ANNA")
    assert accounts.enter("anna", PASSWORD) is None
    with pytest.raises(FieldRefused, match="was in use"):
        accounts.add(ANNA, PASSWORD)
    with pytest.raises(FieldRefused, match="not an open account"):
        accounts.set_password("anna", PASSWORD)


def test_changed_password_replaces_the_old_one(accounts: Accounts) -> None:
    accounts.set_password("anna", "another four words")
    assert accounts.enter("anna", PASSWORD) is None
    assert accounts.enter("anna", "another four words") is not None


@pytest.mark.parametrize(
    ("actor", "password", "told"),
    [
        (Actor("a b", "O", "h", ANNA.roles), PASSWORD, "not an account name"),
        (Actor("b", "O", " ", ANNA.roles), PASSWORD, "hub"),
        (Actor("b", "", "h", ANNA.roles), PASSWORD, "organisation"),
        (Actor("b", "O", "h", frozenset()), PASSWORD, "role"),
        (Actor("b", "O", "h", ANNA.roles), "too short", "9 characters"),
    ],
)
def test_account_that_cannot_be_is_refused_and_nothing_is_changed(
    accounts: Accounts, actor: Actor, password: str, told: str
) -> None:
    before = accounts.path.read_bytes()
    with pytest.raises(FieldRefused, match=told) as refused:
        accounts.add(actor, password)
    assert accounts.path.read_bytes() == before
    assert "too short" not in str(refused.value), "a password is never shown"


def test_file_that_is_something_else_lets_nobody_in(accounts: Accounts) -> None:
    accounts.path.write_text("[]")
    with pytest.raises(FileRefused, match="not a file of accounts"):
        accounts.enter("anna", PASSWORD)


def test_accounts_added_at_once_are_all_kept(accounts: Accounts) -> None:
    people = [Actor(f"p{number}", "Org", "hub", ANNA.roles) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda actor: Accounts(accounts.path, cost=CHEAP).add(actor, PASSWORD), people))
    assert len(accounts.all()) == 21


def test_command_adds_lists_changes_and_closes(tmp_path: Path) -> None:
    register = tmp_path / "areas.gpkg"
    Register.create(register).close()
    named = ["add", str(register), "anna", "--role", "surveyor", "--organisation", "Org 1", "--hub", "north"]

    def call(*args: str, given: str = "") -> str:
        done = CliRunner().invoke(merestone, ["account", *args], input=given, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert PASSWORD not in call(*named, given=f"{PASSWORD}\n{PASSWORD}\n")
    call("password", str(register), "anna", "--password-file", "-", given="another four words\n")
    held = Accounts.beside(register)
    assert held.enter("anna", "another four words") is not None
    call("close", str(register), "anna")
    assert call("list", str(register)) == "anna: surveyor; Org 1, hub north; closed\n"
