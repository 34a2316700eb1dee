"""Copies of a register of which one holds all that the others hold: it is copied, instead of written anew."""

import filecmp
from collections.abc import Sequence
from pathlib import Path

from merestone.register.file.opening import open_store
from merestone.register.file.sqlite_driver import beside
from merestone.register.merging.backup import copy_database
from merestone.register.query import newest
from merestone.register.query.outline_key import key_of_copies, outline_key, write_outline_key
from merestone.register.register import Register


def are_same_bytes(first: Path, other: Path) -> bool:
    """Whether two registers are the same to the last byte, and nothing of either stands in a log beside it."""
    if any(beside(path, suffix).exists() for path in (first, other) for suffix in ("-wal", "-journal")):
        return False
    return filecmp.cmp(first, other, shallow=False)


def is_taken_over(whole: Register, draft: Path, copies: Sequence[Register], *, named: Path) -> bool:
    """Copy the register that is whole to ``draft``; false, and no file, if somebody wrote to it meanwhile.

    Parameters
    ----------
    copies
        All copies: the new register gets the secret that they have together.
    named
        What messages call the new file.
    """
    expected = whole.head()
    copy_database(whole.path, draft, named=named)
    store = open_store(draft, read_only=False, wait_s=60.0)
    try:
        with store.asking() as rows:
            head, own_key = newest.head(rows), outline_key(rows)
        is_whole = head is not None and head.chain == expected.chain
        key = key_of_copies([register.outline_key() for register in copies])
        if is_whole and key is not None and key != own_key:
            connection = store.begin_writing()
            try:
                write_outline_key(connection, key)
                connection.execute("COMMIT")
            finally:
                store.end_writing(connection)
    finally:
        store.close()
    if not is_whole:
        draft.unlink()
    return is_whole
