"""Writing a file: whole or not at all, under its own name only once it is on the disk, and never over other work."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from merestone.files.folder import sync_folder
from merestone.files.part import part_beside, place_new, remove_leftovers, remove_part
from merestone.files.protection import protected_as
from merestone.terms import FileRefused

_OTHER_NAME: Final = "give another name; it was not touched"
_FULL: Final = "free space or choose another folder; nothing was half-written"


def refuse_output(path: Path, *, overwrite: bool = False, inputs: Iterable[Path] = (), is_folder: bool = False) -> Path:
    """Refuse a path that must not be written to; otherwise give the place that it names, links followed.

    Parameters
    ----------
    overwrite
        Another file that stands there may be replaced. A register and an input never are.
    inputs
        What the same work reads.
    is_folder
        A folder is to be written, and not a file.

    Raises
    ------
    FileRefused
    """
    what = protected_as(path)
    if what is not None:
        raise FileRefused(path, f"is {what}, which no output replaces, not even with --force", _OTHER_NAME)
    for source in inputs:
        if any(_is_same(path, part) for part in _parts_of(source)):
            raise FileRefused(path, "is an input of this very work", _OTHER_NAME)
    if path.is_dir() and not is_folder:
        raise FileRefused(path, "is a folder", "name a file in it")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise FileRefused(path, "is not a plain file", "name a file")
    if path.exists() and not overwrite:
        raise FileRefused(path, "a file already exists here", "give another name, or replace it with --force")
    target = path.resolve()
    if not target.parent.is_dir():
        raise FileRefused(path, "its folder is not there", "make the folder first; nothing was written")
    if target.is_dir() and is_folder:
        _refuse_foreign_folder(path)
    return target


def _parts_of(source: Path) -> list[Path]:
    """A Shapefile is several files of one stem; every other input is one."""
    if source.suffix.lower() != ".shp":
        return [source]
    return [part for part in source.absolute().parent.iterdir() if part.stem == source.stem] if source.exists() else []


def _is_same(path: Path, source: Path) -> bool:
    try:
        return path.samefile(source)
    except OSError:
        return path.resolve() == source.resolve()


def _refuse_foreign_folder(path: Path) -> None:
    """Only a folder of Parquet parts, such as Spark writes, is replaced: --force takes no folder of other work."""
    for left in path.rglob("*"):
        is_ours = left.is_dir() or left.suffix in {".parquet", ".crc"} or left.name in {"_SUCCESS", "_metadata"}
        if not is_ours or left.is_symlink():
            raise FileRefused(path, f"is a folder with other files in it ({left.name})", _OTHER_NAME)


@contextmanager
def whole_file(path: Path, *, overwrite: bool = False, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A path to write to in a ``with`` block. When the block ends well, the file gets its name; otherwise it vanishes.

    The file is on the disk before it has its name. What stood under the name stands until then, and stays if anything
    goes wrong. What killed runs left of the same file is removed.

    Raises
    ------
    FileRefused
        The path must not be written to (`refuse_output`), or the disk refused. It names the user's file.
    """
    target = refuse_output(path, overwrite=overwrite, inputs=inputs)
    remove_leftovers(target)
    part = part_beside(target)
    try:
        with _told_of(path, part):
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            if overwrite:
                part.replace(target)
            elif not place_new(part, target):
                raise FileRefused(path, "a file already exists here", "give another name, or replace it with --force")
            sync_folder(target.parent)
    finally:
        remove_part(part)


@contextmanager
def whole_folder(path: Path, *, overwrite: bool = False, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """As `whole_file`, for a folder of files, such as Spark writes.

    Raises
    ------
    FileRefused
        As for `whole_file`; also if a folder stands there that holds anything but Parquet files.
    """
    target = refuse_output(path, overwrite=overwrite, inputs=inputs, is_folder=True)
    remove_leftovers(target)
    part = part_beside(target)
    old = part.with_name(part.name + ".old")
    try:
        with _told_of(path, part):
            yield part
            if target.exists():
                target.rename(old)
            try:
                part.rename(target)
            except BaseException:
                if old.exists():
                    old.rename(target)
                raise
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)
            sync_folder(target.parent)
    finally:
        remove_part(part)


def write_file(path: Path, content: bytes | str, *, overwrite: bool = False, inputs: Iterable[Path] = ()) -> None:
    """Write bytes, or text in UTF-8, as one file; see `whole_file`."""
    with whole_file(path, overwrite=overwrite, inputs=inputs) as part:
        part.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def _told_of(path: Path, part: Path) -> Iterator[None]:
    """Errors name the user's file, and never the unfinished one."""
    try:
        yield
    except FileRefused as refused:
        if str(part) not in f"{refused.path} {refused.why} {refused.remedy}" and part.name not in refused.why:
            raise
        named = path if Path(refused.path) == part else refused.path
        why = refused.why.replace(str(part), str(path)).replace(part.name, path.name)
        raise FileRefused(named, why, refused.remedy.replace(str(part), str(path))) from refused
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)).parent != part.parent:
            raise FileRefused(os.fsdecode(error.filename), f"cannot be used: {error.strerror}", "look at it") from error
        why = str(error.strerror or error).replace(str(part), str(path)).replace(part.name, path.name)
        raise FileRefused(path, f"cannot be written: {why}", _FULL) from error
