"""XML as programs really write it: parsed strictly, and where that fails once more after the least repair.

Google Earth opens documents that are not well-formed: a prefix that is never declared, a bare ``&``, a control
character inside a text. Each repair here concerns a few characters, never an element, and is stated. A document that
is cut off stays refused, since no repair closes an element.
"""

import html.entities
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from merestone.terms import FileRefused

T = TypeVar("T")
_KNOWN_PREFIXES: Final = {
    "gx": "http://www.google.com/kml/ext/2.2",
    "kml": "http://www.opengis.net/kml/2.2",
    "atom": "http://www.w3.org/2005/Atom",
    "xal": "urn:oasis:names:tc:ciq:xsdschema:xAL:2.0",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "gpxx": "http://www.garmin.com/xmlschemas/GpxExtensions/v3",
}
_LITERAL: Final = re.compile(r"<!--|<!\[CDATA\[|<\?")
_ENDS: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
"""Beginnings and ends of the parts of a document in which ``&`` and ``<`` mean nothing."""
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,9});|#x([0-9A-Fa-f]{1,8});|([A-Za-z][A-Za-z0-9]*);)?")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 (section 2.2) has no place for."""
_PROLOG: Final = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PREFIX: Final = re.compile(r"</?([A-Za-z_][\w.-]*):|\s([A-Za-z_][\w.-]*):[\w.-]+\s*=")
_TAG: Final = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ROOT: Final = re.compile(r"<[A-Za-z_][\w.:-]*")
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PREDEFINED: Final = frozenset(["amp", "lt", "gt", "quot", "apos"])


