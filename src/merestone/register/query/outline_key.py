"""The secret of a register from which the public outlines of its records are drawn.

Who knows it and the code can take the masking of a public outline away. It is made by chance when the register begins,
stands in the register's file alone (which holds the exact outlines beside it), and is in no event, export, pack, page
or log. A copy and a backup of the file have the same secret, so that they publish the same outlines.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from merestone.geodesy import CHANCES
from merestone.register.file.sqlite_driver import Rows

if TYPE_CHECKING:
    import sqlalchemy as sa

KEY_BYTES: Final = 32
_WRITE: Final = "UPDATE merestone_secret SET value = ? WHERE name = 'outline'"
_READ: Final = "SELECT value FROM merestone_secret WHERE name = 'outline'"


def outline_key(rows: Rows) -> bytes | None:
    """The register's secret; None in a register of an older form that was not opened for writing since."""
    try:
        rows_read = rows(_READ, {})
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return None
    if not rows_read:
        return None
    key = rows_read[0][0]
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:  # a page of the file stands in another's place
        raise sqlite3.DatabaseError("the secret from which public outlines are drawn is not what was written")
    return key


def set_outline_key(connection: "sa.Connection", keys: Sequence[bytes | None]) -> None:
    """Give a merged register the secret of its copies.

    Copies have one secret, unless they were made of a register of an older form, which had none, and each got its own
    later. Then the smaller number is taken: in whichever order the copies are named, the result is the same.
    """
    if (key := key_of_copies(keys)) is not None:
        connection.exec_driver_sql(_WRITE, (key,))


def key_of_copies(keys: Sequence[bytes | None]) -> bytes | None:
    """The secret that copies have together, see `set_outline_key`; None if none of them has one."""
    return min((key for key in keys if key is not None), default=None)


def write_outline_key(connection: sqlite3.Connection, key: bytes) -> None:
    """Put a secret in the place of the register's own, in the connection's transaction."""
    connection.execute(_WRITE, (key,))


def chances(key: bytes, seeds: Sequence[str], level_m: float) -> NDArray[np.float64]:
    """What `merestone.geodesy.masked_all` takes: numbers from 0 to 1, shape (n, CHANCES).

    They depend on the secret, on the seed (of which record the outline is) and on the level, and on nothing else: the
    outlines of two records, or of one record at two levels, are drawn independently.
    """
    size = 4 * CHANCES
    level = f"{level_m:.17g}|".encode("ascii")
    drawn = b"".join(
        hashlib.blake2b(level + seed.encode(), key=key, digest_size=size, person=b"public outline").digest()
        for seed in seeds
    )
    return np.frombuffer(drawn, "<u4").reshape(len(seeds), CHANCES) / 2.0**32
