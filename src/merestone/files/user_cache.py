"""The user's cache folder: what can be made again at any time, readable by its owner alone, and bounded.

Where: ``MERESTONE_CACHE_DIR``; else ``merestone`` in ``XDG_CACHE_HOME`` (XDG Base Directory Specification 0.8), in
``~/Library/Caches`` on macOS, in ``LOCALAPPDATA`` on Windows, otherwise in ``~/.cache``. ``MERESTONE_NO_CACHE`` set to
anything switches it off.
"""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 2 << 30
"""Beyond so many bytes, what was used longest ago is removed."""


def cache_folder(name: str) -> Path | None:
    """A folder for one kind of cached files, made if it is missing; None where none may be used.

    It is the user's own and nobody else may read it (0700): cached files may hold what only its owner may see. A folder
    that belongs to somebody else, or cannot be closed to others, is not used.
    """
    if os.environ.get("MERESTONE_NO_CACHE"):
        return None
    try:
        folder = _parent() / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_private(folder) else None
    except (OSError, RuntimeError):  # RuntimeError: nobody's home
        return None


def note_use(file: Path) -> None:
    """Note that a cached file was used now, so that it is removed after those that were not."""
    with suppress(OSError):
        os.utime(file)


def keep_within(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove the files of the folder that were used longest ago, until the others are small enough together."""
    files = []
    for file in folder.iterdir():
        with suppress(OSError):  # another process removed it meanwhile
            about = file.stat()
            files.append((about.st_mtime_ns, about.st_size, file))
    size = 0
    for _, size_bytes, file in sorted(files, reverse=True):
        size += size_bytes
        if size > most_bytes:
            with suppress(OSError):
                file.unlink()


def _parent() -> Path:
    stated = os.environ.get("MERESTONE_CACHE_DIR")
    if stated:
        return Path(stated)
    home = os.environ.get("XDG_CACHE_HOME")
    if not home and sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA")
    if home:
        return Path(home) / "merestone"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "merestone"


def _is_private(folder: Path) -> bool:
    """Whether the folder is a real one of this user's, and closed to all others."""
    if os.name != "posix":
        return True  # what lies in a user's own profile is closed to others there
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
        return False
    if about.st_mode & 0o077:
        folder.chmod(0o700)
    return not folder.lstat().st_mode & 0o077
