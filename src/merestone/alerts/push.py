"""A web push: the request that brings an alert to one browser, encrypted so that the push service cannot read it.

Sources: RFC 8030 (the request), RFC 8291 (encryption), RFC 8292 (VAPID, by which a push service knows the sender).
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from merestone.alerts.message import AlertMessage
from merestone.alerts.wording import wording
from merestone.languages import LANGUAGES, needs_english, speaking

_TOKEN_HOLDS: Final = timedelta(hours=12)
"""RFC 8292, 2: at most 24 hours."""
_BODY_MOST_BYTES: Final = 2_000
_TOPIC_MOST: Final = 32
"""RFC 8030, 5.4: characters of a topic."""


@dataclass(frozen=True, slots=True, repr=False)
class PushKeys:
    """The key by which push services know this service, as PEM. Never log or publish it."""

    private_pem: bytes

    @classmethod
    def new(cls) -> "PushKeys":
        """A new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        form = serialization.PrivateFormat.PKCS8
        return cls(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))

    @property
    def public_text(self) -> str:
        """What a browser needs to subscribe: the public point, base64url without padding."""
        key = serialization.load_pem_private_key(self.private_pem, None).public_key()
        encoding = serialization.Encoding.X962
        return _text(key.public_bytes(encoding, serialization.PublicFormat.UncompressedPoint))


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What is sent to a push service by POST."""

    url: str
    headers: dict[str, str]
    body: bytes


def push_content(message: AlertMessage, language: str) -> bytes:
    """What the browser shows: a title, a text, and where to read more; JSON.

    English stands beside a translation that nobody has reviewed, as on every page. A long text is cut: push services
    take no message over 4,096 bytes (RFC 8030, 7.2), and the page has all of it.
    """
    texts = wording(message, language)
    body = texts.instruction
    with speaking(language):
        is_draft = needs_english()
    if is_draft:
        english = wording(message, LANGUAGES[0].tag)
        body = f"{body}\n{english.headline}. {english.instruction}"
    shown = {
        "title": texts.headline,
        "body": _cut(body, _BODY_MOST_BYTES),
        "identifier": message.identifier,
        "topic": topic_of(message),
        "page": f"/alerts/{message.identifier}",
        "language": language,
    }
    return json.dumps(shown, ensure_ascii=False).encode("utf-8")


def topic_of(message: AlertMessage) -> str:
    """What an alert and all that follows it have in common: the newest takes the place of those that still wait."""
    first = message.references[0].identifier if message.references else message.identifier
    return first.replace(".", "-")[:_TOPIC_MOST]


def _cut(text: str, most_bytes: int) -> str:
    raw = text.encode("utf-8")
    return text if len(raw) <= most_bytes else raw[: most_bytes - 3].decode("utf-8", "ignore") + "…"


class PushWriter:
    """Makes requests in the name of one sender. Several threads may use one.

    Parameters
    ----------
    contact
        Of the sender, as ``mailto:`` or ``https:``, for the push service's operators.
    """

    def __init__(self, keys: PushKeys, contact: str) -> None:
        self._signer, self._contact = Vapid02.from_pem(keys.private_pem), contact
        self._signed: dict[str, tuple[datetime, dict[str, str]]] = {}

    def request(
        self, endpoint: str, p256dh: str, auth: str, content: bytes, *, topic: str, now: datetime, holds: timedelta
    ) -> PushRequest:
        """The request that brings ``content`` to one browser; parameters as for `push_request`."""
        body = http_ece.encrypt(
            content,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_raw(p256dh),
            auth_secret=_raw(auth),
            version="aes128gcm",
        )
        headers = {
            **self._vouched(endpoint, now),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(max(int(holds.total_seconds()), 0)),
            "Urgency": "high",
            "Topic": topic,
        }
        return PushRequest(endpoint, headers, body)

    def _vouched(self, endpoint: str, now: datetime) -> dict[str, str]:
        """The token for the endpoint's push service: one for all of its browsers, renewed well before it ends."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        until, headers = self._signed.get(audience, (now, {}))
        if until <= now:
            expires_s = int((now + _TOKEN_HOLDS).timestamp())
            headers = self._signer.sign({"aud": audience, "exp": expires_s, "sub": self._contact})
            self._signed[audience] = (now + _TOKEN_HOLDS / 2, headers)
        return headers


def push_request(
    endpoint: str,
    p256dh: str,
    auth: str,
    content: bytes,
    *,
    keys: PushKeys,
    contact: str,
    identifier: str,
    now: datetime,
    holds: timedelta,
) -> PushRequest:
    """The request that brings ``content`` to one browser. For many, `PushWriter` signs once for each push service.

    Parameters
    ----------
    endpoint, p256dh, auth
        What the browser gave when it subscribed: an address, its public key and a secret, base64url.
    contact
        Of the sender, as ``mailto:`` or ``https:``, for the push service's operators.
    identifier
        Of the alert: a later push of the same alert takes the place of one that still waits.
    holds
        How long the push service keeps it for a browser that is not there.

    Raises
    ------
    ValueError
        The browser's keys are not keys.
    """
    topic = identifier.replace(".", "-")[:_TOPIC_MOST]
    return PushWriter(keys, contact).request(endpoint, p256dh, auth, content, topic=topic, now=now, holds=holds)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
