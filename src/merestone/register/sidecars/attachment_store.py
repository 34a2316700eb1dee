"""Documents and photographs, named by the SHA-256 of their bytes, in a folder beside the register.

A file cannot change unseen: its name is its content. Records carry the name (`kind` ``attachment``), so the chain of
events holds the documents fast without holding their bytes. The same document kept twice is one file.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from merestone.files import part_beside, remove_leftovers, whole_file
from merestone.register.events.errors import RegisterNotWritable
from merestone.terms import FieldRefused, FileRefused, MerestoneError

LARGEST_BYTES: Final = 50 * 1024 * 1024
"""The largest file taken unless the caller says otherwise: a scanned map sheet fits, a film does not."""
_BLOCK: Final = 1 << 20
_NAME: Final = re.compile(r"[0-9a-f]{64}")


class Readable(Protocol):
    """What gives bytes piece by piece: an open file, an upload."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""


class AttachmentMissing(MerestoneError):
    """No file with this content lies in the folder."""


class AttachmentAltered(MerestoneError):
    """A file's bytes are no longer those that its name promises."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was kept."""

    sha256: str
    size_bytes: int


class AttachmentStore:
    """The folder of a register's attachments."""

    def __init__(self, folder: Path | str, *, largest_bytes: int = LARGEST_BYTES) -> None:
        self.folder, self.largest_bytes = Path(folder), largest_bytes

    @classmethod
    def beside(cls, register: Path | str) -> "AttachmentStore":
        """The folder that belongs to a register: ``areas.gpkg`` has ``areas.attachments``."""
        return cls(Path(register).with_suffix(".attachments"))

    def path_of(self, sha256: str) -> Path:
        """Where the file of this content lies, or would lie.

        Raises
        ------
        FieldRefused
            This is no SHA-256; nothing outside the folder can be named by it.
        """
        if not _NAME.fullmatch(sha256):
            raise FieldRefused("sha256", sha256, "is not a SHA-256", "give 64 hexadecimal digits in lower case")
        return self.folder / sha256[:2] / sha256[2:]

    def keep(self, stream: Readable, *, name: str = "the file", promised: str | None = None) -> Attachment:
        """Keep what the stream gives, whole or not at all.

        Parameters
        ----------
        promised
            The SHA-256 that it must have, if that is known before.

        Raises
        ------
        FileRefused
            It is empty or larger than allowed. Nothing was kept.
        AttachmentAltered
            It is not what was promised. Nothing was kept.
        RegisterNotWritable
            The disk refused the write. Nothing was kept.
        """
        draft = part_beside(self.folder / "attachment")
        digest, size_bytes = hashlib.sha256(), 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.folder / "attachment")
            with draft.open("xb") as out:
                while block := stream.read(_BLOCK):
                    size_bytes += len(block)
                    if size_bytes > self.largest_bytes:
                        raise FileRefused(
                            name,
                            f"is larger than {self.largest_bytes:,} bytes",
                            "keep a smaller scan, or raise the limit",
                        )
                    digest.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            if promised is not None and digest.hexdigest() != promised:
                raise AttachmentAltered(
                    f"{promised}: {name} now has SHA-256 {digest.hexdigest()}; restore it from a copy"
                )
            if not size_bytes:
                raise FileRefused(name, "is empty", "look at the original; nothing was kept")
            path = self.path_of(digest.hexdigest())
            path.parent.mkdir(exist_ok=True)
            draft.replace(path)
        except OSError as error:
            raise RegisterNotWritable(
                self.folder,
                f"the disk refused the write ({error.strerror})",
                "free space; nothing of this file was kept",
            ) from error
        finally:
            with suppress(NotADirectoryError):
                draft.unlink(missing_ok=True)
        return Attachment(digest.hexdigest(), size_bytes)

    def read(self, sha256: str) -> bytes:
        """The bytes, compared with their name.

        Raises
        ------
        AttachmentMissing, AttachmentAltered, FieldRefused
        """
        try:
            content = self.path_of(sha256).read_bytes()
        except FileNotFoundError:
            raise AttachmentMissing(f"{sha256}: no such file in {self.folder}; copy it there from a backup") from None
        if (actual_sha256 := hashlib.sha256(content).hexdigest()) != sha256:
            raise AttachmentAltered(
                f"{sha256}: the file in {self.folder} now has SHA-256 {actual_sha256}; restore it from a copy"
            )
        return content

    def copy(self, sha256: str, to: Path, *, may_replace: bool = False) -> int:
        """Copy a file out, compared with its name on the way: whole or not at all. Gives its size in bytes.

        Raises
        ------
        AttachmentMissing, AttachmentAltered, FieldRefused
        FileRefused
            Something stands at ``to`` already, and may not be replaced; or the disk refused. Nothing was written there.
        """
        with whole_file(to, overwrite=may_replace) as part, self._opened(sha256) as source:
            return self._copied(source, part, sha256)

    def _opened(self, sha256: str) -> BinaryIO:
        try:
            return self.path_of(sha256).open("rb")
        except FileNotFoundError:
            raise AttachmentMissing(f"{sha256}: no such file in {self.folder}; copy it there from a backup") from None
        except OSError as error:
            raise AttachmentAltered(
                f"{sha256}: the file in {self.folder} cannot be read ({error.strerror}); restore it from a copy"
            ) from error

    def _copied(self, source: BinaryIO, draft: Path, sha256: str) -> int:
        digest, size_bytes = hashlib.sha256(), 0
        with draft.open("xb") as out:
            while block := source.read(_BLOCK):
                digest.update(block)
                size_bytes += out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != sha256:
            raise AttachmentAltered(
                f"{sha256}: the file in {self.folder} now has SHA-256 {digest.hexdigest()}; restore it from a copy"
            )
        return size_bytes

    def names(self) -> tuple[str, ...]:
        """The SHA-256 that each file of the folder is named by, sorted; what is named otherwise is none of ours."""
        names = (path.parent.name + path.name for path in self.folder.glob("??/*"))
        return tuple(sorted(name for name in names if _NAME.fullmatch(name)))

    def is_whole(self, sha256: str) -> bool:
        """Whether the file can be read, and its bytes are those that its name promises."""
        try:
            with self.path_of(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def altered(self) -> Iterator[str]:
        """The names of files whose bytes are no longer theirs; for a check of the whole folder."""
        for path in sorted(self.folder.glob("??/*")):
            name = path.parent.name + path.name
            if hashlib.sha256(path.read_bytes()).hexdigest() != name:
                yield name
