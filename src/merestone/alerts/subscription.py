"""A browser's subscription to alerts: where its push service takes messages, and the keys that seal them for it alone.

Source: the Push API (W3C) for the form, RFC 8291 for the keys. It says nothing about who reads, or where.
"""

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from merestone.terms import FieldRefused

ENDPOINT_MOST: Final = 1000
"""Characters of an address at the most; those of the known push services have some 200."""
_HTTPS_PORT: Final = 443
_HOST_MOST: Final = 253
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
"""Of a host's name (RFC 1123, 2.1), and with the underscore that some have."""
_AUTH_BYTES: Final = 16
_REMEDY: Final = "send what the browser's PushManager.subscribe() gave"


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """What a browser gave when its reader subscribed to alerts."""

    endpoint: str
    """The address at the browser's push service; whoever knows it can only send what the keys seal."""
    p256dh: str
    """The browser's public key, base64url."""
    auth: str
    """A secret of 16 bytes, base64url."""
    language: str = ""
    """In which the reader is told; empty: in the first of the authority's languages."""

    @property
    def origin(self) -> str:
        """Scheme and host of the push service: what one connection, and one signature, is good for."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"


def refuse_subscription(subscription: PushSubscription) -> None:
    """Refuse what no push service gave.

    Raises
    ------
    FieldRefused
        The address is not one of https at the usual port of a named host, or a key is not a key.
    """
    refuse_endpoint(subscription.endpoint)
    point = _bytes_of("p256dh", subscription.p256dh)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise FieldRefused("p256dh", "", "is not a point of the curve P-256", _REMEDY) from None
    if len(_bytes_of("auth", subscription.auth)) != _AUTH_BYTES:
        raise FieldRefused("auth", "", f"is not a secret of {_AUTH_BYTES} bytes", _REMEDY)


def refuse_endpoint(endpoint: str) -> None:
    """Refuse an address to which nothing is sent, whatever it is resolved to.

    Raises
    ------
    FieldRefused
    """
    if len(endpoint) > ENDPOINT_MOST or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        why = f"is longer than {ENDPOINT_MOST} characters, or has characters that an address does not have"
        raise FieldRefused("endpoint", endpoint[:60], why, _REMEDY)
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise FieldRefused("endpoint", endpoint[:60], "is not an address", _REMEDY) from None
    if parts.scheme != "https" or not host or port not in (None, _HTTPS_PORT) or "@" in parts.netloc:
        why = "is not an address of https at its usual port, without a name and password"
        raise FieldRefused("endpoint", endpoint[:60], why, _REMEDY)
    if not _is_name(host) or _is_address(host):
        raise FieldRefused("endpoint", endpoint[:60], "does not name a push service on the internet", _REMEDY)


def _is_name(host: str) -> bool:
    """Whether a host is named in full; the resolver raises no OSError for a label that is empty or too long."""
    labels = host.removesuffix(".").split(".")
    is_full = len(labels) > 1 and len(host) <= _HOST_MOST and all(_LABEL.fullmatch(label) for label in labels)
    return is_full and not labels[-1].isdigit() and not labels[-1].startswith("0x")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bytes_of(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise FieldRefused(name, "", "is not base64url", _REMEDY) from None
