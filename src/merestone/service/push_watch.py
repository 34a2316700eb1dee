"""Every published alert goes to everybody who asked for it: noticed in the register's file, sent by processes apart.

However an alert was published, at the desk or by `merestone alert`, the file tells. The processes that send seal each
message for one browser, which takes a core for a while; no page waits for that. An alert is marked once all of them
have ended; a service that is stopped in between sends it again when it starts, and browsers show it once.
"""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import wait
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from merestone.alerts import AlertMessage, PushRequest, PushSubscription, PushWriter, push_content, topic_of
from merestone.files import locked_file
from merestone.register.programme import AlertAuthority
from merestone.register.sidecars import AlertKeys, PushSubscriptions
from merestone.service.alert_board import AlertBoard
from merestone.service.fork_server import ForkServer
from merestone.service.holding import Keeper
from merestone.service.push_sending import Connect, PushRun, connect_in_public
from merestone.service.push_turns import ORIGIN_PER_S
from merestone.terms import MerestoneError

LOG: Final = logging.getLogger("merestone.service")
PUSH: Final = "push"
"""The kind of process, for the fork server."""
LOOKS_EVERY_S: Final = 0.5
AGAIN_AFTER_S: Final = 30.0
MANY: Final = 500
"""From so many subscriptions on, several processes send."""
PROCESSES_MOST: Final = 4
HELD_MOST: Final = timedelta(days=28)
"""No push service keeps a message longer."""


def contact_of(authority: AlertAuthority) -> str:
    """How a push service's operators reach the sender (RFC 8292, 2.1)."""
    if "@" in authority.sender:
        return f"mailto:{authority.sender}"
    return authority.web or "https://merestone.invalid"


def send_push(keeper: Keeper, identifier: str, part: int, parts: int, *, connect: Connect = connect_in_public) -> None:
    """Send one alert to every ``parts``-th subscription, from ``part`` on. A process of its own does this."""
    state = AlertBoard(keeper).current()
    message = state.published.board.by_identifier.get(identifier)
    if message is None or state.authority is None:
        return
    keys = AlertKeys.beside(keeper.path).push_keys(state.authority.sender_name, datetime.now(UTC))
    subscriptions = PushSubscriptions.beside(keeper.path)
    write = _writer(message, PushWriter(keys, contact_of(state.authority)))
    # Of two services over one register one sends; the other waits, and finds it sent.
    lock = subscriptions.path.with_name(f".{subscriptions.path.name}.{part}.lock")
    with locked_file(lock, wait=True):
        if not subscriptions.not_pushed([identifier]):
            return
        run = PushRun(write, connect=connect, origin_per_s=ORIGIN_PER_S / parts)
        outcome = run.send(islice(subscriptions.all(), part, None, parts))
    subscriptions.remove(outcome.gone)
    failures = ", ".join(f"{reason}: {count:,}" for reason, count in outcome.failed.items())
    LOG.info("%s: %d pushed, %d gone%s", identifier, outcome.delivered, len(outcome.gone), failures and f"; {failures}")
    if failures:
        LOG.warning("%s could not be pushed to some browsers: %s", identifier, failures)


def _writer(message: AlertMessage, writer: PushWriter) -> Callable[[PushSubscription], PushRequest]:
    contents = {tag: push_content(message, tag) for tag in message.languages}
    first = contents[message.languages[0]]
    topic = topic_of(message)

    def write(subscription: PushSubscription) -> PushRequest:
        now = datetime.now(UTC)
        return writer.request(
            subscription.endpoint,
            subscription.p256dh,
            subscription.auth,
            contents.get(subscription.language, first),
            topic=topic,
            now=now,
            holds=min(max(message.expires - now, timedelta(0)), HELD_MOST),
        )

    return write


class PushWatch:
    """Looks for alerts that were published, and has them sent."""

    def __init__(self, keeper: Keeper, board: AlertBoard, forks: ForkServer | None, *, connect: Connect) -> None:
        self._keeper, self._board, self._forks, self._connect = keeper, board, forks, connect
        self._subscriptions = PushSubscriptions.beside(keeper.path)

    def begin(self) -> None:
        """What was published before anybody could subscribe is nobody's news."""
        if not self._subscriptions.path.exists():
            self._subscriptions.mark_pushed(self._board.current().published.board.by_identifier)

    def keep_watching(self, stopped: threading.Event) -> None:
        """Look until stopped; what fails is tried again, and told once."""
        last_error, has_begun = "", False
        wait_s = LOOKS_EVERY_S
        while not stopped.wait(wait_s):
            wait_s = LOOKS_EVERY_S
            try:
                if self._board.current().authority is None:
                    continue  # there is nothing to subscribe to, and no file is made beside the register
                if not has_begun:
                    self.begin()
                    has_begun = True
                if not self.look():
                    wait_s = AGAIN_AFTER_S
                last_error = ""
            except MerestoneError as error:
                if str(error) != last_error:
                    last_error = str(error)
                    LOG.warning("alerts are not pushed: %s", last_error)

    def look(self) -> bool:
        """Send what is new; False if that did not go to its end."""
        board, now = self._board.current().published.board, self._board.now()
        waiting = self._subscriptions.not_pushed(board.by_identifier)
        for identifier in waiting:
            # Of what ended while the service was stopped, or was replaced, nobody is to be told as of something new.
            is_news = board.by_identifier[identifier].expires > now and identifier not in board.replaced
            if is_news and not self._sent(identifier):
                return False
            self._subscriptions.mark_pushed([identifier])
        return True

    def _sent(self, identifier: str) -> bool:
        count = self._subscriptions.count()
        if not count:
            return True
        if self._forks is None:
            send_push(self._keeper, identifier, 0, 1, connect=self._connect)
            return True
        parts = min(os.cpu_count() or 1, PROCESSES_MOST) if count >= MANY else 1
        forks = self._forks
        children = [forks.start(PUSH, identifier=identifier, part=part, parts=parts) for part in range(parts)]
        wait([child.ended for child in children])
        return all(child.ended.result() == 0 for child in children)
