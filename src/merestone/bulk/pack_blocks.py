"""The list of a file's blocks, by which whoever holds an older file fetches what is new in it and nothing else.

The same idea as rsync and zsync: the holder of the older file finds, at any offset, the blocks that it has already, and
fetches the others. Nothing older is kept where the file is made. The form is specified in `docs/formats/pack-offer.md`.
"""

import hashlib
import struct
from typing import Final

import numpy as np

SMALLEST_BLOCK_BYTES: Final = 1024
MOST_BLOCKS: Final = 8192
"""So many entries make a list of 96 KiB."""
ENTRY: Final = struct.Struct("<I8s")
"""The rolling sum of a block, and the first 8 bytes of its SHA-256."""


def block_bytes(size_bytes: int) -> int:
    """The length of each block of a file of this size, the last one apart.

    >>> block_bytes(3_000_000), block_bytes(50_000_000)
    (1024, 8192)
    """
    length = SMALLEST_BLOCK_BYTES
    while -(-size_bytes // length) > MOST_BLOCKS:
        length *= 2
    return length


def rolling_sum(block: bytes) -> int:
    """The sum that can be carried on from one offset to the next (Tridgell 1999, The rsync algorithm, 3.3).

    >>> rolling_sum(b"abc") == (97 + 98 + 99) + ((3 * 97 + 2 * 98 + 99) << 16)
    True
    """
    values = np.frombuffer(block, np.uint8).astype(np.uint64)
    plain = int(values.sum()) & 0xFFFF
    weighted = int((values * np.arange(len(values), 0, -1, dtype=np.uint64)).sum()) & 0xFFFF
    return plain | weighted << 16


def block_list(content: bytes) -> bytes:
    """The list of a file's blocks in order, an `ENTRY` for each."""
    length = block_bytes(len(content))
    blocks = (content[at : at + length] for at in range(0, len(content), length))
    return b"".join(ENTRY.pack(rolling_sum(block), hashlib.sha256(block).digest()[:8]) for block in blocks)
