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

_TOKEN_HOLDS: Final = timedelta(hours=12)
"""RFC 8292, 2: at most 24 hours."""
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
    """What the browser shows: a title, a text, and where to read more; JSON."""
    words = wording(message, language)
    shown = {
        "title": words.headline,
        "body": words.instruction,
        "identifier": message.identifier,
        "page": f"/alerts/{message.identifier}",
        "language": language,
    }
    return json.dumps(shown, ensure_ascii=False).encode("utf-8")


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
    """The request that brings ``content`` to one browser.

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
    parts = urlsplit(endpoint)
    signer = Vapid02.from_pem(keys.private_pem)
    expires_s = int((now + _TOKEN_HOLDS).timestamp())
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": expires_s, "sub": contact}
    body = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_raw(p256dh),
        auth_secret=_raw(auth),
        version="aes128gcm",
    )
    headers = {
        **signer.sign(claims),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(max(int(holds.total_seconds()), 0)),
        "Urgency": "high",
        "Topic": identifier.replace(".", "-")[:_TOPIC_MOST],
    }
    return PushRequest(endpoint, headers, body)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
