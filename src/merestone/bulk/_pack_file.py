"""The container of a hazard pack: named arrays behind a header, mapped into memory and never trusted unread.

What a byte means here is in `docs/formats/hazard-pack.md`; what the arrays mean is in `pack`. No value of a block
reaches a caller before the block's checksum was compared.
"""

import hashlib
import json
import mmap
import os
import struct
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.files import crc32, whole_file
from merestone.terms import FileRefused, number_of

MAGIC: Final = b"\x89MHP\r\n\x1a\n"
"""As in PNG: a byte that is no text, a name, and line ends that a transfer as text would change."""
VERSION: Final = 1
COMPACT_VERSION: Final = 2
"""Outlines stand in it as steps (`_compact_outlines`); all else is as in version 1."""
PART_VERSION: Final = 3
"""It holds a part of the areas (`pack_part`), in the form of version 2."""
ORDER: Final = 0x0A0B0C0D
"""Read in the wrong byte order it is 0x0D0C0B0A."""
PREFIX: Final = struct.Struct("<8sIIQQ32s")
"""Magic, version, order mark, bytes of the header and of the body, SHA-256 of all that and of the header."""
ALIGN: Final = 64
BLOCK: Final = 1 << 20
"""The body's checksums are CRC-32 of so many bytes each."""
LONGEST_HEADER: Final = 1 << 26
DTYPES: Final = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8")
_MAKE_AGAIN: Final = "make the pack again, or fetch it again from who made it"


class PackRefused(FileRefused):
    """A hazard pack that is damaged, cut off, of a newer form, or none at all. Nothing is answered from it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an array lies in the body."""

    dtype: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size_bytes(self) -> int:
        """Bytes of the array; a Python integer, so that no shape can overflow it."""
        count = int(self.dtype[2:])
        for length in self.shape:
            count *= length
        return count


