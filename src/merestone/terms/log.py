"""What a program does, for whoever looks for a fault: lines with fields, through Python's `logging`.

Nothing here loads `logging`, which takes longer than many an answer: where nobody has loaded it, nobody listens.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30}


class Log:
    """The log of one room: ``merestone.<room>`` among Python's loggers.

    A line is an event in plain words and fields. Fields hold counts, times, names of files and versions, never what a
    record says: a log is read by people who may not read the record.

    >>> Log("register").debug("opened", events=76)  # nobody listens: nothing is formatted
    """

    def __init__(self, room: str) -> None:
        """`room` as it stands under ``merestone``."""
        self.name = f"merestone.{room}"

    def debug(self, event: str, **fields: Any) -> None:
        """A step of the work."""
        self._write("debug", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something that a person may want to look at, though the work goes on."""
        self._write("warning", event, fields)

    @contextmanager
    def timed(self, event: str, **fields: Any) -> Iterator[dict[str, Any]]:
        """A step with its time in milliseconds; fields that are known only afterwards go into the dictionary."""
        began_s = time.perf_counter()
        try:
            yield fields
        finally:
            self.debug(event, **fields, took_ms=round(1000.0 * (time.perf_counter() - began_s), 1))

    def _write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        logging = sys.modules.get("logging")
        if logging is None:
            return
        logger = logging.getLogger(self.name)
        if logger.isEnabledFor(_LEVELS[level]):
            logger.log(_LEVELS[level], "%s", line_of(event, fields), extra={"fields": fields})


def line_of(event: str, fields: dict[str, Any]) -> str:
    """An event and its fields as text.

    >>> print(line_of("opened", {"file": "my areas.gpkg", "events": 76}))
    opened file="my areas.gpkg" events=76
    """
    return " ".join([event, *(f"{name}={_value(value)}" for name, value in fields.items())])


def _value(value: Any) -> str:
    text = str(value)
    if text and not any(character.isspace() or character in '"=' or not character.isprintable() for character in text):
        return text
    return '"' + text.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
