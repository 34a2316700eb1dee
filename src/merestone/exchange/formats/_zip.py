"""Zip archives from strangers: opened with limits on what they may grow to, and never followed out of themselves."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from merestone.terms import FileRefused, number_of

LARGEST_BYTES: Final = 4 << 30
"""To which the files of one archive together may grow."""
LARGEST_RATIO: Final = 200
"""Times its own size to which an archive may grow, beyond `ALWAYS_BYTES`: geodata as text shrink to a twentieth or so,
and what is made to fill a disk shrinks to a thousandth and less."""
ALWAYS_BYTES: Final = 64 << 20
"""Up to which no ratio is looked at."""
MOST_ENTRIES: Final = 100_000
_DAMAGED = "get it again from where it came"


def most_bytes(size_bytes: int) -> int:
    """To how much an archive of so many bytes may grow."""
    return min(LARGEST_BYTES, max(ALWAYS_BYTES, LARGEST_RATIO * size_bytes))


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Failures of an archive become refusals."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise FileRefused(path, f"the archive is cut off or damaged: {error}", _DAMAGED) from error
    except (RuntimeError, NotImplementedError, UnicodeError, ValueError) as error:
        raise FileRefused(path, f"the archive cannot be read: {error}", "unpack it and give the files in it") from error


class Archive:
    """The files of one archive by name: ``/`` between folders, none of them above the top."""

    def __init__(self, path: Path, opened: zipfile.ZipFile, size: int, *, own_size: int | None = None) -> None:
        """`size` limits what it may grow to; `own_size` is what its own bytes are, where that is another number."""
        self.path, self._opened, self._size = path, opened, size
        self.entries: dict[str, zipfile.ZipInfo] = {}
        self._times_used: dict[str, int] = {}
        if not all(info.filename for info in opened.infolist()):
            raise FileRefused(path, "the archive is damaged: an entry has no name", _DAMAGED)
        infos = [info for info in opened.infolist() if not info.is_dir()]
        self._check_lengths(infos, size if own_size is None else own_size)
        if len(infos) > MOST_ENTRIES:
            raise FileRefused(
                path, f"the archive has {number_of(len(infos), 'file')}", "unpack it and give the files in it"
            )
        for info in infos:
            name = inside(_decoded(info))
            if name is None:
                why = f"its entry {info.filename!r} would lie outside of the archive"
                raise FileRefused(path, why, "do not open it; ask its sender")
            if not is_litter(name):
                self.entries[self._unused(name)] = info
        self._check_growth(infos)

    def _check_lengths(self, infos: list[zipfile.ZipInfo], own_size: int) -> None:
        """An entry as long as it claims to be must fit in: Python's reader takes so much memory before it reads."""
        for info in infos:
            if info.compress_size > own_size:
                why = f"the archive is cut off or damaged: its entry {info.filename!r} would be longer than the archive"
                raise FileRefused(self.path, why, _DAMAGED)

    def _check_growth(self, infos: list[zipfile.ZipInfo]) -> None:
        total = sum(info.file_size for info in infos)
        if total > most_bytes(self._size):
            why = (
                f"the archive of {number_of(self._size, 'byte')} would grow to {number_of(total, 'byte')}, which "
                "no geodata do"
            )
            raise FileRefused(self.path, why, "do not open it; ask its sender, or unpack it and give the files in it")

    def _unused(self, name: str) -> str:
        """The name, or one with a number where an archive has two entries of one name: none may hide the other."""
        stem, ending = posixpath.splitext(name)
        unique = name
        while unique in self.entries:
            self._times_used[name] = self._times_used.get(name, 1) + 1
            unique = f"{stem} (#{self._times_used[name]}){ending}"
        return unique

    def read(self, name: str) -> bytes:
        """The bytes of one entry."""
        with self.open(name) as source:
            return source.read()

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """One entry as a stream."""
        info = self.entries[name]
        if info.flag_bits & 1:
            why = f"its entry {name} is protected by a password"
            raise FileRefused(self.path, why, "unpack it and give the files in it")
        with refusing(self.path), self._opened.open(info) as source:
            yield source

    @contextmanager
    def inner(self, name: str, data: bytes | Path) -> "Iterator[Archive]":
        """An archive that is an entry of this one, given as its bytes or where it was unpacked to.

        It may grow no more than this one.
        """
        with refusing(self.path):
            own_size = len(data) if isinstance(data, bytes) else data.stat().st_size
            source = zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data)
        with source:
            yield Archive(self.path, source, self._size, own_size=own_size)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive at `path`.

    Raises
    ------
    FileRefused
        It is damaged, would grow beyond measure, or an entry leads out of it.
    """
    with refusing(path):
        size = path.stat().st_size
        source = zipfile.ZipFile(path)
    with source:
        yield Archive(path, source, size)


def inside(name: str) -> str | None:
    r"""The name with single slashes and without ``..``; None if it leads out of the archive.

    >>> inside("a\\b/../c.kml"), inside("../c.kml"), inside("/etc/passwd"), inside("C:/x")
    ('a/c.kml', None, None, None)
    """
    plain = name.replace("\\", "/")
    if plain.startswith("/") or (len(plain) > 1 and plain[1] == ":") or "\x00" in plain:
        return None
    normal = posixpath.normpath(plain)
    return None if normal == ".." or normal.startswith("../") else normal


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name as UTF-8 where it is that without saying so, as many programs write it."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def is_litter(name: str) -> bool:
    """Whether an entry is only what an operating system left behind, such as the resource forks of macOS."""
    folder, _, base = name.rpartition("/")
    return "__MACOSX" in folder.split("/") or base.startswith("._") or base in (".DS_Store", "Thumbs.db", "desktop.ini")
