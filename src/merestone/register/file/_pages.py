"""The checksum of a register's pages, read in small pieces, without opening the file a second time.

On POSIX a process that closes any descriptor of a file loses all locks that it holds on it
(https://www.sqlite.org/howtocorrupt.html, section 2.2), so nobody may open the file beside SQLite. But SQLite holds a
descriptor itself as long as a connection is open: the system tells which of this process's descriptors are of that
file, and ``pread`` through one of them moves nothing, opens nothing and closes nothing. Should another thread close it
meanwhile, what is read belongs to no register, the checksum does not fit, and every event is looked at instead.

What stands in the file is what a connection sees while it is in a transaction and no write-ahead log holds pages: in
WAL mode such a reader keeps everybody from writing log pages back into the file (its read mark is 0), and in the
others from writing at all.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from merestone.files import crc32

SERIALIZED_MOST: Final = 1 << 30
"""Bytes: a larger file is not read where SQLite must give a copy of it as a whole, in memory."""
_PIECE_BYTES: Final = 1 << 16
"""What stays in the processor's own memory between being read and being summed up."""
_DESCRIPTORS: Final = "/dev/fd"
"""Where Linux, macOS and the BSDs list a process's descriptors."""


def pages_crc32(connection: sqlite3.Connection, pages_bytes: int, left_out: Sequence[tuple[int, int]]) -> int | None:
    """The CRC-32 of all pages as the connection sees them; None if they cannot be read.

    Parameters
    ----------
    connection
        In a transaction that has read, and has written nothing.
    pages_bytes
        How many bytes all pages have.
    left_out
        Places (first byte, end) that do not count, in order.
    """
    path = _main_file(connection)
    with suppress(OSError):
        if path and not _holds_pages(path + "-wal"):
            with _descriptor_of(path) as descriptor:
                if descriptor is not None:
                    return _crc32_of(_read(descriptor, pages_bytes), pages_bytes, left_out)
    if pages_bytes > SERIALIZED_MOST or not hasattr(connection, "serialize"):
        return None
    return _crc32_of(iter([(0, memoryview(connection.serialize()))]), pages_bytes, left_out)


def _main_file(connection: sqlite3.Connection) -> str:
    """Where the database lies; empty if it lies in memory."""
    for _, name, path in connection.execute("PRAGMA database_list"):
        if name == "main":
            return str(path)
    return ""


def _holds_pages(log: str) -> bool:
    try:
        return os.stat(log).st_size > 0
    except FileNotFoundError:
        return False


@contextmanager
def _descriptor_of(path: str) -> Iterator[int | None]:
    """A descriptor for reading the file, while a connection to it is open; None if the system does not tell which."""
    if sys.platform == "win32":  # locks belong to handles there: to close another one drops none
        with open(path, "rb", buffering=0) as file:
            yield file.fileno()
        return
    wanted = os.stat(path)
    for name in os.listdir(_DESCRIPTORS):
        with suppress(OSError, ValueError):
            if os.path.samestat(os.fstat(int(name)), wanted):
                yield int(name)
                return
    yield None


def _read(descriptor: int, size_bytes: int) -> Iterator[tuple[int, memoryview]]:
    """Each piece and where it begins; the same memory is used for all. OSError if the file ends before."""
    memory = memoryview(bytearray(min(_PIECE_BYTES, size_bytes)))
    at = 0
    while at < size_bytes:
        piece = memory[: size_bytes - at]
        if sys.platform == "win32":
            os.lseek(descriptor, at, os.SEEK_SET)
            content = os.read(descriptor, len(piece))
            count = len(content)
            piece[:count] = content
        else:
            count = os.preadv(descriptor, [piece], at)
        if count == 0:
            raise OSError("the file ends before its last page")
        yield at, piece[:count]
        at += count


def _crc32_of(
    pieces: Iterator[tuple[int, memoryview]], size_bytes: int, left_out: Sequence[tuple[int, int]]
) -> int | None:
    """The checksum of what is not left out; None if there are more or fewer bytes."""
    crc, end = 0, 0
    for begin, piece in pieces:
        at, end = begin, begin + len(piece)
        for first, last in left_out:
            if last > at and first < end:
                crc = crc32(piece[at - begin : max(first, at) - begin], crc)
                at = min(last, end)
        crc = crc32(piece[at - begin :], crc)
    return crc if end == size_bytes else None
