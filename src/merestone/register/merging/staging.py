"""A new register and the files beside it, made apart and put in place together: all of them, or none.

Everything is made in a folder beside the new register, ``.merged.gpkg.merging`` for ``merged.gpkg``. Once it is whole
and on the disk, a note says what will be moved; then each file gets its name, and the register gets its name last: as
long as there is no register, nothing was done. Whoever finds the folder of an interrupted run takes back what the note
says was moved, and begins again.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from merestone.files import locked_file, sync_folder
from merestone.register.events.errors import RegisterBusy, RegisterExists, RegisterMissing, RegisterNotWritable
from merestone.register.sidecars.alert_keys import AlertKeys
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.register.sidecars.pack_key import PackKeys
from merestone.register.sidecars.personal_store import PersonalStore
from merestone.register.sidecars.push_subscriptions import PushSubscriptions
from merestone.register.sidecars.user_accounts import Accounts
from merestone.register.write.founding import put_in_place

_NOTE: Final = "placing"


class Staging:
    """The folder in which a register is made. Use `staging`, which begins and ends it."""

    def __init__(self, into: Path) -> None:
        self.into, self.folder = into, into.with_name(f".{into.name}.merging")
        self.register = self.folder / "register.gpkg"
        self.attachments = self.folder / "attachments"
        self.personal = self.folder / "personal.db"
        self.accounts = self.folder / "accounts.json"
        self.alert_keys = self.folder / "alert-keys.json"
        self.pack_key = self.folder / "pack-key.json"
        self.subscriptions = self.folder / "push.db"
        self.lock = self.folder / "lock"
        self._note = self.folder / _NOTE
        self._beside = {
            self.attachments: AttachmentStore.beside(into).folder,
            self.personal: PersonalStore.path_beside(into),
            self.accounts: Accounts.beside(into).path,
            self.alert_keys: AlertKeys.beside(into).path,
            self.pack_key: PackKeys.beside(into).path,
            self.subscriptions: PushSubscriptions.path_beside(into),
        }

    def begin(self) -> None:
        """Take back what an interrupted run moved, and see that every name is free.

        Raises
        ------
        RegisterExists
            A file stands where one is to be made. It was not touched.
        """
        finished = self._was_finished()
        if not finished:
            self._take_back()
        self._empty()
        if finished and self.into.exists():
            why = "an earlier merge was interrupted just after it had finished this register: it is whole"
            raise RegisterExists(self.into, why, "use it, or give another name")
        for path in (self.into, *self._beside.values()):
            if path.exists() or path.is_symlink():
                raise RegisterExists(path, "a file already exists here", "give another name; it was not touched")

    def place(self) -> None:
        """Give everything its name, the register last.

        Raises
        ------
        RegisterExists
            Somebody took a name in the meantime. What had been moved was taken back.
        RegisterNotWritable
        """
        moving = [staged.name for staged in self._beside if staged.exists()]
        for folder, _, _ in os.walk(self.folder):
            sync_folder(Path(folder))
        self._write_note(moving)
        try:
            for staged, path in self._beside.items():
                if staged.name not in moving:
                    continue
                if staged.is_dir():
                    if path.exists():  # an empty folder would be replaced unseen
                        raise RegisterExists(path, "a folder already exists here", "give another name")
                    staged.rename(path)
                else:
                    put_in_place(staged, path)
            sync_folder(self.into.parent)  # before the register has its name, for it says that the rest is there
            put_in_place(self.register, self.into)
        except BaseException:
            self._take_back()
            raise
        sync_folder(self.into.parent)

    def end(self) -> None:
        """Remove the folder, while its lock is held; where no open file can be removed, what is in it."""
        self._empty()
        self.remove_folder()

    def remove_folder(self) -> None:
        """Remove the folder and its lock, if the system lets us."""
        with suppress(OSError):
            self.lock.unlink()
            self.folder.rmdir()

    def _write_note(self, moving: list[str]) -> None:
        draft = self.folder / f"{_NOTE}.part"
        with draft.open("w", encoding="utf-8") as out:
            json.dump(moving, out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self._note)
        sync_folder(self.folder)

    def _was_finished(self) -> bool:
        """Whether the register of an interrupted run got its name, by a link or, on a USB stick, by being moved."""
        return self._note.exists() and (not self.register.exists() or self.register.stat().st_nlink > 1)

    def _take_back(self) -> None:
        """Remove what has a name by the note alone: without the register it is a part of nothing."""
        if not self._note.exists():
            return
        moving = json.loads(self._note.read_text(encoding="utf-8"))
        for staged, path in self._beside.items():
            if staged.name not in moving or not path.exists():
                continue
            if not staged.exists() and path.is_dir():
                shutil.rmtree(path)
            elif not staged.exists() or staged.samefile(path):
                path.unlink()
        sync_folder(self.into.parent)
        self._note.unlink()

    def _empty(self) -> None:
        # The note goes last: as long as it stands, it tells a finished run from one that was interrupted.
        for path in sorted(self.folder.iterdir(), key=lambda path: path == self._note):
            if path == self.lock:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def staging(into: Path) -> Iterator[Staging]:
    """A folder in which to make a register and what lies beside it; one run at a time.

    Raises
    ------
    RegisterExists
        A name is taken.
    RegisterMissing
        The folder in which it is to stand does not exist.
    RegisterBusy
        Another process is making the same register.
    RegisterNotWritable
        The disk refused the write. Nothing was kept.
    """
    stage = Staging(into)
    try:
        try:
            with _locked(stage):
                try:
                    stage.begin()
                    yield stage
                finally:
                    stage.end()
        finally:
            if os.name == "nt":  # which removes no open file, and none that another process has locked since
                stage.remove_folder()
    except OSError as error:
        why = f"the disk refused the write ({error.strerror})"
        raise RegisterNotWritable(into, why, "free space or give the right to write; nothing was kept") from error


@contextmanager
def _locked(stage: Staging) -> Iterator[None]:
    """The folder, made and locked; the lock goes with the process that holds it."""
    try:
        stage.folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        raise RegisterMissing(stage.into, "its folder is not there", "make the folder first") from None
    with ExitStack() as stack:
        try:
            stack.enter_context(locked_file(stage.lock, wait=False))
        except (BlockingIOError, FileNotFoundError):
            raise RegisterBusy(stage.into, "another process is making it", "wait until it has ended") from None
        yield