def first_tag(head: bytes) -> str | None:
    """The name of the first element, without its prefix, of text that begins as XML does; None of anything else.

    >>> first_tag(b'<?xml version="1.0"?><!-- a --><kml:kml>'), first_tag(b"PK <gpx>")
    ('kml', None)
    """
    codec = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = head[: len(head) // 2 * 2 if codec == "utf-16" else len(head)].decode(codec, errors="replace").lstrip()
    if not text.startswith("<"):
        return None
    match = _TAG.search(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    return None if match is None else match.group(1)


def parsed(data: bytes, path: Path, *, within: str = "", what: str = "KML") -> tuple[ET.Element, tuple[str, ...]]:
    """The root element of a document, and what had to be repaired for it to be read.

    Parameters
    ----------
    within
        The name of the document inside an archive, for messages.

    Raises
    ------
    FileRefused
        It is not well-formed even after repair (with line and column of the first fault), or it defines entities.
    """
    return parsed_by(defusedxml.ElementTree.fromstring, data, path, within=within, what=what)


def parsed_by(
    parse: Callable[[bytes], T], data: bytes, path: Path, *, within: str = "", what: str = "KML"
) -> tuple[T, tuple[str, ...]]:
    """What `parse` makes of the document, and what had to be repaired; see `parsed`."""
    place = f"{within}: " if within else ""
    try:
        try:
            return parse(data), ()
        except (ET.ParseError, ValueError, LookupError) as first:  # ValueError: an encoding of several bytes a letter
            try:
                text, repairs = _repaired(data)
                return parse(text.encode()), repairs
            except (ET.ParseError, ValueError, LookupError):
                raise first from None
    except ET.ParseError as error:
        line, column = error.position
        why = f"{place}line {line}, column {column + 1}: {error}"
        raise FileRefused(path, why, "the file is cut off or damaged; get it again") from error
    except DefusedXmlException as error:
        raise FileRefused(
            path, f"{place}it defines entities of its own ({error})", f"save it as plain {what}"
        ) from error
    except (ValueError, LookupError) as error:
        raise FileRefused(path, f"{place}its text cannot be read: {error}", "save it as UTF-8") from error
    except (RecursionError, MemoryError) as error:
        raise FileRefused(path, f"{place}it is nested too deeply to be read", "get it again") from error


def _repaired(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The document as UTF-8 text that a strict parser may accept, and what was changed.

    Raises
    ------
    LookupError
        The encoding that it declares is not known.
    """
    text, repairs = decoded(data)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return text, ()  # entities of its own: nothing that this repair may touch
    text, count = _FORBIDDEN.subn(" ", text)
    if count:
        repairs.append(f"control characters replaced by spaces: {count:,}")
    pieces = _pieces(text)
    changed: list[str] = []

    def reference(match: re.Match[str]) -> str:
        replacement = _reference(match)
        if replacement != match.group():
            changed.append(match.group())
        return replacement

    pieces[::2] = [_REFERENCE.sub(reference, piece) for piece in pieces[::2]]
    if changed:
        repairs.append(f"characters & that begin no reference of XML, read as the text they stand in: {len(changed):,}")
    used = {prefix for piece in pieces[::2] for match in _PREFIX.finditer(piece) for prefix in match.groups() if prefix}
    missing = _declare(pieces, used - {"xml", "xmlns"})
    if missing:
        repairs.append(f"prefixes that the document does not declare: {', '.join(missing)}")
    return "".join(pieces).lstrip(), tuple(repairs)


def _pieces(text: str) -> list[str]:
    """The text cut into markup, literal part, markup, and so on; in time proportional to its length."""
    pieces: list[str] = []
    begun = 0
    while (match := _LITERAL.search(text, begun)) is not None:
        ending = _ENDS[match.group()]
        end = text.find(ending, match.end())
        if end < 0:
            break  # it never ends: no repair will do
        end += len(ending)
        pieces += [text[begun : match.start()], text[match.start() : end]]
        begun = end
    return [*pieces, text[begun:]]


def raw_text(element: ET.Element) -> str:
    """The element as text; of one that is nested too deeply at least its texts, in their order."""
    try:
        return ET.tostring(element, encoding="unicode").strip()
    except RecursionError:
        return "\n".join(text.strip() for text in element.itertext() if text.strip())


def decoded(data: bytes) -> tuple[str, list[str]]:
    r"""The text of the document by its byte order mark or the encoding in its prolog, else UTF-8.

    A byte that is no text there is kept as ``\xNN``, so that none is lost.
    """
    codec = next((codec for mark, codec in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    declared = _PROLOG.match(data[:400])
    if codec is None:
        codec = declared.group(1).decode("ascii") if declared else "utf-8"
    try:
        text, repairs = data.decode(codec), []
    except UnicodeDecodeError:
        text = data.decode(codec, "backslashreplace")
        strange = len(re.findall(r"\\x[0-9a-f]{2}", text))
        repairs = [f"bytes that are not {codec}, kept as \\xNN: {strange:,}"]
    return re.sub(r"(<\?xml[^>]{0,200}?)\sencoding\s*=\s*[\"'][\w.-]+[\"']", r"\1", text, count=1), repairs


def _reference(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        if code > 0x10FFFF or (code not in (9, 10, 13) and _FORBIDDEN.match(chr(code))):
            return " "
        return match.group()
    if name in _PREDEFINED:
        return match.group()
    if name and (known := html.entities.html5.get(f"{name};")) is not None:
        return known.replace("&", "&amp;").replace("<", "&lt;")  # as HTML defines it, such as &nbsp;
    return "&amp;" + match.group()[1:]


def _declare(pieces: list[str], used: set[str]) -> list[str]:
    """Declare prefixes on the first element; returns those that it did not declare itself."""
    for at in range(0, len(pieces), 2):
        start = _ROOT.search(pieces[at])
        if start is not None:
            tag = pieces[at][start.start() : pieces[at].find(">", start.end()) + 1]
            missing = sorted(prefix for prefix in used if f"xmlns:{prefix}" not in tag)
            text = "".join(f' xmlns:{p}="{_KNOWN_PREFIXES.get(p, f"urn:undeclared:{p}")}"' for p in missing)
            pieces[at] = pieces[at][: start.end()] + text + pieces[at][start.end() :]
            return missing
    return []
