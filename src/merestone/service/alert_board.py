"""What the service holds of alerts: every published message, and each answer made once until something changes.

It does not wait for the records: a large register is read anew after each change, and an alert must be out before that.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from merestone.alerts import as_json, atom_feed, feature_collection, now_document, phones_document, rss_feed
from merestone.languages import LANGUAGES
from merestone.register import PublishedAlerts, published_alerts
from merestone.register.programme import AlertAuthority
from merestone.service.holding import Keeper, stamp_of

KEPT_FOR: Final = timedelta(seconds=60)
"""How long an answer is kept at the most: what has ended leaves the lists by the clock alone."""


@dataclass(frozen=True)
class AlertAnswer:
    """An answer and its tag."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, content: bytes) -> "AlertAnswer":
        """An answer with the tag of its content."""
        return cls(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


@dataclass(frozen=True)
class AlertState:
    """The alerts as the register's file has them."""

    stamp: tuple[int, ...]
    chain: str
    published: PublishedAlerts
    authority: AlertAuthority | None
    answers: dict[tuple[str, str, str], tuple[datetime, AlertAnswer]] = field(default_factory=dict)
    """By form, address and language: until when it holds, and the answer."""

    @property
    def language(self) -> str:
        """The language of the answers: the first that the authority chose."""
        return LANGUAGES[0].tag if self.authority is None else self.authority.languages[0]


class AlertBoard:
    """Keeps the published alerts of one register up to date, and the answers that are made of them."""

    def __init__(self, keeper: Keeper, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._keeper, self._clock = keeper, clock
        self._lock = threading.Lock()
        self._state: AlertState | None = None

    def current(self) -> AlertState:
        """The alerts as the file stands now.

        Raises
        ------
        RegisterMissing, RegisterBusy
        """
        stamp = stamp_of(self._keeper.path, self._clock())
        state = self._state
        if state is not None and state.stamp == stamp:
            return state
        with self._lock:
            state = self._state
            if state is None or state.stamp != stamp:
                self._state = state = self._read(stamp, state)
            return state

    def now(self) -> datetime:
        """The instant by the service's clock."""
        return self._clock()

    def answer(self, form: str, base: str, language: str | None = None) -> AlertAnswer:
        """An answer in one form: ``atom``, ``rss``, ``geojson``, ``now`` or ``phones``.

        ``base`` is the address of the service. Without a language it is in the first that the authority chose.
        """
        state, now = self.current(), self._clock()
        address = base if state.authority is None or state.authority.web is None else state.authority.web
        language = language or state.language
        cached_answer = state.answers.get((form, address, language))
        if cached_answer is not None and now < cached_answer[0]:
            return cached_answer[1]
        answer = AlertAnswer.of(self._made(state, form, address, now, language))
        expires = state.published.board.changes_at(now)
        if len(state.answers) > 64:  # addresses under which it was asked; a client chooses them
            state.answers.clear()
        state.answers[form, address, language] = (min(now + KEPT_FOR, expires or now + KEPT_FOR), answer)
        return answer

    def _made(self, state: AlertState, form: str, base: str, now: datetime, language: str) -> bytes:
        board = state.published.board
        if form == "now":
            return as_json(now_document(board.in_force(now), language))
        if form == "phones":
            return as_json(phones_document(board.in_force(now), can_subscribe=state.authority is not None))
        listed = board.listed(now)
        if form == "atom":
            return atom_feed(listed, language, base)
        if form == "rss":
            return rss_feed(listed, language, base)
        in_force = frozenset(message.identifier for message in board.in_force(now))
        return as_json(feature_collection(listed, language, in_force))

    def _read(self, stamp: tuple[int, ...], alert_state: AlertState | None) -> AlertState:
        with self._keeper.open_register(read_only=True) as register:
            chain = register.head().chain
            if alert_state is not None and alert_state.chain == chain:
                return AlertState(stamp, chain, alert_state.published, alert_state.authority, alert_state.answers)
            return AlertState(stamp, chain, published_alerts(register), register.alert_authority())
