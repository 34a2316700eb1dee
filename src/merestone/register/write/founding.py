"""A new register: made beside its place, and given its name when it is whole."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from merestone.files import part_beside, place_new, remove_leftovers, remove_part
from merestone.register.events.errors import RegisterExists
from merestone.register.file.opening import new_store
from merestone.register.write.batch import Batch
from merestone.register.write.event_buffer import EventBuffer


def found_register(path: Path, *, label: str, by: str, clock: Callable[[], datetime], wait_s: float) -> None:
    """Make a register, whole or not at all; see `Register.create`."""
    if path.exists():
        raise RegisterExists(path, "a file already exists here", "open it, or give another name; it was not touched")
    remove_leftovers(path)
    draft = part_beside(path)
    try:
        store = new_store(draft, wait_s=wait_s)
        try:
            begins, itself = "the register begins", "the register itself"
            events = EventBuffer(store, by=by, why=begins, source=itself, clock=clock, label=label)
            with Batch(events) as batch:
                batch.establish(secrets.token_hex(8))
        finally:
            store.close()
        put_in_place(draft, path)
    finally:
        remove_part(draft)


def put_in_place(draft: Path, path: Path) -> None:
    """Give the finished file its name, unless somebody took the name in the meantime."""
    if not place_new(draft, path):
        raise RegisterExists(path, "a file already exists here", "give another name; it was not touched")
