"""The key by which a service signs the hazard packs that it offers: a file of its own beside the register.

ECDSA over the curve P-256 with SHA-256 (FIPS 186-5), which every browser verifies by itself (W3C WebCrypto, 23). It is
not the key of alerts: that one speaks in an authority's name, and this one signs whenever the register has changed.
"""

import hashlib
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from merestone.register.sidecars.key_file import KeyFile
from merestone.terms import FileRefused

FORM: Final = "merestone pack key 1"
_NUMBER_BYTES: Final = 32
"""Bytes of each of the two numbers of a signature over P-256."""


class PackKey:
    """A private key that signs packs. Never log or publish it; `public_der` is for everybody."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @classmethod
    def new(cls) -> "PackKey":
        """A new key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> "PackKey":
        """A key as `private_pem` gives it.

        Raises
        ------
        ValueError
            It is not a private key over P-256.
        """
        private = serialization.load_pem_private_key(pem, None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
            raise ValueError("it is not a private key over P-256")
        return cls(private)

    @property
    def private_pem(self) -> bytes:
        """The key as it is kept (PKCS #8)."""
        no_password = serialization.NoEncryption()
        return self._private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)

    @property
    def public_der(self) -> bytes:
        """The public key, SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), as WebCrypto imports it."""
        public = self._private.public_key()
        return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of `public_der`, hexadecimal, by which people compare keys."""
        return hashlib.sha256(self.public_der).hexdigest()

    def sign(self, content: bytes) -> bytes:
        """The signature of bytes: r and s, 32 bytes each (IEEE P1363); the same for the same bytes (RFC 6979)."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self._private.sign(content, algorithm))
        return r.to_bytes(_NUMBER_BYTES, "big") + s.to_bytes(_NUMBER_BYTES, "big")


class PackKeys:
    """The file of the key of a register's packs; made when the first pack is offered."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._file = KeyFile(self.path, form=FORM, names=frozenset({"key"}), what="the key of packs")

    @classmethod
    def beside(cls, register: Path | str) -> "PackKeys":
        """The key of a register: ``areas.pack-key.json`` beside ``areas.gpkg``."""
        return cls(Path(register).with_suffix(".pack-key.json"))

    def signing_key(self) -> PackKey:
        """The key; made now if there is none.

        Raises
        ------
        FileRefused
            The file is not a file of this key, or cannot be written.
        """
        keys = self._file.read_or_make(lambda: {"key": PackKey.new().private_pem})
        try:
            return PackKey.from_pem(keys["key"])
        except ValueError as error:
            why = f"is not a file of the key of packs ({error})"
            raise FileRefused(self.path, why, "restore your copy; without it nothing can be signed") from error
