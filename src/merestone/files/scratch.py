"""Folders for work in progress, in the system's folder for temporary files, and what killed runs left of theirs.

A folder is named ``merestone-PURPOSE-HOST-PID-RANDOM`` and only its owner may read it. A process that is killed cannot
remove its folder, which may hold an uploaded file or a restricted record; so the first folder that a later process of
the same user makes removes those whose process has ended. Systems empty the place at their start, if at all.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from merestone.files.part import host_name, is_running, remove_path

_NAME: Final = re.compile(r"\.?merestone-[a-z-]+-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[^-]+")

_looked_through: Final[set[Path]] = set()
"""Where this process has removed what killed runs left: once is enough, and each look lists the whole folder."""


def new_scratch_folder(purpose: str, within: Path | None = None) -> Path:
    """Make a folder that its caller removes: for work that outlives the function that begins it.

    Parameters
    ----------
    purpose
        What for, in lower-case letters and hyphens, such as "upload"; it is part of the name.
    within
        The folder to make it in, hidden; without it, the system's folder for temporary files.
    """
    place = Path(tempfile.gettempdir()) if within is None else within
    if place not in _looked_through:
        _looked_through.add(place)
        remove_scratch_of_killed_runs(place)
    hidden = "" if within is None else "."
    return Path(tempfile.mkdtemp(prefix=f"{hidden}merestone-{purpose}-{host_name()}-{os.getpid()}-", dir=place))


@contextmanager
def scratch_folder(purpose: str, within: Path | None = None) -> Iterator[Path]:
    """Make such a folder, and remove it with all that it holds at the end of a block."""
    folder = new_scratch_folder(purpose, within)
    try:
        yield folder
    finally:
        remove_path(folder)


def remove_scratch_of_killed_runs(place: Path) -> None:
    """Remove the folders of processes that have ended; other users' stay, and those of other machines."""
    with suppress(OSError):
        for left in place.iterdir():
            match = _NAME.fullmatch(left.name)
            if match is not None and match["host"] == host_name() and not is_running(int(match["pid"])):
                remove_path(left)
