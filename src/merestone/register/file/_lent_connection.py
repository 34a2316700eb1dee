"""A connection that stays its owner's while SQLAlchemy works with it."""

import sqlite3
from typing import Any


class LentConnection:
    """A connection that SQLAlchemy may use, and neither end nor close."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def commit(self) -> None:
        """Its owner does that."""

    rollback = close = commit

    def create_function(self, *_: Any, **__: Any) -> None:
        """SQLAlchemy would teach it REGEXP, which no statement of ours asks for, and which a busy one refuses."""
