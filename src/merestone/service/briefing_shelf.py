"""The briefing of the register that is served, as files: made once for a register and a day, and given to everybody.

Two processes make it, one after the other: one puts it together, and ends; another has the PDF set from what that one
wrote. Both together would hold 130 MB, each alone 50 to 80, and what is made needs none.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import BinaryIO, Final

from merestone.documents.briefing import brief, html_page, html_part, set_in_type, write_sheet
from merestone.files import new_scratch_folder
from merestone.service.holding import Holding, Keeper

PREFIX: Final = "briefing-"
PART: Final = "part.html"
PAGE: Final = "briefing.html"
PDF: Final = "briefing.pdf"
_SHEET: Final = "sheet"


class BriefingShelf:
    """Makes the briefing when somebody first asks for it after a change of the register, and on another day.

    The files stand in a folder of the service: who makes them, in a process of its own, need not be who gives them out.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self._lock = keeper, threading.Lock()
        self._folder: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Keep the files in a folder that others of the service's processes read, too."""
        self._folder = folder

    def is_made(self, name: str) -> bool:
        """Whether one of the files was made already, of the register as it stands now.

        Raises
        ------
        RegisterMissing, RegisterBusy
        """
        return (self._place(self._keeper.current()) / name).is_file()

    def opened(self, name: str) -> BinaryIO:
        """One of the files to read, made now if it is not there yet.

        Raises
        ------
        RegisterMissing, RegisterBusy
        """
        while True:
            holding = self._keeper.current()
            place = self._place(holding)
            with self._lock, contextlib.suppress(FileNotFoundError):  # also if a newer one took its place just now
                if not place.is_dir():
                    _put_together(holding, place)
                if name == PDF and not (place / PDF).is_file():
                    _set(place)
                return (place / name).open("rb")

    def _place(self, holding: Holding) -> Path:
        """The folder of the briefing of a register as it stands, on its day."""
        if self._folder is None:
            self._folder = new_scratch_folder("briefing")
            # Nobody closes a shelf: its folder goes with it, or with the process.
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        name = hashlib.sha256(repr((holding.chain, holding.today.isoformat())).encode()).hexdigest()[:32]
        return self._folder / f"{PREFIX}{name}"


def _put_together(holding: Holding, place: Path) -> None:
    """Write all but the PDF into the folder: all of it or nothing. Then those before it go."""
    briefing = brief(on=holding.today, snapshot=holding.snapshot)
    with tempfile.TemporaryDirectory(dir=place.parent) as name:
        folder = Path(name)
        (folder / PART).write_text(html_part(briefing), encoding="utf-8")
        (folder / PAGE).write_text(html_page(briefing), encoding="utf-8")
        (folder / _SHEET).mkdir()
        write_sheet(briefing, folder / _SHEET)
        with contextlib.suppress(OSError):  # another process has made the same meanwhile
            folder.rename(place)
            folder.mkdir()
    for other in place.parent.glob(f"{PREFIX}*"):
        if other != place:
            shutil.rmtree(other, ignore_errors=True)


def _set(place: Path) -> None:
    part = place / f"{PDF}.{os.getpid()}"
    part.write_bytes(set_in_type(place / _SHEET))
    part.replace(place / PDF)  # who looks sees all of it or nothing
