"""How many wrong passwords are taken: no header evades the limits, and no attacker turns them against everybody.

A browser that has signed in before carries a device cookie and is counted apart, so that wrong tries elsewhere never
shut out the people of the programme. Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from merestone.register.sidecars import Account
from merestone.terms import MerestoneError

TRIES: Final = 5
"""Wrong passwords for one name, from browsers that never signed in to it, within `TRIES_WITHIN_S`; also of one known
browser."""
TRIES_OF_ONE_ADDRESS: Final = 50
TRIES_OF_LOOPBACK: Final = 500
"""Of this machine's own address, behind which a proxy may put everybody."""
TRIES_WITHIN_S: Final = 900.0
TRIES_REMEMBERED: Final = 10_000


class TooManyTries(MerestoneError):
    """Too many wrong passwords."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        minutes = int(wait_s // 60) + 1
        super().__init__(f"too many wrong passwords; try again in {minutes} minute{'s' if minutes > 1 else ''}")


class Throttle:
    """Counts wrong passwords by name, by address, and by browsers that signed in before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._tries: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def count(self, name: str, address: str, device: str | None = None) -> None:
        """Count a try, before it is known to be wrong, so that many at once do not slip through.

        Raises
        ------
        TooManyTries
        """
        now = self._clock()
        limits = _limits(name, address, device)
        with self._lock:
            for key, limit in limits.items():
                recent = [at for at in self._tries.get(key, []) if now - at < TRIES_WITHIN_S]
                if len(recent) >= limit:
                    raise TooManyTries(recent[-limit] + TRIES_WITHIN_S - now)
            for key in limits:
                recent = [at for at in self._tries.pop(key, []) if now - at < TRIES_WITHIN_S]
                self._tries[key] = [*recent, now]
            while len(self._tries) > TRIES_REMEMBERED:
                self._tries.popitem(last=False)

    def forgive(self, name: str, address: str, device: str | None = None) -> None:
        """A try was right after all: its name's or browser's tries are forgotten, and this one of the address."""
        with self._lock:
            for key in _limits(name, address, device):
                if key[0] != "address":
                    self._tries.pop(key, None)
                elif tries := self._tries.get(key):
                    tries.pop()


def _limits(name: str, address: str, device: str | None) -> dict[tuple[str, str], int]:
    if device is not None:
        return {("device", device): TRIES}
    of_address = TRIES_OF_LOOPBACK if _is_loopback(address) else TRIES_OF_ONE_ADDRESS
    return {("name", name.casefold()[:64]): TRIES, ("address", address): of_address}


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def device_token(account: Account) -> str:
    """A token for a browser in which this account's password was right. Another password ends it."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_proof(account, nonce)}"


def device_of(account: Account | None, token: str) -> str | None:
    """The browser that a token names, if it was given out for this account and its present password."""
    nonce, _, proof = token.partition(".")
    if account is None or account.sealed is None or not nonce:
        return None
    return nonce if hmac.compare_digest(proof.encode(), _proof(account, nonce).encode()) else None


def _proof(account: Account, nonce: str) -> str:
    assert account.sealed is not None
    key = hashlib.sha256(b"merestone device" + account.sealed.digest).digest()
    digest = hmac.new(key, f"{account.actor.name}\n{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
