"""Unfinished files: how they are named, how they get their name, and how those of killed runs are removed.

An unfinished file lies beside the one that it will become, hidden, as ``.NAME.HOST-PID-RANDOM.part``, followed by the
ending of the name, because many libraries choose the format by it.
"""

import hashlib
import os
import platform
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

_NAME_BYTES: Final = 100
"""So much of a long name is kept, so that the whole stays within the 255 bytes that file systems allow."""


def host_name() -> str:
    """Name the machine: on a shared drive, the process of another machine cannot be asked for."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _shortened(name: str) -> str:
    return name.encode()[:_NAME_BYTES].decode(errors="ignore")


def part_beside(path: Path) -> Path:
    """A new name for the unfinished form of a file."""
    token = secrets.token_hex(3)
    return path.with_name(f".{_shortened(path.name)}.{host_name()}-{os.getpid()}-{token}.part{path.suffix[:20]}")


_PART: Final = re.compile(r"\.+(?P<name>[^/\\]+?)\.[0-9a-f]{8}-\d+-[0-9a-f]{6}\.part(?:\.[^\s/\\'\":;,)]*)?")


def with_users_names(text: str) -> str:
    """A message that names unfinished files, with the names of the files that they were to become.

    >>> with_users_names("/tmp/.out.kml.5bce98f7-8466-7c476f.part.kml: the disk is full")
    '/tmp/out.kml: the disk is full'
    """
    while (shown := _PART.sub(lambda part_match: part_match["name"], text)) != text:
        text = shown  # a part of a part, such as that of the exercise's register
    return text


def remove_part(part: Path) -> None:
    """Remove an unfinished file or folder, and what a library left beside it, such as SQLite's log."""
    with suppress(OSError):
        for left in part.parent.iterdir():
            if left.name.startswith(part.name):
                remove_path(left)


def remove_leftovers(path: Path) -> None:
    """Remove what killed runs left of a file; what a living process is writing, or another machine, stays."""
    name = re.compile(
        re.escape(f".{_shortened(path.name)}.") + r"(?:(?P<host>[0-9a-f]{8})-)?(?P<pid>\d+)(?:-[0-9a-f]+)?\.(part|old)"
    )
    with suppress(OSError):
        for left in path.parent.iterdir():
            match = name.match(left.name)
            if match is None or match["host"] not in {None, host_name()} or is_running(int(match["pid"])):
                continue
            remove_path(left)


def is_running(pid: int) -> bool:
    """Whether a process of this machine goes on; where that cannot be asked, it is taken to."""
    if os.name != "posix":  # elsewhere os.kill would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def remove_path(path: Path) -> None:
    """A failure to remove is nobody's error: the work itself was done, or has failed with its own words."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def place_new(part: Path, path: Path) -> bool:
    """Give a finished file its name; False, and nothing is touched, if something has that name already."""
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links, such as a USB stick's
        if path.exists():
            return False
        part.rename(path)
    return True
