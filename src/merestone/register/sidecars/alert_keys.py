"""The keys by which alerts are signed and pushed: a file of its own beside the register, for its owner alone.

It is not in the register's file, and no copy, export or merge carries it along: whoever is handed a copy of the
register must not be able to speak in the authority's name. A backup carries it, for its owner alone, and says so.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from merestone.register.sidecars.key_file import KeyFile

if TYPE_CHECKING:  # who only asks for the file's place, such as a merge, waits for no library of signatures
    from merestone.alerts import PushKeys, SigningKey

FORM: Final = "merestone alert keys 1"
_NAMES: Final = frozenset({"signing_key", "certificate", "push_key"})


class AlertKeys:
    """The file of keys of a register; made when the first alert is published."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._file = KeyFile(self.path, form=FORM, names=_NAMES, what="the keys of alerts")

    @classmethod
    def beside(cls, register: Path | str) -> "AlertKeys":
        """The keys of a register: ``areas.alert-keys.json`` beside ``areas.gpkg``."""
        return cls(Path(register).with_suffix(".alert-keys.json"))

    def signing_key(self, name: str, now: datetime) -> "SigningKey":
        """The key that signs alerts; made now, with a certificate in this name, if there is none.

        Raises
        ------
        FileRefused
            The file is not a file of keys, or cannot be written.
        """
        from merestone.alerts import SigningKey

        keys = self._read_or_make(name, now)
        return SigningKey(keys["signing_key"], keys["certificate"])

    def push_keys(self, name: str, now: datetime) -> "PushKeys":
        """The key by which push services know this service; made as `signing_key`."""
        from merestone.alerts import PushKeys

        return PushKeys(self._read_or_make(name, now)["push_key"])

    def certificate_pem(self) -> bytes | None:
        """The certificate that goes with alerts, for everybody; None if no key was made yet."""
        keys = self._file.read()
        return None if keys is None else keys["certificate"]

    def _read_or_make(self, name: str, now: datetime) -> dict[str, bytes]:
        def make() -> dict[str, bytes]:
            from merestone.alerts import PushKeys, new_signing_key

            key = new_signing_key(name, now)
            push_key = PushKeys.new().private_pem
            return {"signing_key": key.private_pem, "certificate": key.certificate_pem, "push_key": push_key}

        return self._file.read_or_make(make)
