"""Files that are written anew each time, below a folder that others may use, too: only our own are replaced."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from merestone.files.output import refuse_output, write_file
from merestone.terms import FileRefused

LIST: Final = ".merestone-files.json"
"""The SHA-256 of each file as it was written, so that a file that somebody else put there is known as theirs."""


def write_own_files(folder: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> None:
    """Write files by their names below a folder; every place is looked at before the first one is written to.

    A file that stands there is replaced if it is as an earlier call left it.

    Parameters
    ----------
    overwrite
        Other files of these names may be replaced, too. A register never is.

    Raises
    ------
    FileRefused
        Something else stands under one of the names, and nothing was written. Or the disk refused: each file is as it
        was before, or whole.
    """
    own = _own_digests(folder)
    for name in files:
        _refuse_foreign(folder, name, own.get(name, []), overwrite=overwrite)
    own |= {name: [*own.get(name, []), _digest(content)] for name, content in files.items()}
    for parent in {(folder / name).parent for name in (*files, LIST)}:
        parent.mkdir(parents=True, exist_ok=True)
    _write_list(folder, own)  # before the files: who is stopped between them finds all of them known as ours
    for name, content in files.items():
        write_file(folder / name, content, overwrite=True)
    _write_list(folder, own | {name: [_digest(content)] for name, content in files.items()})


def _refuse_foreign(folder: Path, name: str, digests: list[str], *, overwrite: bool) -> None:
    path = folder / name
    for parent in Path(name).parents:
        if (folder / parent).exists() and not (folder / parent).is_dir():
            raise FileRefused(folder / parent, "is a file, but a folder is needed here", "name another folder")
    if path.exists():
        is_own = path.is_file() and _digest(path.read_bytes()) in digests
        refuse_output(path, overwrite=overwrite or is_own)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _own_digests(folder: Path) -> dict[str, list[str]]:
    """What earlier calls wrote; nothing if the list is gone or is not ours."""
    try:
        listed = json.loads((folder / LIST).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(listed, dict):
        return {}
    return {name: digests for name, digests in listed.items() if isinstance(digests, list)}


def _write_list(folder: Path, own: Mapping[str, list[str]]) -> None:
    write_file(folder / LIST, json.dumps(own, indent=1), overwrite=True)
