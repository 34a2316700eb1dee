"""What tells one state of a register file from every other, asked without reading a record."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from merestone.register.file.opening import open_store
from merestone.register.file.store import WAIT_S
from merestone.register.query.known_state import last_written_on


class FileState(NamedTuple):
    """All that an answer from a register can depend on: its history, its bytes, and the days taken for today."""

    register_id: str
    events: int
    """How many events its chain has."""
    chain: str
    """The chain's head: SHA-256, hexadecimal."""
    pages: int
    crc32: int
    """Of all pages, also of what the chain does not cover, such as the secret for public outlines."""
    today: date
    """The day taken for today (`Register.today`)."""
    clock_on: date
    """The day by the clock, in UTC."""


def file_state(path: Path, clock: Callable[[], datetime] | None = None, wait_s: float = WAIT_S) -> FileState | None:
    """The state of a register file; None if its seal does not fit, or its events cannot be read.

    The seal is compared with every page, as when a register is opened. Where it does not fit, another program wrote
    into the file, a writer has it open, or it is damaged: then nothing that was kept may stand for it.

    Raises
    ------
    RegisterMissing, NotARegister, RegisterNewer, RegisterOlder, RegisterBusy
        As `Register.open` with ``read_only``.
    """
    clock_on = (datetime.now(UTC) if clock is None else clock().astimezone(UTC)).date()
    store = open_store(path, read_only=True, wait_s=wait_s)
    try:
        with store.asking_sealed() as sealed:
            if sealed is None:
                return None
            rows, (pages, crc32) = sealed
            ((events, chain),) = rows("SELECT seq, chain FROM merestone_event ORDER BY seq DESC LIMIT 1", {})
            ((body,),) = rows("SELECT body FROM merestone_event WHERE seq = 1", {})
            register_id = str(json.loads(body)["register"])
            today = max(clock_on, last_written_on(rows) or clock_on)
    except (sqlite3.Error, ValueError, KeyError, TypeError):
        return None
    finally:
        store.close()
    return FileState(register_id, int(events), str(chain), pages, crc32, today, clock_on)
