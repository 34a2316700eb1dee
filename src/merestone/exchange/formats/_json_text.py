"""Text of JSON with features, piece by piece: each keeps its own text, and each fault has its line and column."""

import json
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.exchange.rows.row import Fault
from merestone.terms import FileRefused, number_of

SEPARATOR: Final = "\x1e"
"""RS, which begins each record of a text sequence (RFC 8142)."""
GEOMETRIES: Final = frozenset(
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]
)
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_COMMA: Final = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
_BETWEEN: Final = re.compile(r"[ \t\r\n\x1e]*")
_DECODER: Final = json.JSONDecoder()
_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|[{}\[\]]')
_MOST_DAMAGED: Final = 1000
_DAMAGED: Final = "the file is cut off or damaged; get it again"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record of a sequence that is no JSON, and why."""

    fault: Fault


Piece = tuple[str, Any]
"""A feature's own text, and what it says (or `Damaged`)."""


def text_of(path: Path) -> str:
    """The text of a file that must be UTF-8.

    Raises
    ------
    FileRefused
        It is not; the message names the byte.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"byte {error.start + 1} is not UTF-8, which GeoJSON must be (RFC 8259, section 8.1)"
        raise FileRefused(path, why, "convert it to UTF-8 and try again") from error


def top_members(head: bytes) -> Mapping[str, str | None]:
    """The names of an object's own members, as far as the first bytes of a file show them; texts as values.

    >>> dict(top_members(b'{"type": "umap", "layers": [{"type": "FeatureCollection"'))
    {'type': 'umap', 'layers': None}
    """
    text = head.decode("utf-8", errors="replace")
    fields: dict[str, str | None] = {}
    depth, name = 0, None
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
        elif depth == 1 and match.group(2):
            name = match.group(1)
            fields[name] = None
        elif depth == 1 and name is not None and fields[name] is None:
            fields[name] = match.group(1)
    return fields


def refused(path: Path, text: str, at: int, why: str) -> FileRefused:
    """A refusal that names line and column."""
    end = " (the file ends here)" if at >= len(text.rstrip()) else ""
    return FileRefused(path, f"{place(text, at)}{end}: {why}", _DAMAGED)


def place(text: str, at: int) -> str:
    """Line and column, counted from 1."""
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - (text.rfind(chr(10), 0, at) + 1) + 1}"


def value_at(text: str, at: int, path: Path) -> tuple[Any, int]:
    """The JSON value that begins at `at` (after white space), and where it ends."""
    try:
        return _DECODER.raw_decode(text, skip(text, at))
    except json.JSONDecodeError as error:
        raise refused(path, text, error.pos, error.msg[:1].lower() + error.msg[1:]) from error
    except RecursionError as error:
        raise refused(path, text, at, "lists are nested too deeply to be a geometry") from error
    except ValueError as error:  # a number of more than 4,300 digits
        raise refused(path, text, at, str(error)) from error


def whole_value(text: str, path: Path) -> Any:
    """The one value that the text is.

    Raises
    ------
    FileRefused
        It is no JSON, or something follows the value.
    """
    value, end = value_at(text, 0, path)
    if (rest := skip(text, end)) < len(text):
        raise refused(path, text, rest, "something follows the end of the object")
    return value


def text_of_value(value: Any) -> str:
    """The value as JSON again; what is nested so deeply that only C could read it is not written out."""
    try:
        text = json.dumps(value, ensure_ascii=False)
        return text if encodable(text) == text else json.dumps(value)
    except RecursionError:
        return '"nested too deeply to be written"'


def encodable(text: str) -> str:
    """The text with ``?`` for halves of characters, which JSON can escape and no encoding can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def skip(text: str, at: int) -> int:
    """Where white space that begins at `at` ends."""
    match = _SPACE.match(text, at)
    assert match is not None  # the pattern also matches nothing
    return match.end()


def pieces(text: str, path: Path, header: dict[str, Any] | None = None, *, counted: int = 0) -> Iterator[Piece]:
    """Each feature with its own text; the collection's other members are put into `header`.

    `counted`: so many features of the collection were read already, and are not in the text.

    Raises
    ------
    FileRefused
        With line and column, where the text stops being JSON, or is JSON but no GeoJSON; or it is one page of several.
    """
    header = {} if header is None else header
    start = skip(text, 0)
    if text.startswith(SEPARATOR, start):
        yield from sequence(text, start)
        return
    if text.startswith("[", start):
        yield from _listed(text, start, path)
        return
    at = skip(text, start + 1)
    count = -1
    while text[at : at + 1] != "}":
        key, at = value_at(text, at, path)
        at = skip(text, at)
        if not isinstance(key, str) or text[at : at + 1] != ":":
            raise refused(path, text, at, "a name in quotes and then a colon belong here")
        at = skip(text, at + 1)
        if key == "features" and text[at : at + 1] == "[":
            at, count = yield from _elements(text, at, path)
            count += counted
        else:
            header[key], at = value_at(text, at, path)
        at = skip(text, at)
        if text[at : at + 1] == "," and text[skip(text, at + 1) : skip(text, at + 1) + 1] == '"':
            at = skip(text, at + 1)
        elif text[at : at + 1] != "}":
            raise refused(path, text, at, "a comma and the next name, or the closing brace, belong here")
    kind = header.get("type")
    is_alone = kind == "Feature" or (isinstance(kind, str) and kind in GEOMETRIES)
    follows = skip(text, at + 1)
    if follows < len(text) and not (is_alone and text[follows] in "{" + SEPARATOR):
        raise refused(path, text, follows, "something follows the end of the object")
    if is_alone:
        yield text[start : at + 1], header
        yield from sequence(text, at + 1)
    elif kind != "FeatureCollection" or count < 0:
        why = f"it is JSON, but no GeoJSON: type = {kind!r}" if count < 0 else f"its type is {kind!r}"
        if "error" in header:
            why = f"it is not data but the answer of a service that failed: {text_of_value(header['error'])[:200]}"
        raise FileRefused(path, why, "give a FeatureCollection with a list named features (RFC 7946, section 3.3)")
    else:
        refuse_page(header, count, path)


