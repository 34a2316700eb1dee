"""Signing in at the desk: sessions held by the server, a token in every form, and few tries at a password.

A session is a random token in a cookie that no script reads and no other site sends; the server keeps its digest alone.
All sessions end when the service stops. Sources: OWASP Session Management, Cross-Site Request Forgery Prevention and
Authentication Cheat Sheets.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fastapi import Request, Response

from merestone.register.account import Account, Accounts, Sealed
from merestone.terms import MerestoneError

SESSION_COOKIE: Final = "merestone_session"
FORM_COOKIE: Final = "merestone_form"
LASTS_S: Final = 8 * 3600.0
"""How long a session lasts at the most: a working day."""
IDLE_S: Final = 3600.0
"""How long it lasts when nothing is done."""
SESSIONS_MOST: Final = 1000
TRIES: Final = 5
"""Wrong passwords for one name, within `TRIES_WITHIN_S`, after which nobody may try that name."""
TRIES_OF_ONE_ADDRESS: Final = 50
TRIES_WITHIN_S: Final = 900.0
TRIES_REMEMBERED: Final = 10_000


class SignInMissing(MerestoneError):
    """Only somebody who is signed in may do this."""

    def __init__(self) -> None:
        super().__init__("you are not signed in, or no longer; sign in at /sign-in and do it again")


class FormForeign(MerestoneError):
    """The form was not one that this service gave to this person."""

    def __init__(self) -> None:
        super().__init__("this form was not given out in your session; load the page anew and do it again")


class TooManyTries(MerestoneError):
    """Too many wrong passwords."""

    def __init__(self, wait_s: float) -> None:
        minutes = int(wait_s // 60) + 1
        super().__init__(f"too many wrong passwords; try again in {minutes} minute{'s' if minutes > 1 else ''}")


@dataclass(slots=True)
class Session:
    """One person at one browser."""

    account: Account
    csrf: str
    started_s: float
    seen_s: float
    sealed: Sealed | None
    """The password by which they came in: another one ends the session."""
    told: list[str] = field(default_factory=list)
    """What to tell the person on the next page."""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Throttle:
    """Counts wrong passwords by name and by address, and lets nobody try on after too many."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._tries: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def count(self, name: str, address: str) -> None:
        """Count a try, before it is known to be wrong, so that many at once do not slip through.

        Raises
        ------
        TooManyTries
        """
        now = self._clock()
        most = {("name", name.casefold()[:64]): TRIES, ("address", address): TRIES_OF_ONE_ADDRESS}
        with self._lock:
            for key, limit in most.items():
                recent = [at for at in self._tries.get(key, []) if now - at < TRIES_WITHIN_S]
                if len(recent) >= limit:
                    raise TooManyTries(recent[-limit] + TRIES_WITHIN_S - now)
            for key in most:
                recent = [at for at in self._tries.pop(key, []) if now - at < TRIES_WITHIN_S]
                self._tries[key] = [*recent, now]
            while len(self._tries) > TRIES_REMEMBERED:
                self._tries.popitem(last=False)

    def forgive(self, name: str, address: str) -> None:
        """A try was right after all: the name's tries are forgotten, and this one of the address."""
        with self._lock:
            self._tries.pop(("name", name.casefold()[:64]), None)
            if tries := self._tries.get(("address", address)):
                tries.pop()


class SignIn:
    """The door to the desk."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.monotonic) -> None:
        self.accounts, self._clock, self._throttle = accounts, clock, Throttle(clock)
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()
        self._working = threading.BoundedSemaphore(2)  # each try takes 32 MiB; many at once must not take the machine

    def enter(self, request: Request, response: Response, name: str, password: str) -> Session | None:
        """Begin a session, and set its cookie on ``response``; None if name or password are wrong.

        Raises
        ------
        TooManyTries
        """
        address = request.client.host if request.client else ""
        self._throttle.count(name, address)
        with self._working:
            account = self.accounts.enter(name, password)
        if account is None:
            return None
        self._throttle.forgive(name, address)
        self._end(request)
        token, now = secrets.token_urlsafe(32), self._clock()
        session = Session(account, secrets.token_urlsafe(32), now, now, account.sealed)
        with self._lock:
            self._sessions[_digest(token)] = session
            while len(self._sessions) > SESSIONS_MOST:
                self._sessions.popitem(last=False)
        set_cookie(request, response, SESSION_COOKIE, token, path="/", lasts_s=LASTS_S)
        return session

    def leave(self, request: Request, response: Response) -> None:
        """End the session, here and in the browser."""
        self._end(request)
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")

    def _end(self, request: Request) -> None:
        with self._lock:
            self._sessions.pop(_digest(request.cookies.get(SESSION_COOKIE, "")), None)

    def session(self, request: Request) -> Session | None:
        """The session that a request belongs to; None if there is none, it ended, or its account is not what it was."""
        key, now = _digest(request.cookies.get(SESSION_COOKIE, "")), self._clock()
        with self._lock:
            session = self._sessions.get(key)
        if session is None:
            return None
        account = self.accounts.find(session.account.actor.name)
        is_over = now - session.started_s > LASTS_S or now - session.seen_s > IDLE_S
        if is_over or account is None or account.sealed != session.sealed:
            with self._lock:
                self._sessions.pop(key, None)
            return None
        session.account, session.seen_s = account, now  # roles as they are now
        return session

    def posted(self, request: Request, csrf: str) -> Session:
        """The session in which a form was given out and sent.

        Raises
        ------
        SignInMissing
        FormForeign
            The token is missing or another's, or another site sent the form.
        """
        session = self.session(request)
        if session is None:
            raise SignInMissing
        refuse_foreign(request, csrf, session.csrf)
        return session


def refuse_foreign(request: Request, given: str, expected: str) -> None:
    """Refuse a form that does not carry the token expected, or that the browser says came from another site.

    Raises
    ------
    FormForeign
    """
    # Not Origin: under a referrer policy of no-referrer, browsers send it as null for our own forms, too.
    is_ours = request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    if not (expected and is_ours and hmac.compare_digest(given.encode(), expected.encode())):
        raise FormForeign


def set_cookie(request: Request, response: Response, name: str, value: str, *, path: str, lasts_s: float) -> None:
    """Set a cookie that no script reads and no other site sends; over TLS alone where the service is behind it."""
    is_tls = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=int(lasts_s), path=path, secure=is_tls, httponly=True, samesite="strict")
