"""Personal data of people hurt: apart from the register, encrypted under the programme's key, and erasable.

The register can never forget; the law demands that a person can be forgotten. So the register's events carry only a
reference and a salted digest, and what they stand for lies in a file of its own, encrypted (Fernet: AES-128-CBC with
HMAC-SHA256). The salt lies with the data: when both are erased, the digest that stays in the chain tells nothing, not
even to somebody who guesses the name, and the chain still verifies.

The key is the programme's. It is not stored beside the data, and without it nothing here can be read by anybody.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from merestone.register.events.errors import NotARegister, disk_faults_told
from merestone.register.events.event import canonical, instant_text
from merestone.terms import FieldRefused, FileRefused, RequestRefused

METADATA: Final = sa.MetaData()
KEPT: Final = sa.Table(
    "kept",
    METADATA,
    sa.Column("reference", sa.String, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=True),  # NULL once erased: that something was erased is no secret
    sa.Column("erased_at", sa.String, nullable=True),
    sa.Column("erased_why", sa.String, nullable=True),
)


class PersonalDataUnknown(RequestRefused):
    """There is no personal data under this reference."""


class PersonalDataErased(RequestRefused):
    """The data under this reference were erased, as the person's right demands."""


class KeyRefused(RequestRefused):
    """The key does not open this file, or is no key at all."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the register may know of personal data: where they lie, and what they must still be."""

    reference: str
    digest: str
    """SHA-256 of the salt followed by the canonical bytes of the data, hexadecimal."""


def new_key() -> str:
    """A new key, to be kept by the programme in a place of its own: text of 44 characters."""
    return Fernet.generate_key().decode("ascii")