class PackFile:
    """An open pack. Arrays are read-only views of the file, shared by all processes that have it open."""

    def __init__(self, path: Path, mapped: mmap.mmap, start: int, header: Mapping[str, Any]) -> None:
        self.path = path
        self.identity = mapped[PREFIX.size - 32 : PREFIX.size].hex()
        self._mapped = mapped
        self._start = start
        self._size = len(mapped) - start
        self.about: Mapping[str, Any] = _of_type(path, header, "about", dict)
        self._crcs = _of_type(path, header, "crc32", list)
        if len(self._crcs) != -(-self._size // BLOCK) or not all(type(crc) is int for crc in self._crcs):
            raise PackRefused(path, "its checksums do not fit its length", _MAKE_AGAIN)
        array_fields = _of_type(path, header, "arrays", dict)
        self._places = {name: _place(path, name, value, self._size) for name, value in array_fields.items()}
        self._checked = np.zeros(len(self._crcs), bool)
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays' names."""
        return tuple(self._places)

    @property
    def size_bytes(self) -> int:
        """Bytes of the whole file."""
        return self._start + self._size

    def place(self, name: str) -> Place:
        """Type, shape and place of an array, without reading it."""
        if name not in self._places:
            raise PackRefused(self.path, f"it has no array {name!r}", _MAKE_AGAIN)
        return self._places[name]

    def arrays(self, *names: str) -> list[NDArray[Any]]:
        """These arrays, read-only, after the checksums of all their blocks were compared.

        Raises
        ------
        PackRefused
            A checksum does not fit, or there is no such array.
        """
        places = [self.place(name) for name in names]
        self._compare([(place.offset, place.size_bytes) for place in places])
        return [self._view(place) for place in places]

    def verify(self) -> None:
        """Compare the checksums of the whole body now."""
        self._compare([(0, self._size)])

    def _view(self, place: Place) -> NDArray[Any]:
        count = place.size_bytes // int(place.dtype[2:])
        if not count:
            return np.zeros(place.shape, place.dtype)
        flat = np.frombuffer(self._mapped, np.dtype(place.dtype), count, self._start + place.offset)
        return flat.reshape(place.shape)

    def _compare(self, spans: list[tuple[int, int]]) -> None:
        with self._lock:
            wanted = np.zeros(len(self._crcs), bool)
            for offset, size in spans:
                wanted[offset // BLOCK : -(-(offset + size) // BLOCK)] = True
            blocks = [int(block) for block in np.flatnonzero(wanted & ~self._checked)]
            body = memoryview(self._mapped)[self._start :]

            def is_whole(block: int) -> bool:
                return bool(crc32(body[block * BLOCK : (block + 1) * BLOCK]) == self._crcs[block])

            if len(blocks) > 4:
                from concurrent.futures import ThreadPoolExecutor  # loads logging, longer than a few blocks take

                with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
                    whole = list(pool.map(is_whole, blocks, chunksize=1))
            else:
                whole = [is_whole(block) for block in blocks]
            for block, is_good in zip(blocks, whole, strict=True):
                if not is_good:
                    at = self._start + block * BLOCK
                    raise PackRefused(
                        self.path, f"it is damaged in the block at byte {at}: CRC-32 differs", _MAKE_AGAIN
                    )
            self._checked[blocks] = True


def open_pack(path: Path) -> PackFile:
    """Map a pack's file and read its header, whose SHA-256 is compared; the body's blocks are when they are read.

    Raises
    ------
    PackRefused
        It is no pack, of a newer version, cut off, or damaged.
    FileRefused
        It cannot be opened.
    """
    if sys.byteorder != "little":
        raise PackRefused(path, "packs are little-endian and this machine is not", "screen from the register instead")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < PREFIX.size:
                raise PackRefused(path, "is not a hazard pack: it is too short", "give a file made by `merestone pack`")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise FileRefused(path, f"cannot be opened: {error.strerror}", "check the name") from error
    magic, version, order, header_bytes, body_bytes, digest = PREFIX.unpack_from(mapped)
    if magic != MAGIC:
        raise PackRefused(path, "is not a hazard pack", "give a file made by `merestone pack`")
    if order != ORDER:
        raise PackRefused(path, "its numbers are in another byte order", _MAKE_AGAIN)
    if version == PART_VERSION:
        why = "holds a part of the areas, and beyond its edge it would wrongly have none"
        raise PackRefused(path, why, "use it on the page for phones alone; ask for the pack of all areas")
    if version not in (VERSION, COMPACT_VERSION):
        why = f"is of version {version}, and this program reads versions {VERSION} and {COMPACT_VERSION}"
        raise PackRefused(path, why, "install a newer Merestone")
    start = PREFIX.size + header_bytes
    if header_bytes > LONGEST_HEADER or start % ALIGN or start + body_bytes != size:
        why = f"has {number_of(size, 'byte')}, and its header speaks of {start + body_bytes}: it is cut off or damaged"
        raise PackRefused(path, why, _MAKE_AGAIN)
    header = mapped[PREFIX.size : start]
    if hashlib.sha256(mapped[: PREFIX.size - 32] + header).digest() != digest:
        raise PackRefused(path, "its header is damaged: SHA-256 differs", _MAKE_AGAIN)
    try:
        read = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise PackRefused(path, f"its header cannot be read ({error})", _MAKE_AGAIN) from None
    if not isinstance(read, dict):
        raise PackRefused(path, "its header is not a JSON object", _MAKE_AGAIN)
    return PackFile(path, mapped, start, read)


def write_pack(
    path: Path,
    about: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    *,
    version: int = VERSION,
    overwrite: bool = False,
) -> int:
    """Write a pack; it appears under its name only when all of it is on the disk. Gives its bytes.

    Equal arrays are kept once. The same input gives the same bytes.

    Raises
    ------
    FileRefused
        It cannot be written, such as on a full disk; what stood under the name stands unchanged.
    """
    places, pieces, size = _laid_out(arrays)
    header: dict[str, Any] = {
        "about": dict(about),
        "arrays": {name: [place.dtype, list(place.shape), place.offset] for name, place in places.items()},
        "crc32": list(_checksums(pieces)),
    }
    text = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(PREFIX.size + len(text)) % ALIGN)
    begun = PREFIX.pack(MAGIC, version, ORDER, len(text), size, bytes(32))[:-32]
    with whole_file(path, overwrite=overwrite) as part, part.open("xb") as file:
        file.write(begun + hashlib.sha256(begun + text).digest() + text)
        for piece in pieces:
            file.write(piece)
    return PREFIX.size + len(text) + size


def _laid_out(arrays: Mapping[str, NDArray[Any]]) -> tuple[dict[str, Place], list[memoryview | bytes], int]:
    """Where each array goes, and the body's bytes in order, with zeros between them."""
    places: dict[str, Place] = {}
    pieces: list[memoryview | bytes] = []
    arrays_written: list[tuple[NDArray[np.uint8], int]] = []
    size = 0
    for name, array in arrays.items():
        plain = np.ascontiguousarray(array)
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        if plain.dtype.str not in DTYPES:
            raise TypeError(f"array {name} is of type {plain.dtype}; a pack holds only {', '.join(DTYPES)}")
        raw = plain.reshape(-1).view(np.uint8)
        at = next(
            (at for written, at in arrays_written if len(written) == len(raw) and np.array_equal(written, raw)), size
        )
        places[name] = Place(plain.dtype.str, plain.shape, at)
        if at < size or not len(raw):
            continue
        arrays_written.append((raw, at))
        pieces += [raw.data, bytes(-len(raw) % ALIGN)]
        size += len(raw) + len(pieces[-1])
    return places, pieces, size


def _checksums(pieces: list[memoryview | bytes]) -> Iterator[int]:
    crc, left = 0, BLOCK
    for piece in pieces:
        at = 0
        while at < len(piece):
            part = piece[at : at + left]
            crc, left, at = crc32(part, crc), left - len(part), at + len(part)
            if not left:
                yield crc
                crc, left = 0, BLOCK
    if left < BLOCK:
        yield crc


def _place(path: Path, name: str, value: object, size: int) -> Place:
    match value:
        case [str(dtype), [*shape], int(offset)] if (
            dtype in DTYPES and all(type(n) is int and 0 <= n < 1 << 40 for n in shape) and len(shape) <= 2
        ):
            place = Place(dtype, tuple(int(str(n)) for n in shape), offset)
            if type(offset) is int and offset >= 0 and offset % ALIGN == 0 and offset + place.size_bytes <= size:
                return place
    raise PackRefused(path, f"its array {name!r} is described as {value!r}, which cannot be", _MAKE_AGAIN)


def _of_type(path: Path, header: Mapping[str, Any], key: str, kind: type) -> Any:
    value = header.get(key)
    if not isinstance(value, kind):
        raise PackRefused(path, f"its header has no {key!r}", _MAKE_AGAIN)
    return value
