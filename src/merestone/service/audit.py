"""The audit log: who signed in, failed, was locked out, took a file away, or moved a draft; one JSON object a line.

It holds names and addresses of people, never a password, a place or the text of a record. Source: OWASP Logging Cheat
Sheet.
"""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fastapi import Request

from merestone.terms import FileRefused

LOG: Final = logging.getLogger("merestone.audit")
DOWNLOADS_SAID: Final = "merestone.downloads_said"
"""In a request's scope: the downloads of which its page wrote a line itself; None where nothing is sent, as for HEAD
(`merestone.service.download_log`)."""


def audit(request: Request, event: str, *, person: str = "", **more: str | int | None) -> None:
    """Write one line.

    Parameters
    ----------
    event
        What happened: ``sign_in``, ``sign_in_failed``, ``locked_out``, ``sign_out``, ``download``, ``draft``,
        ``draft_step``, ``alert``, ``alert_step``, ``undo_import``, ``settle``, ``resolve``, ``withdraw``,
        ``attach``, ``import_preview`` or ``import``.
    person
        The name of the account, as typed if it failed.
    """
    if event == "download":
        own_lines = request.scope.get(DOWNLOADS_SAID, [])
        if own_lines is None:
            return
        own_lines.append(person)
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event": event,
        "person": person[:64],
        "address": request.client.host if request.client else "",
        **{name: value for name, value in more.items() if value is not None},
    }
    LOG.info(json.dumps(line, ensure_ascii=False))


def write_to(path: Path | None) -> None:
    """Send the log to the end of a file, which only its owner may read; None: to standard error.

    Raises
    ------
    FileRefused
        The file is not an audit log, or cannot be written.
    """
    handler: logging.Handler
    if path is None:
        handler = logging.StreamHandler()
    else:
        try:
            _refuse_other(path)
            path.touch(mode=0o600)
            handler = logging.FileHandler(path, encoding="utf-8")
        except OSError as error:
            raise FileRefused(path, f"cannot be written: {error.strerror}", "give another file") from None
    handler.setFormatter(logging.Formatter("%(message)s"))
    for old in LOG.handlers:
        LOG.removeHandler(old)
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


def _refuse_other(path: Path) -> None:
    """Refuse a file with anything else in it: lines at its end could destroy it."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        first = lines.readline(10_000)
    try:
        is_log = not first or "event" in json.loads(first)
    except (ValueError, TypeError):
        is_log = False
    if not is_log:
        raise FileRefused(path, "is there already, and is not an audit log", "give another file")
