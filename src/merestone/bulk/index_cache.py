"""Hazards of a register, indexed once and kept until the register, the day or the program changes.

What is kept is a hazard pack in the user's cache folder. Its name and its header hold a digest of all that it was made
from (`key_of`); without the same digest it is not used. The register's own pages are compared with its seal first, as
always. Damage, another user's folder or a full disk never cost an answer: the index is made anew.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from merestone import __version__
from merestone.bulk._pack_file import PackRefused, open_pack
from merestone.bulk.pack import Pack, circumstances_of, index_of, load_opened_pack, save_pack
from merestone.files import cache_folder, keep_within, note_use
from merestone.register import FileState, Viewer, file_state
from merestone.screening import Circumstances, Edges, Hazard, HazardIndex
from merestone.screening.kernel import cells_fingerprint
from merestone.terms import FileRefused, Log

LOG: Final = Log("bulk")
FORM: Final = 1
"""Of what is kept beside the pack's own form."""
_ROOMS: Final = ("terms", "files", "geodesy", "screening", "register", "bulk")
"""The rooms of which the code decides what an index holds."""
_LIBRARIES: Final = ("numpy", "shapely", "pyproj")


@dataclass(frozen=True)
class RegisterQuestion:
    """Which hazards are asked for; see `Register.as_of` and `index_of`."""

    register_path: Path
    true_on: date | None
    known_on: date | datetime | None
    viewer: Viewer
    edges: str = Edges.STRAIGHT.value


@dataclass(eq=False)
class RegisterHazards:
    """The hazards of a register as a viewer sees them, indexed; perhaps from the cache."""

    index: HazardIndex
    hazards: Sequence[Hazard]
    circumstances: Circumstances
    question: RegisterQuestion
    begins_on: dict[int, date]
    state: FileState | None = None
    """Of the register before it was read; None if nothing may be kept."""
    has_file: bool = False
    """Whether the cache holds this index."""
    has_cells: bool = False
    """Whether it holds the index' cells too."""
    clock: Callable[[], datetime] | None = None

    def keep(self) -> None:
        """Put the index into the cache, if it is not there, or if cells were made since. For after the answer.

        Nothing is raised: what cannot be kept is made again the next time.
        """
        has_new_cells = not self.has_cells and self.index.made_cells() is not None
        if self.state is None or (self.has_file and not has_new_cells):
            return
        folder = cache_folder("indexes")
        try:
            # What was written meanwhile may be in the index, or not: it is kept only for a state that stood throughout.
            if folder is None or file_state(self.question.register_path, self.clock) != self.state:
                return
            key = key_of(self.state, self.question)
            save_pack(
                self.index,
                file_of(folder, key),
                audience=self.question.viewer.name,
                circumstances=self.circumstances,
                begins_on=self.begins_on,
                cells=has_new_cells,
                overwrite=True,
                made_from=key,
            )
            keep_within(folder)
        except (OSError, FileRefused, MemoryError) as error:
            LOG.debug("index not kept", why=error)
        else:
            LOG.debug("index kept", folder=folder, cells=has_new_cells)


def hazards_of_register(
    question: RegisterQuestion, *, use_cache: bool = True, clock: Callable[[], datetime] | None = None
) -> RegisterHazards:
    """The hazards that a viewer sees in a register, from the cache if they stand there.

    Raises
    ------
    RegisterMissing, NotARegister, RegisterDamaged, RegisterNewer, RegisterOlder, RegisterBusy, FieldRefused
        As `Register.open`, `Register.as_of` and `index_of`.
    """
    folder = cache_folder("indexes") if use_cache else None
    state = None if folder is None else file_state(question.register_path, clock)
    if folder is not None and state is not None:
        key = key_of(state, question)
        pack = _pack_of(file_of(folder, key), key)
        if pack is not None:
            circumstances = replace(pack.circumstances, pack=None)
            return RegisterHazards(
                pack.index, pack.hazards, circumstances, question, dict(pack.begins_on), state,
                has_file=True, has_cells=pack.has_cells, clock=clock,
            )  # fmt: skip
    from merestone.register import Register  # what is kept needs nothing that reads records

    path = question.register_path
    opened = Register.open(path, read_only=True) if clock is None else Register.open(path, read_only=True, clock=clock)
    with opened as register:
        snapshot = register.as_of(question.true_on, question.known_on, question.viewer)
    hazards = snapshot.hazards
    begins_on = {i: day for i, record in enumerate(hazards) if (day := record.begins_on) is not None}
    index, circumstances = index_of(snapshot, question.edges), circumstances_of(snapshot)
    return RegisterHazards(index, hazards, circumstances, question, begins_on, state, clock=clock)


def key_of(state: FileState, question: RegisterQuestion) -> str:
    """SHA-256, hexadecimal, of all that the index of a question depends on."""
    made_from = {
        "form": FORM,
        "program": [__version__, _program(), cells_fingerprint()],
        "register": [*state[:5], state.today.isoformat(), state.clock_on.isoformat()],
        "true_on": None if question.true_on is None else question.true_on.isoformat(),
        "known_on": None if question.known_on is None else question.known_on.isoformat(),
        "viewer": question.viewer.name,
        "edges": Edges(question.edges).value,
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def file_of(folder: Path, key: str) -> Path:
    """Where the index of a key lies."""
    return folder / f"{key[:32]}.pack"


def _pack_of(path: Path, key: str) -> Pack | None:
    """What the cache holds for a key; None if nothing, or if it is damaged or was made from other data."""
    if not path.is_file():
        LOG.debug("index not in the cache", file=path.name)
        return None
    try:
        file = open_pack(path)
        if file.about.get("made_from") != key:
            raise PackRefused(path, "was made from other data", "it is rebuilt")
        pack = load_opened_pack(file, must_have_cells=False)
        pack.hazards  # noqa: B018 - of a pack without names nothing can be answered
    except (FileRefused, OSError) as error:
        LOG.debug("index in the cache not used", why=error)
        return None
    note_use(path)
    LOG.debug("index from the cache", file=path.name, cells=pack.has_cells)
    return pack


@cache
def _program() -> str:
    """What tells one installation of the program and its libraries from every other, without reading its files."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(f"{package} {sys.version}".encode())
    for library in _LIBRARIES:
        spec = find_spec(library)
        origin = None if spec is None else spec.origin
        digest.update(f"{origin} {origin and os.stat(origin).st_mtime_ns}\n".encode())
    for room in _ROOMS:
        for line in sorted(_listed(str(package / room))):
            digest.update(line.encode())
    return digest.hexdigest()


def _listed(folder: str) -> list[str]:
    """Name, length and time of each file in and under a folder."""
    lines: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    lines += _listed(entry.path)
            else:
                about = entry.stat()
                lines.append(f"{entry.path} {about.st_size} {about.st_mtime_ns}\n")
    return lines
