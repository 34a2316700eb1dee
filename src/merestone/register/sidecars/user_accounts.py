"""The accounts of a programme's people: a small file beside the register, which says who may do what at the desk.

Passwords are kept as Scrypt digests, each with a salt of its own; nobody can read one out of the file. A name is never
given to a second person, for events name who did something: the account of whoever leaves is closed, not deleted.
"""

import base64
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from merestone.files import locked_file, part_beside, remove_leftovers
from merestone.register.programme.approval import Actor, Role
from merestone.terms import FieldRefused, FileRefused, number_of

FORM: Final = "merestone accounts 1"
PASSWORD_LENGTH: Final = 12
"""Characters of a password at the least. NIST SP 800-63B asks for a length, and for no other rule."""
PASSWORD_MOST: Final = 1024
_NAME: Final = re.compile(r"[^\W_][\w.-]{0,63}")
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try at a password costs: Scrypt's parameters (RFC 7914); memory is 128 * n * r bytes."""

    n: int = 2**15
    r: int = 8
    p: int = 3


COST: Final = Cost()
"""One of the equal choices of the OWASP Password Storage Cheat Sheet (N = 2^15, r = 8, p = 3): 32 MiB for each try."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A password's digest, with what it was made with."""

    salt: bytes
    digest: bytes
    cost: Cost

    @classmethod
    def of(cls, password: str, cost: Cost = COST) -> "Sealed":
        """Seal a password with a new random salt."""
        salt = secrets.token_bytes(16)
        return cls(salt, _scrypt(salt, cost).derive(password.encode()), cost)

    def opens(self, password: str) -> bool:
        """Whether it is this password; the digests are compared in constant time."""
        try:
            _scrypt(self.salt, self.cost).verify(password.encode(), self.digest)
        except InvalidKey:
            return False
        return True


def _scrypt(salt: bytes, cost: Cost) -> Scrypt:
    return Scrypt(salt=salt, length=_KEY_BYTES, n=cost.n, r=cost.r, p=cost.p)


@cache
def _nobody(cost: Cost) -> Sealed:
    return Sealed.of(secrets.token_urlsafe(), cost)


@dataclass(frozen=True, slots=True)
class Account:
    """One person: who they are at the desk, and their sealed password; None once the account is closed."""

    actor: Actor
    sealed: Sealed | None

    @property
    def is_closed(self) -> bool:
        """Whether nobody can sign in by it any more."""
        return self.sealed is None


