"""The keys by which alerts are signed and pushed: a file of its own beside the register, for its owner alone.

It is not in the register's file, and neither a copy nor a backup carries it along: whoever is handed a copy of the
register must not be able to speak in the authority's name.
"""

import base64
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from merestone.alerts import PushKeys, SigningKey, new_signing_key
from merestone.files import locked_file, part_beside, remove_leftovers
from merestone.terms import FileRefused

FORM: Final = "merestone alert keys 1"


class AlertKeys:
    """The file of keys of a register; made when the first alert is published."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @classmethod
    def beside(cls, register: Path | str) -> "AlertKeys":
        """The keys of a register: ``areas.alert-keys.json`` beside ``areas.gpkg``."""
        return cls(Path(register).with_suffix(".alert-keys.json"))

    def signing_key(self, name: str, now: datetime) -> SigningKey:
        """The key that signs alerts; made now, with a certificate in this name, if there is none.

        Raises
        ------
        FileRefused
            The file is not a file of keys, or cannot be written.
        """
        found = self._read() or self._made(name, now)
        return SigningKey(_raw(found["signing_key"]), _raw(found["certificate"]))

    def push_keys(self, name: str, now: datetime) -> PushKeys:
        """The key by which push services know this service; made as `signing_key`."""
        found = self._read() or self._made(name, now)
        return PushKeys(_raw(found["push_key"]))

    def certificate_pem(self) -> bytes | None:
        """The certificate that goes with alerts, for everybody; None if no key was made yet."""
        found = self._read()
        return None if found is None else _raw(found["certificate"])

    def _read(self) -> dict[str, Any] | None:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["form"] != FORM or not {"signing_key", "certificate", "push_key"} <= set(content):
                raise ValueError(f"its form is {content['form']!r}, not {FORM!r}")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = f"is not a file of the keys of alerts ({error})"
            raise FileRefused(self.path, why, "restore your copy; without it no alert can be published") from error
        return dict(content)

    def _made(self, name: str, now: datetime) -> dict[str, Any]:
        with locked_file(self.path.with_name(f".{self.path.name}.lock"), wait=True):
            found = self._read()
            if found is not None:  # another process was faster
                return found
            key, push = new_signing_key(name, now), PushKeys.new()
            content = {
                "form": FORM,
                "signing_key": _text(key.private_pem),
                "certificate": _text(key.certificate_pem),
                "push_key": _text(push.private_pem),
            }
            self._write(content)
            return content

    def _write(self, content: dict[str, Any]) -> None:
        remove_leftovers(self.path)
        part = part_beside(self.path)
        try:
            with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            why = f"cannot be written ({error.strerror})"
            raise FileRefused(self.path, why, "free space or give the right to write; nothing was published") from error
        finally:
            part.unlink(missing_ok=True)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    return base64.b64decode(text)