class PersonalStore:
    """A file of personal data. Use `open` as a context manager."""

    def __init__(self, path: Path, box: MultiFernet, clock: Callable[[], datetime]) -> None:
        self.path, self._box, self._clock = path, box, clock
        # What an error of SQLAlchemy's shows must not be what was to be written.
        self._engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool, hide_parameters=True)

    @staticmethod
    def path_beside(register: Path | str) -> Path:
        """Where a register's personal data lie: ``areas.personal.db`` beside ``areas.gpkg``."""
        return Path(register).with_suffix(".personal.db")

    @classmethod
    def open(
        cls, path: Path | str, keys: str | tuple[str, ...], *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> "PersonalStore":
        """Open the file, or make it, readable by its owner alone.

        Parameters
        ----------
        keys
            The programme's key; while keys are being changed, the new one first and the old ones after it.

        Raises
        ------
        KeyRefused
            A key is malformed, or does not open what lies in the file.
        FileRefused
            The file is something else.
        """
        path = Path(path)
        if not keys:
            raise KeyRefused(f"{path}: no key was given; give the programme's own key")
        box = MultiFernet(boxes((keys,) if isinstance(keys, str) else keys))
        is_new = not path.exists()
        if is_new:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        store = cls(path, box, clock)
        try:
            with store._changing() as connection:
                METADATA.create_all(connection)
                sealed = connection.execute(sa.select(KEPT.c.sealed).where(KEPT.c.sealed.is_not(None))).scalars()
                if not store._opens_one(sealed):
                    raise KeyRefused(
                        f"{path}: the key does not open it, or the data were altered; give the programme's own key"
                    )
        except NotARegister:
            raise FileRefused(
                path, "is not a store of personal data", "name the right file; this one was not touched"
            ) from None
        return store

    def __enter__(self) -> "PersonalStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    @contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        """One transaction in which SQLite overwrites what is deleted: erased data must not linger in free pages."""
        with disk_faults_told(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
            connection.commit()
            with connection.begin():
                yield connection

    def _opens_one(self, sealed: Iterable[bytes]) -> bool:
        """Whether any entry opens, or there is none: of a merged file, each key may open some entries only."""
        opened = None
        for opened in sealed:
            with suppress(InvalidToken):
                self._box.decrypt(opened)
                return True
        return opened is None

    def _opened(self, row: Any) -> dict[str, Any]:
        content = opened(self._box, row.sealed)
        if content is None:
            raise self._refused(row.reference)
        return content

    def _refused(self, reference: str) -> KeyRefused:
        return KeyRefused(
            f"{self.path}: {reference}: the key does not open it, or the data were altered; give the programme's own "
            "key, and with merged copies also the key of the other copy"
        )

    def keep(self, data: Mapping[str, Any]) -> Kept:
        """Keep a person's data; give what may stand in the register.

        Raises
        ------
        FieldRefused
            There is nothing to keep, or something that JSON cannot hold.
        """
        if not data:
            raise FieldRefused(
                "personal data", dict(data), "is empty", "leave the entry out if nothing is known about the person"
            )
        reference, salt = secrets.token_hex(16), secrets.token_bytes(32)
        sealed = self._box.encrypt(canonical({"salt": salt.hex(), "data": dict(data)}))
        with self._changing() as connection:
            connection.execute(sa.insert(KEPT).values(reference=reference, sealed=sealed))
        return Kept(reference, digest_of(salt, data))

    def read(self, reference: str) -> Mapping[str, Any]:
        """A person's data.

        Raises
        ------
        PersonalDataUnknown, PersonalDataErased, KeyRefused
        """
        data: dict[str, Any] = self._content(reference)["data"]
        return data

    def matches(self, sealed: Kept) -> bool:
        """Whether the data are still those whose digest stands in the register."""
        content = self._content(sealed.reference)
        return secrets.compare_digest(digest_of(bytes.fromhex(content["salt"]), content["data"]), sealed.digest)

    def erase(self, reference: str, *, why: str) -> None:
        """Erase a person's data and their salt. It cannot be undone; that it happened, when and why stays known.

        ``why`` is kept for ever and readable by anybody who has the file: name nobody in it.

        Raises
        ------
        PersonalDataUnknown, FieldRefused
            No such reference, or no reason was given.
        """
        if not why.strip():
            raise FieldRefused("why", why, "is empty", "say at whose demand the data are erased")
        values = {"sealed": None, "erased_at": instant_text(self._clock()), "erased_why": why}
        with self._changing() as connection:
            if not connection.execute(sa.update(KEPT).where(KEPT.c.reference == reference).values(values)).rowcount:
                raise PersonalDataUnknown(
                    f"{reference}: there are no personal data with this reference; check it in the record"
                )

    def seal_anew(self) -> int:
        """Seal everything under the first of the keys, after a change of keys; give how many were sealed.

        Raises
        ------
        KeyRefused
            One opens with none of the keys. Nothing was changed.
        """
        with self._changing() as connection:
            rows = connection.execute(sa.select(KEPT).where(KEPT.c.sealed.is_not(None))).all()
            for row in rows:
                try:
                    sealed = self._box.rotate(row.sealed)
                except InvalidToken:
                    raise self._refused(row.reference) from None
                connection.execute(sa.update(KEPT).where(KEPT.c.reference == row.reference).values(sealed=sealed))
        return len(rows)

    def _content(self, reference: str) -> dict[str, Any]:
        with disk_faults_told(self.path), self._engine.connect() as connection:
            row = connection.execute(sa.select(KEPT).where(KEPT.c.reference == reference)).first()
        if row is None:
            raise PersonalDataUnknown(
                f"{reference}: there are no personal data with this reference; check it in the record"
            )
        if row.sealed is None:
            raise PersonalDataErased(f"{reference}: erased at {row.erased_at} ({row.erased_why})")
        return self._opened(row)


def opened(box: Fernet | MultiFernet, sealed: bytes) -> dict[str, Any] | None:
    """What was sealed: ``salt`` and ``data``. None if the key does not open it, or the bytes were altered."""
    try:
        content: dict[str, Any] = json.loads(box.decrypt(sealed))
    except InvalidToken:
        return None
    return content


def boxes(keys: Sequence[str]) -> list[Fernet]:
    """Each key, ready to open; KeyRefused if one is no key."""
    try:
        return [Fernet(key) for key in keys]
    except ValueError as error:
        raise KeyRefused(f"this is not a key ({error}); give the 44 characters that `new_key` gave") from None


def digest_of(salt: bytes, data: Mapping[str, Any]) -> str:
    """SHA-256 of the salt followed by the canonical bytes of the data, hexadecimal."""
    return hashlib.sha256(salt + canonical(data)).hexdigest()
