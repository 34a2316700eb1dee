"""Signing in at the desk: sessions held by the server, a token in every form, and few tries at a password.

A session is a random token in a cookie that no script reads and no other site sends; the server keeps its digest alone.
All sessions end when the service stops. Sources: OWASP Session Management, Cross-Site Request Forgery Prevention and
Authentication Cheat Sheets.
"""

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fastapi import Request, Response

from merestone.register.sidecars import Account, Accounts, Sealed
from merestone.service.audit import audit
from merestone.service.filled import Kept
from merestone.service.throttle import Throttle, TooManyTries, device_of, device_token
from merestone.terms import MerestoneError

SESSION_COOKIE: Final = "session"
FORM_COOKIE: Final = "form"
DEVICE_COOKIE: Final = "device"
PAGES_COOKIE: Final = "pages"
"""Says nothing but that this browser had pages of the desk; no other site can have it sent along."""
LASTS_S: Final = 8 * 3600.0
"""How long a session lasts at the most: a working day."""
IDLE_S: Final = 3600.0
"""How long it lasts when nothing is done."""
SESSIONS_MOST: Final = 1000
KEPT_MOST: Final = 4_000_000
"""Characters of refused forms that a session keeps, besides the newest one."""
_INSIDE: Final = re.compile(r"/desk(/[A-Za-z0-9_-]+){0,3}")
DEVICE_LASTS_S: Final = 180 * 24 * 3600.0
"""How long a browser is known after a sign-in."""


class SignInMissing(MerestoneError):
    """Only somebody who is signed in may do this."""

    def __init__(self) -> None:
        super().__init__("nobody is signed in here, or no longer; sign in at /sign-in")


class FormForeign(MerestoneError):
    """The form was not one that this service gave to this person."""

    def __init__(self) -> None:
        super().__init__("the page that you sent was from before you signed in; load it anew")


@dataclass(slots=True)
class Session:
    """One person at one browser."""

    account: Account
    csrf: str
    started_s: float
    seen_s: float
    sealed: Sealed | None
    """The password by which they came in: another one ends the session."""
    notices: list[str] = field(default_factory=list)
    """What to tell the person on the next page."""
    saved_forms: dict[str, Kept] = field(default_factory=dict)
    """Page to the form that was sent from it and not accepted: it is filled in when the page is asked for again."""

    def keep(self, place: str, form: Kept) -> None:
        """Keep a form that was not accepted; the oldest ones make room for it."""
        self.saved_forms.pop(place, None)
        self.saved_forms[place] = form
        while len(self.saved_forms) > 1 and sum(stored.size for stored in self.saved_forms.values()) > KEPT_MOST:
            del self.saved_forms[next(iter(self.saved_forms))]

    @property
    def browser_key(self) -> tuple[str, str]:
        """A name and a key of 256 bits by which this person's browser seals what was typed and not sent yet.

        Both follow from the sealed password: they are the same after a restart and in every session of the person, and
        another's session gives others. Another password ends them.
        """
        assert self.sealed is not None
        secret = hashlib.sha256(b"merestone kept text" + self.sealed.digest).digest()
        name, key = (
            hmac.new(secret, f"{what} {self.account.actor.name}".encode(), hashlib.sha256).digest()
            for what in ("name", "key")
        )
        return base64.urlsafe_b64encode(name[:12]).decode(), base64.b64encode(key).decode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


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
        device = device_of(self.accounts.find(name), cookie(request, DEVICE_COOKIE))
        try:
            self._throttle.count(name, address, device)
        except TooManyTries as refusal:
            audit(request, "locked_out", person=name, wait_s=int(refusal.wait_s))
            raise
        with self._working:
            account = self.accounts.enter(name, password)
        if account is None:
            audit(request, "sign_in_failed", person=name)
            return None
        self._throttle.forgive(name, address, device)
        audit(request, "sign_in", person=account.actor.name)
        before = self._end(request)
        token, now = secrets.token_urlsafe(32), self._clock()
        session = Session(account, secrets.token_urlsafe(32), now, now, account.sealed)
        if before is not None and before.account.actor.name == account.actor.name:
            session.saved_forms = before.saved_forms
        with self._lock:
            self._sessions[_digest(token)] = session
            while len(self._sessions) > SESSIONS_MOST:
                self._sessions.popitem(last=False)
        set_cookie(request, response, SESSION_COOKIE, token, path="/", lasts_s=LASTS_S)
        known = device_token(account)
        set_cookie(request, response, DEVICE_COOKIE, known, path="/sign-in", lasts_s=DEVICE_LASTS_S)
        set_cookie(request, response, PAGES_COOKIE, "1", path="/desk", lasts_s=DEVICE_LASTS_S)
        return session

    def leave(self, request: Request, response: Response) -> None:
        """End the session, here and in the browser."""
        session = self.session(request)
        audit(request, "sign_out", person=session.account.actor.name if session else "")
        self._end(request)
        is_tls = request.url.scheme == "https"
        name = cookie_name(request, SESSION_COOKIE)
        response.delete_cookie(name, path="/", secure=is_tls, httponly=True, samesite="strict")

    def _end(self, request: Request) -> Session | None:
        with self._lock:
            return self._sessions.pop(_digest(cookie(request, SESSION_COOKIE)), None)

    def session(self, request: Request) -> Session | None:
        """The session that a request belongs to; None if there is none, it ended, or its account is not what it was."""
        key, now = _digest(cookie(request, SESSION_COOKIE)), self._clock()
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


def refuse_foreign(request: Request, token: str, expected: str) -> None:
    """Refuse a form that does not carry the token expected, or that the browser says came from another site.

    Raises
    ------
    FormForeign
    """
    is_ours = request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    if not (expected and is_ours and hmac.compare_digest(token.encode(), expected.encode())):
        raise FormForeign


def is_from_our_page(request: Request) -> bool:
    """Whether a form came from a page of ours, as far as the browser says, or else by cookies that others never send.

    It is for showing somebody what they typed themselves, when no session is left to compare a token with.
    """
    # Not Origin: under a referrer policy of no-referrer, browsers send it as null for our own forms, too.
    header = request.headers.get("sec-fetch-site")
    if header is None:
        # Safari before 16.4 says nothing, and has thrown the session's cookie away once the session was over.
        return bool(cookie(request, SESSION_COOKIE) or cookie(request, PAGES_COOKIE))
    return header in ("same-origin", "none")


def cookie_name(request: Request, what: str) -> str:
    """The full name of a cookie: with the port, since browsers send cookies to every port of a host."""
    port = request.url.port or (443 if request.url.scheme == "https" else 80)
    return f"merestone_{port}_{what}"


def cookie(request: Request, what: str) -> str:
    """The value of a cookie of ours; empty if the browser sent none."""
    if "cookie" not in request.headers:  # as of most programs: the name of a cookie takes longer to make
        return ""
    return request.cookies.get(cookie_name(request, what), "")


def set_cookie(request: Request, response: Response, what: str, value: str, *, path: str, lasts_s: float) -> None:
    """Set a cookie that no script reads and no other site sends; over TLS alone where the service is behind it."""
    is_tls, name = request.url.scheme == "https", cookie_name(request, what)
    response.set_cookie(name, value, max_age=int(lasts_s), path=path, secure=is_tls, httponly=True, samesite="strict")


def inside(path: str) -> str:
    """A path of the desk as it was given; the desk itself for any other, so that a sign-in leads nowhere else."""
    return path if _INSIDE.fullmatch(path) else "/desk"
