"""The personal data of copies that are merged: every entry, sealed as it is, but what any copy erased stays erased.

Nothing is unsealed to be carried: whoever brings copies together need not be somebody who may read of the people hurt.
With the keys, each entry is opened in memory and compared before it is taken; it is written as it was sealed.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet

from merestone.register.events.errors import NotARegister, RegisterNotWritable, disk_faults_told
from merestone.register.file.sqlite_driver import insert_all, uri_of
from merestone.register.sidecars.personal_store import KEPT, METADATA, KeyRefused, boxes, digest_of, opened
from merestone.terms import FileRefused, RequestRefused


class EntriesDiffer(RequestRefused):
    """Copies hold different things under one reference, and no program may choose between them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row of a file. Its text form shows nothing of it."""

    reference: str
    sealed: bytes | None
    erased_at: str | None
    erased_why: str | None

    def __repr__(self) -> str:
        return f"_Entry({self.reference!r})"


@dataclass(frozen=True, slots=True)
class PersonalMerged:
    """What came together; nothing here tells of anybody."""

    total: int
    """Entries that the merged file holds."""
    added: tuple[int, ...]
    """How many of those each copy holds that not all of them hold, in the order in which the copies were named."""
    erased: int
    """Entries of which the merged file knows that they were erased."""
    erasures_carried_out: int
    """How many of those some copy still held."""
    still_held: tuple[int, ...]
    """How many of those each copy still holds, for the copies are only read."""
    damaged: tuple[tuple[str, Path], ...]
    """References that opened with no key given, and in which file; another copy's entry, which opens, was taken."""
    under_older_keys: int
    """Entries that open with another key than the first; 0 if no key was given."""
    are_checked: bool
    """Whether keys were given, so that each entry was opened and compared."""


def merge_personal(files: Sequence[Path], into: Path, *, keys: Sequence[str] = ()) -> PersonalMerged:
    """Write the entries of all files into a new one, which is made only if there is anything to write.

    Parameters
    ----------
    files
        One for each copy; one that does not exist holds nothing. They are only read, and their order makes no
        difference to the result.
    keys
        The programme's key, and others under which a copy may be sealed, the newest first. None: entries are carried
        as they are, and are refused where two copies hold one in two forms.

    Raises
    ------
    KeyRefused
        A key is malformed, is missing, or opens no entry of that reference.
    EntriesDiffer
        Two copies hold different data under one reference.
    FileRefused
        A file is no store of personal data, or a change to it was interrupted.
    RegisterNotWritable
        The disk refused the write.
    """
    opening = boxes(keys)
    copies = [_read(path) for path in files]
    taken: list[_Entry] = []
    damaged: list[tuple[str, Path]] = []
    older = 0
    for reference in sorted(set().union(*copies)):
        entries_found = [(path, copy[reference]) for path, copy in zip(files, copies, strict=True) if reference in copy]
        erased = [entry for _, entry in entries_found if entry.sealed is None]
        if erased:
            # For ever, and the same whoever erased first or is named first.
            taken.append(min(erased, key=lambda entry: (entry.erased_at or "", entry.erased_why or "")))
            continue
        rank, entry, bad = _chosen(reference, entries_found, opening)
        older += rank > 0
        damaged += [(reference, path) for path in bad]
        taken.append(entry)
    if taken:
        _write(into, taken)
    gone = {entry.reference for entry in taken if entry.sealed is None}
    sealed = [{entry.reference for entry in copy.values() if entry.sealed is not None} for copy in copies]
    open_references = [names - gone for names in sealed]
    common = set.intersection(*open_references)
    return PersonalMerged(
        total=len(taken) - len(gone),
        added=tuple(len(names - common) for names in open_references),
        erased=len(gone),
        erasures_carried_out=len(gone & set().union(*sealed)),
        still_held=tuple(len(names & gone) for names in sealed),
        damaged=tuple(damaged),
        under_older_keys=older,
        are_checked=bool(opening),
    )


def _chosen(
    reference: str, entries_found: Sequence[tuple[Path, _Entry]], opening: Sequence[Fernet]
) -> tuple[int, _Entry, list[Path]]:
    """The entry to take, the number of the key that opens it, and the files in which it opens with none."""
    if not opening:
        if len({entry.sealed for _, entry in entries_found}) > 1:
            where = " and ".join(str(path) for path, _ in entries_found)
            raise KeyRefused(
                f"{reference} is sealed differently in {where} (under two keys, or one is damaged); "
                "merge with the keys of both, the newest first"
            )
        return 0, entries_found[0][1], []
    good: list[tuple[int, bytes, _Entry, str]] = []
    bad: list[Path] = []
    for path, entry in entries_found:
        assert entry.sealed is not None
        for rank, box in enumerate(opening):
            content = opened(box, entry.sealed)
            if content is not None:
                good.append((rank, entry.sealed, entry, digest_of(bytes.fromhex(content["salt"]), content["data"])))
                break
        else:
            bad.append(path)
    if not good:
        where = " and ".join(str(path) for path in bad)
        raise KeyRefused(
            f"{where}: {reference} opens with none of the keys given; give also the key under which this copy was "
            "sealed, or none at all, which carries entries sealed as they are"
        )
    if len({digest for *_, digest in good}) > 1:
        where = " and ".join(str(path) for path, _ in entries_found)
        raise EntriesDiffer(
            f"{reference} stands for different data in {where}; find out which its record's digest names "
            "(PersonalStore.matches), and erase or restore the other"
        )
    rank, _, entry, _ = min(good, key=lambda candidate: candidate[:2])
    return rank, entry, bad


def _read(path: Path) -> dict[str, _Entry]:
    if not path.exists() or not path.stat().st_size:  # empty: its making was interrupted
        return {}
    try:
        uri = uri_of(path, read_only=True)
        with disk_faults_told(path), closing(sqlite3.connect(uri, uri=True)) as connection:
            rows = connection.execute("SELECT reference, sealed, erased_at, erased_why FROM kept").fetchall()
    except RegisterNotWritable:  # SQLite would have to mend it first
        raise FileRefused(
            path, "a change to it was interrupted", "open it once with its key (PersonalStore.open), then merge again"
        ) from None
    except (NotARegister, sqlite3.OperationalError):
        raise FileRefused(
            path, "is not a store of personal data", "name the right register; this one was not touched"
        ) from None
    return {row[0]: _Entry(*row) for row in rows}


def _write(path: Path, entries: Sequence[_Entry]) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool, hide_parameters=True)
    with disk_faults_told(path), engine.begin() as connection:
        METADATA.create_all(connection)
        insert_all(
            connection, KEPT, [(entry.reference, entry.sealed, entry.erased_at, entry.erased_why) for entry in entries]
        )
