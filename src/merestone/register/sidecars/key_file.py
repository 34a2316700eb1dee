"""A file of private keys beside a register: JSON for its owner alone, made once, written whole or not at all."""

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from merestone.files import locked_file, part_beside, remove_leftovers
from merestone.terms import FileRefused

_OWNER_ALONE: Final = 0o600


class KeyFile:
    """One file of keys.

    Parameters
    ----------
    form
        What stands in the file as ``form``; a file with another is refused.
    names
        The keys that it must hold.
    what
        What the file is, for errors: ``the keys of alerts``.
    """

    def __init__(self, path: Path, *, form: str, names: frozenset[str], what: str) -> None:
        self.path, self._form, self._names, self._what = path, form, names, what

    def read(self) -> dict[str, bytes] | None:
        """The keys by name; None if there is no file.

        Raises
        ------
        FileRefused
            The file is not one of these.
        """
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["form"] != self._form or not self._names <= set(content):
                raise ValueError(f"its form is {content['form']!r}, not {self._form!r}")
            return {name: base64.b64decode(content[name]) for name in self._names}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = f"is not a file of {self._what} ({error})"
            raise FileRefused(self.path, why, "restore your copy; without it nothing can be signed") from error

    def read_or_make(self, make: Callable[[], Mapping[str, bytes]]) -> dict[str, bytes]:
        """The keys; made and written now if there is no file.

        Raises
        ------
        FileRefused
            The file is not one of these, or cannot be written.
        """
        keys = self.read()
        if keys is not None:
            return keys
        try:
            with locked_file(self.path.with_name(f".{self.path.name}.lock"), wait=True):
                keys = self.read()
                if keys is None:  # no other process was faster
                    keys = dict(make())
                    self._write(keys)
                return keys
        except OSError as error:
            why = f"cannot be written ({error.strerror})"
            raise FileRefused(self.path, why, "free space or give the right to write; nothing was signed") from error

    def _write(self, keys: Mapping[str, bytes]) -> None:
        remove_leftovers(self.path)
        part = part_beside(self.path)
        content: dict[str, Any] = {"form": self._form}
        content |= {name: base64.b64encode(key).decode("ascii") for name, key in keys.items()}
        try:
            with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ALONE), "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)