def _listed(text: str, start: int, path: Path) -> Iterator[Piece]:
    """The features, geometries and collections of a list that stands alone."""
    elements: list[Piece] = []
    elements_read = _elements(text, start, path)
    while True:
        try:
            elements.append(next(elements_read))
        except StopIteration as stop:
            end = stop.value[0]
            break
    if (rest := skip(text, end)) < len(text):
        raise refused(path, text, rest, "something follows the end of the list")
    for at, (own, value) in enumerate(elements, start=1):
        features = value.get("features") if isinstance(value, Mapping) else None
        if not isinstance(features, list):
            yield own, value
        elif "crs" in value:
            why = f"collection {at} of its list states a reference system of its own"
            raise FileRefused(path, why, "give each collection as a file of its own")
        else:
            refuse_page(value, len(features), path)
            yield from ((text_of_value(feature), feature) for feature in features)


def _elements(text: str, at: int, path: Path) -> Generator[Piece, None, tuple[int, int]]:
    """The elements of the list that begins at `at`; returns where it ends, and how many there were."""
    at = skip(text, at + 1)
    count = 0
    if text[at : at + 1] == "]":
        return at + 1, count
    decode, follows = _DECODER.raw_decode, _COMMA.match
    while True:
        try:
            value, end = decode(text, at)
        except (RecursionError, ValueError):  # said again with its place
            value, end = value_at(text, at, path)
        count += 1
        yield text[at:end], value
        if (comma := follows(text, end)) is not None:
            at = comma.end()
            continue
        at = skip(text, end)
        if text[at : at + 1] == "]":
            return at + 1, count
        if text[at : at + 1] != ",":
            raise refused(path, text, at, "a comma or the end of the list belongs here")
        at = skip(text, at + 1)


def sequence(text: str, at: int) -> Iterator[Piece]:
    """Records that follow each other: one a line (GeoJSONL), or each after a separator (RFC 8142).

    A record that is no JSON, such as the last one of a file that is cut off, is one damaged row; reading goes on at
    the next separator, or the next line where there are none. After a thousand of them the rest of the file is one row.
    """
    ends = SEPARATOR if SEPARATOR in text else "\n"
    damaged = 0
    while (at := _after(text, at)) < len(text):
        try:
            value, end = _DECODER.raw_decode(text, at)
            if text[end : end + 1] not in ("", "{", SEPARATOR, " ", "\t", "\r", "\n"):
                raise json.JSONDecodeError("Something follows the end of the object", text, end)
        except (ValueError, RecursionError) as error:
            end_at = text.find(ends, at + 1)
            end = len(text) if end_at < 0 else end_at
            damaged += 1
            if damaged > _MOST_DAMAGED:  # each costs a look at all that is before it
                end = len(text)
            if isinstance(error, json.JSONDecodeError):
                refusal = (
                    f"line {error.lineno}, column {error.colno}: the record is not JSON, or is cut off ({error.msg})"
                )
            else:
                refusal = f"{place(text, at)}: the record cannot be read ({error})"
            yield text[at:end], Damaged(Fault("unreadable_feature", refusal))
        else:
            if isinstance(value, Mapping) and isinstance(value.get("features"), list):
                yield from ((text_of_value(feature), feature) for feature in value["features"])
            else:
                yield text[at:end], value
        at = end


def _after(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    assert match is not None
    return match.end()


def refuse_page(header: Mapping[str, Any], count: int, path: Path) -> None:
    """Refuse a collection that says that it is a part of the data: the rest of it would look like free land.

    Sources: OGC 17-069r4 (OGC API - Features), sections 7.15.5 and 7.15.6; ArcGIS REST API, query of a feature layer.
    """
    properties = header.get("properties")
    inner = properties.get("exceededTransferLimit") if isinstance(properties, Mapping) else None
    matched = max(_count(header.get("numberMatched")), _count(header.get("totalFeatures")))
    returned = _count(header.get("numberReturned"))
    links = header.get("links")
    has_next = isinstance(links, list) and any(isinstance(e, Mapping) and e.get("rel") == "next" for e in links)
    why = ""
    if header.get("exceededTransferLimit") is True or inner is True:
        why = (
            f"it is a part of the data: the service says that it gave {number_of(count, 'feature')} and stopped at "
            "its limit"
        )
    elif matched > count:
        why = f"it is a part of the data: {count:,} of {number_of(matched, 'feature')}"
    elif returned > count:
        why = f"it says that it holds {number_of(returned, 'feature')}, and holds {count:,}"
    elif has_next and matched < 0:
        why = f"it is a part of the data: it gives {number_of(count, 'feature')} and names a next page"
    if why:
        raise FileRefused(path, why, "fetch all of it (GDAL's OAPIF, WFS and ESRIJSON drivers do), and import that")


def _count(value: Any) -> int:
    """The number that a service states; below 0 where it states none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
