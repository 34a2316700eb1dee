"""The attachments of copies that are merged: each that any of them holds, compared with its name on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from merestone.register.sidecars.attachment_store import AttachmentAltered, AttachmentStore
from merestone.terms import FileRefused


@dataclass(frozen=True, slots=True)
class DamagedAttachment:
    """A file whose bytes are no longer those that its name promises, or that cannot be read."""

    sha256: str
    folder: Path
    """Where it lies; it was left as it is."""
    was_replaced: bool
    """Whether another copy had it whole, so that the merged register has it."""


@dataclass(frozen=True, slots=True)
class AttachmentsMerged:
    """What came together."""

    total: int
    """Attachments of the merged register."""
    added: tuple[int, ...]
    """How many each copy holds, whole, that not all of them hold; in the order in which the copies were named."""
    damaged: tuple[DamagedAttachment, ...]


class _Source:
    """A file that tells by our own error that it cannot be read: a failing stick is not a full disk."""

    def __init__(self, path: Path, sha256: str) -> None:
        self._sha256, self._path = sha256, path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise self._unreadable(error) from None

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise self._unreadable(error) from None

    def close(self) -> None:
        self._file.close()

    def _unreadable(self, error: OSError) -> AttachmentAltered:
        return AttachmentAltered(f"{self._sha256}: {self._path} cannot be read ({error.strerror}); restore it")


def merge_attachments(folders: Sequence[AttachmentStore], into: AttachmentStore) -> AttachmentsMerged:
    """Copy every attachment into a new folder, whole or not at all. The folders are only read.

    Parameters
    ----------
    folders
        One for each copy; one that does not exist holds nothing. Their order makes no difference to the result.

    Raises
    ------
    FileRefused
        A file is larger than ``into`` allows, and no other copy has it smaller.
    RegisterNotWritable
        The disk refused the write.
    """
    names_by_store = [set(store.names()) for store in folders]
    whole: set[str] = set()
    damaged: dict[str, list[Path]] = {}
    for sha256 in sorted(set().union(*names_by_store)):
        too_large: FileRefused | None = None
        for store, names in zip(folders, names_by_store, strict=True):
            if sha256 not in names:
                continue
            if sha256 in whole:
                if not store.is_whole(sha256):
                    damaged.setdefault(sha256, []).append(store.folder)
                continue
            try:
                _take(store.path_of(sha256), sha256, into)
            except AttachmentAltered:
                damaged.setdefault(sha256, []).append(store.folder)
            except FileRefused as refused:
                too_large = refused
            else:
                whole.add(sha256)
        if sha256 not in whole and too_large is not None:
            raise too_large
    bad = {(sha256, folder) for sha256, where in damaged.items() for folder in where}
    names_by_store = [
        {name for name in names if name in whole and (name, store.folder) not in bad}
        for store, names in zip(folders, names_by_store, strict=True)
    ]
    common = set.intersection(*names_by_store)
    damaged_attachments = [DamagedAttachment(sha256, folder, sha256 in whole) for sha256, folder in sorted(bad)]
    return AttachmentsMerged(
        len(whole), tuple(len(names - common) for names in names_by_store), tuple(damaged_attachments)
    )


def _take(path: Path, sha256: str, into: AttachmentStore) -> None:
    source = _Source(path, sha256)
    try:
        into.keep(source, name=str(path), promised=sha256)
    finally:
        source.close()