class Accounts:
    """The file of accounts. It is read anew at each question, so that closing an account works at once."""

    def __init__(self, path: Path | str, *, cost: Cost = COST) -> None:
        self.path, self._cost = Path(path), cost

    @classmethod
    def beside(cls, register: Path | str) -> "Accounts":
        """The accounts of a register: ``areas.accounts.json`` beside ``areas.gpkg``."""
        return cls(Path(register).with_suffix(".accounts.json"))

    def all(self) -> tuple[Account, ...]:
        """Every account, closed ones too, by name; none if there is no file.

        Raises
        ------
        FileRefused
            The file is no file of accounts.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        try:
            content = json.loads(text)
            if content["form"] != FORM:
                raise ValueError(f"its form is {content['form']!r}, not {FORM!r}")
            return tuple(
                sorted(
                    (_account_from(account) for account in content["accounts"]), key=lambda account: account.actor.name
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise FileRefused(
                self.path, f"is not a file of accounts ({error})", "restore a copy; nobody can sign in until then"
            ) from error

    def find(self, name: str) -> Account | None:
        """The account that is open under a name, in large or small letters; None if there is none."""
        folded = name.casefold()
        return next(
            (account for account in self.all() if account.actor.name.casefold() == folded and not account.is_closed),
            None,
        )

    def enter(self, name: str, password: str) -> Account | None:
        """The account, if the password is its own. Costs the same whether or not there is such a name."""
        account = self.find(name)
        sealed = account.sealed if account is not None else None
        is_right = (sealed or _nobody(self._cost)).opens(password[:PASSWORD_MOST])
        return account if sealed is not None and is_right else None

    def add(self, actor: Actor, password: str) -> Account:
        """Add an account.

        Raises
        ------
        FieldRefused
            The name is or was in use, or is no name; no role, organisation or hub; the password is too short.
        """
        if not _NAME.fullmatch(actor.name):
            raise FieldRefused(
                "name", actor.name, "is not an account name", "use letters, digits, dots and hyphens, to 64"
            )
        for field, value in (("organisation", actor.organisation), ("hub", actor.hub)):
            if not value.strip():
                raise FieldRefused(field, value, "is empty", "say for whom and where the person works")
        if not actor.roles:
            raise FieldRefused("role", None, "is missing", f"give at least one of {', '.join(Role)}")
        account = Account(actor, _seal(password, self._cost))
        with self._changing() as accounts:
            if actor.name.casefold() in {name.casefold() for name in accounts}:
                raise FieldRefused("name", actor.name, "is or was in use", "choose another: events name people")
            accounts[actor.name] = account
        return account

    def set_password(self, name: str, password: str) -> None:
        """Give an account another password. Whoever is signed in by the old one is signed out.

        Raises
        ------
        FieldRefused
            No such account, or the password is too short.
        """
        sealed = _seal(password, self._cost)
        with self._changing() as accounts:
            account = _open_one(accounts, name)
            accounts[account.actor.name] = replace(account, sealed=sealed)

    def close(self, name: str) -> None:
        """Close an account: nobody signs in by it any more, and its name is nobody else's.

        Raises
        ------
        FieldRefused
            No such account.
        """
        with self._changing() as accounts:
            account = _open_one(accounts, name)
            accounts[account.actor.name] = replace(account, sealed=None)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Account]]:
        """The accounts, to be changed by one process at a time; put in place whole, or not at all."""
        with locked_file(self.path.with_name(f".{self.path.name}.lock"), wait=True):
            accounts = {account.actor.name: account for account in self.all()}
            yield accounts
            content = {"form": FORM, "accounts": [_as_json(account) for account in accounts.values()]}
            remove_leftovers(self.path)
            part = part_beside(self.path)
            try:
                with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                    json.dump(content, file, indent=1, ensure_ascii=False)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path)
            except OSError as error:
                why, remedy = f"cannot be written ({error.strerror})", "free space or give the right to write"
                raise FileRefused(self.path, why, f"{remedy}; the accounts are as they were") from error
            finally:
                part.unlink(missing_ok=True)


def _seal(password: str, cost: Cost) -> Sealed:
    if not PASSWORD_LENGTH <= len(password) <= PASSWORD_MOST:
        raise FieldRefused(
            "password",
            "...",
            f"has {number_of(len(password), 'character')}",
            f"use {PASSWORD_LENGTH} or more, such as four words",
        )
    return Sealed.of(password, cost)


def _open_one(accounts: Mapping[str, Account], name: str) -> Account:
    for account in accounts.values():
        if account.actor.name.casefold() == name.casefold() and not account.is_closed:
            return account
    raise FieldRefused("name", name, "is not an open account", "see `merestone account list`")


def _as_json(account: Account) -> dict[str, Any]:
    actor, sealed = account.actor, account.sealed
    fields: dict[str, Any] = {"name": actor.name, "organisation": actor.organisation, "hub": actor.hub}
    fields["roles"] = sorted(role.value for role in actor.roles)
    fields["password"] = None
    if sealed is not None:
        fields["password"] = {"salt": _text(sealed.salt), "digest": _text(sealed.digest)}
        fields["password"] |= {"n": sealed.cost.n, "r": sealed.cost.r, "p": sealed.cost.p}
    return fields


def _account_from(fields: Mapping[str, Any]) -> Account:
    roles = frozenset(Role(role) for role in fields["roles"])
    actor = Actor(str(fields["name"]), str(fields["organisation"]), str(fields["hub"]), roles)
    field = fields["password"]
    if field is None:
        return Account(actor, None)
    cost = Cost(int(field["n"]), int(field["r"]), int(field["p"]))
    return Account(actor, Sealed(base64.b64decode(field["salt"]), base64.b64decode(field["digest"]), cost))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
