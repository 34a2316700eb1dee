"""Files that come with a form (multipart/form-data, RFC 7578): read into a temporary file, up to a limit."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Message

from merestone.files import scratch_folder
from merestone.service.bodies import FIELD_BYTES_MOST, BodyRefused, stated_bytes
from merestone.service.filled import FormRefused
from merestone.terms import number_of

MULTIPART: Final = "multipart/form-data"
FIELDS_MOST: Final = 100
_BLOCK: Final = 1 << 20
_NAME_MOST: Final = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that was sent with a form."""

    file_name: str
    """As its sender named it, without any folder."""
    stream: BinaryIO
    sha256: str
    size_bytes: int

    @property
    def description(self) -> str:
        """Its name and what it holds, by which the same form is recognised when it is sent again."""
        return f"{self.file_name} ({number_of(self.size_bytes, 'byte')}, SHA-256 {self.sha256})"

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """The file under its own name, in a folder that vanishes."""
        with scratch_folder("upload") as folder:
            path = folder / self.file_name
            self.copy_to(path)
            yield path

    def copy_to(self, path: Path) -> None:
        """Write its bytes into a new file."""
        self.stream.seek(0)
        with path.open("xb") as out:
            while block := self.stream.read(_BLOCK):
                out.write(block)


async def multipart_of(request: Request, most_bytes: int) -> tuple[FormData, Upload | None]:
    """The fields of such a form and the file in it; None if nobody chose one.

    Raises
    ------
    HTTPException
        413: it is larger than allowed. 400: it cannot be read.
    """
    too_large = f"the file is larger than {most_bytes:,} bytes; send a smaller one"
    if stated_bytes(request.headers) > most_bytes + FIELD_BYTES_MOST:
        raise BodyRefused(413, too_large)
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message: Message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > most_bytes + FIELD_BYTES_MOST:
            raise BodyRefused(413, too_large)
        return message

    parser = MultiPartParser(
        request.headers,
        Request(request.scope, counted).stream(),
        max_files=1,
        max_fields=FIELDS_MOST,
        max_part_size=FIELD_BYTES_MOST,
    )
    form: FormData | None = None
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, f"the form cannot be read: {error.message}") from None
    except (KeyError, UnicodeError):
        raise HTTPException(400, "the form cannot be read") from None
    finally:
        if form is None:
            for begun in parser._files_to_close_on_error:  # Starlette 1.10 closes them after its own errors alone
                begun.close()
    files = [uploaded for uploaded in form.values() if isinstance(uploaded, UploadFile)]
    if not files or not files[0].filename:
        await form.close()
        return form, None
    digest, size = hashlib.sha256(), 0
    while block := files[0].file.read(_BLOCK):
        digest.update(block)
        size += len(block)
    if size > most_bytes:
        await form.close()
        raise HTTPException(413, too_large)
    return form, Upload(plain_name(files[0].filename), files[0].file, digest.hexdigest(), size)


def plain_name(text: str) -> str:
    """A file's name without folders and without what no file system takes; the ending stays.

    >>> plain_name("survey/task 7.csv"), plain_name("../../etc/passwd"), plain_name("..")
    ('task 7.csv', 'passwd', 'file')
    """
    name = PurePosixPath(PureWindowsPath(text).name).name
    name = "".join(letter if letter.isprintable() and letter not in '<>:"|?*' else "_" for letter in name).strip(" .")
    stem, point, ending = name.rpartition(".")
    if len(name.encode()) > _NAME_MOST:
        name = f"{(stem or ending)[:40]}{point}{ending[:10] if stem else ''}"
    return name or "file"


def upload_of(request: Request) -> Upload:
    """The file that came with the form.

    Raises
    ------
    FormRefused
        Nobody chose one.
    """
    upload: Upload | None = getattr(request.state, "upload", None)
    if upload is None:
        raise FormRefused({"file": "no file was chosen; choose one, and send it again"})
    return upload
