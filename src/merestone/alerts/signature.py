"""Signing a CAP message, so that readers can tell that it comes from the authority and was not changed.

The signature is an enveloped XML signature as CAP asks (CAP 1.2, 3.3.4): RSA with SHA-256 over exclusive canonical XML,
which xmlsec and the libraries built on it verify. The certificate goes along. The same key and message always give the
same bytes. Who trusts the certificate is the readers' to decide: its fingerprint is published by another way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidCertificate, InvalidDigest, InvalidInput, InvalidSignature
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from merestone.terms import FieldRefused

_KEY_BITS: Final = 3072
_HOLDS: Final = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """The authority's private key and its certificate, as PEM. Never log or publish the key."""

    private_pem: bytes
    certificate_pem: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal, by which people compare it."""
        return x509.load_pem_x509_certificate(self.certificate_pem).fingerprint(hashes.SHA256()).hex()


def new_signing_key(name: str, now: datetime) -> SigningKey:
    """A new key with a certificate that it signs itself, in the authority's name, for three years.

    An authority that has a certificate of a public authority puts its own files in place of these.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # readers' clocks differ
        .not_valid_after(now + _HOLDS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("alerts.invalid")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return SigningKey(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        certificate.public_bytes(serialization.Encoding.PEM),
    )


def signed(alert: etree._Element, key: SigningKey) -> etree._Element:
    """The ``alert`` element with its signature as the last child; the element given stays as it was.

    Raises
    ------
    FieldRefused
        The key is damaged, or another's than the certificate.
    """
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    # To look for the primes of a key takes longer than all the rest; a key that is damaged, or not the certificate's,
    # is told by its signature.
    private = serialization.load_pem_private_key(key.private_pem, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(private, rsa.RSAPrivateKey)
    done: etree._Element = signer.sign(alert, key=private, cert=key.certificate_pem.decode("ascii"))
    if not is_signed_by(etree.tostring(done), key.certificate_pem):
        raise FieldRefused(
            "signing key", key.fingerprint, "does not fit its certificate", "restore your copy of the keys"
        )
    return done


def is_signed_by(message: bytes, certificate_pem: bytes) -> bool:
    """Whether the bytes of a message carry a signature by this very certificate over all of the message."""
    try:
        document = etree.fromstring(message, etree.XMLParser(resolve_entities=False, no_network=True))
        verified = XMLVerifier().verify(document, x509_cert=certificate_pem.decode("ascii"))
    except (
        etree.XMLSyntaxError,
        etree.DocumentInvalid,
        InvalidCertificate,
        InvalidDigest,
        InvalidInput,
        InvalidSignature,
    ):
        return False
    results = verified if isinstance(verified, list) else [verified]
    return any(
        signed.signed_xml is not None and etree.QName(signed.signed_xml).localname == "alert" for signed in results
    )
