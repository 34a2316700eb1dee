"""Run what checks Merestone's own CAP messages over the test files of other projects' CAP validators.

    .venv/bin/python tools/cap_test_files.py > docs/cap-test-files.log

The files are fetched at pinned commits into a folder that is gone afterwards; none is part of this project. Where they
are on this machine already, ``--git NAME=FOLDER`` names their git directory. Exit status 1: something that its authors
made wrong was taken, or something that they made right was refused.

The certificates of all of them have expired, so that no signature is accepted today, a right one neither: of
signatures the files show that what is wrong is refused and stops nothing.
"""

import argparse
import base64
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree

from merestone.alerts import is_signed_by
from merestone.alerts.cap import cap_schema

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"


@dataclass(frozen=True)
class Source:
    """A project's test files, and the words in a file's name by which its authors say what is wrong with it."""

    name: str
    commit: str
    folder: str
    wrong_form: tuple[str, ...]
    wrong_signature: tuple[str, ...]


SOURCES = (
    Source(
        "wmo-im/capvalidator",
        "836a82b57a96749d37e39adea49ec5f36c345652",
        "tests/data",
        ("invalid_schema",),
        ("invalid_digest", "invalid_signature", "no_signature"),
    ),
    Source("google/cap-library", "67dcf20373834725b15c5325a73f615d92a708fa", "testdata", ("invalid", "xee"), ()),
)


def git(folder: Path, *arguments: str) -> bytes:
    """What git prints."""
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, stdout=subprocess.PIPE).stdout


def fetched(source: Source, into: Path) -> Path:
    """The repository, with the pinned commit in it."""
    folder = into / source.name.replace("/", "+")
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "fetch", "--quiet", "--depth", "1", f"https://github.com/{source.name}", source.commit)
    return folder


def form_fault(content: bytes) -> str:
    """Why the bytes are no CAP 1.2 by the schema; empty if they are."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return f"no XML: {error}"
    if not str(root.tag).startswith(f"{{{CAP}}}"):
        return f"another form: {etree.QName(root).namespace}"
    schema = cap_schema()
    return "" if schema.validate(root) else str(schema.error_log[0].message)


def has_own_signature(content: bytes) -> bool:
    """Whether the signature that the message carries is over all of it, by the certificate that it carries."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return False
    text = root.findtext(f".//{{{SIGNATURE}}}X509Certificate")
    if text is None:
        return False
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(text))
    except ValueError:
        return False
    return is_signed_by(content, certificate.public_bytes(serialization.Encoding.PEM))


def judged(source: Source, name: str, content: bytes) -> tuple[str, bool]:
    """What is said of a file, and whether its authors would say otherwise."""
    fault, is_signed = form_fault(content), has_own_signature(content)
    words = f"{fault or 'CAP 1.2 by the schema'}; {'signature accepted' if is_signed else 'no signature accepted'}"
    if fault.startswith("another form"):
        return words, False
    stem = Path(name).stem
    is_wrong_form = any(word in stem for word in source.wrong_form)
    differs = not fault if is_wrong_form else stem == "valid" and bool(fault)
    return words, differs or (is_signed and any(word in stem for word in source.wrong_signature))


def main() -> int:
    """Fetch, judge, print; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--git", action="append", default=[], metavar="NAME=FOLDER")
    at_hand = dict(text.split("=", 1) for text in parser.parse_args().git)
    count = differing = 0
    with tempfile.TemporaryDirectory() as temporary:
        for source in SOURCES:
            folder = Path(at_hand[source.name]) if source.name in at_hand else fetched(source, Path(temporary))
            print(f"{source.name} {source.commit}")
            for path in git(folder, "ls-tree", "-r", "--name-only", source.commit, source.folder).decode().split("\n"):
                if not path.endswith((".cap", ".xml")):
                    continue
                words, differs = judged(source, path, git(folder, "show", f"{source.commit}:{path}"))
                count, differing = count + 1, differing + differs
                print(f"  {'DIFFERS ' if differs else ''}{path.removeprefix(source.folder + '/')}: {words}")
    print(f"{count} files; judged otherwise than their authors did: {differing}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
