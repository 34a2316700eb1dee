"""Mutations for `fuzz_readers.py` that know what a file is made of: tokens of text, tags of XML, blocks of bytes."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random

from fuzz_seeds import Seed, zip_of
from fuzz_structure import restructured

LARGEST_BYTES = 1 << 20
"""No mutated file is larger: the readers are held to a bound of time for 1 MB."""
NUMBERS = (
    b"NaN", b"nan", b"Infinity", b"-inf", b"1e308", b"-1e308", b"1e309", b"1e-320", b"0", b"-0.0", b"180",
    b"-180.0000001", b"90", b"360", b"4294967296", b"-2147483648", b"9223372036854775808", b"0x10", b"1_000", b"17,105",
    b"1" * 400,
    b"1e99999", b"\xd9\xa3\xd9\xa4", b"--1", b"1.2.3", b"null", b"true", b'"17"', b"",
)  # fmt: skip
WORDS = (
    b"null", b"[]", b"{}", b'""', b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b"\x1a", b"\\ud800",
    b"\xed\xa0\x80",
    b"POLYGON EMPTY", b"POLYGON ((", b"CIRCULARSTRING (0 0, 1 1, 2 0)", b"GEOMETRYCOLLECTION (", b"SRID=3857;",
    b"SRID=0;",
    b"0103000000FFFFFFFF", b'{"type":"Point"}', b"EPSG:999999", b"EPSG:3857", b"MultiPolygon", b"coordinates", b"type",
    b"<![CDATA[", b"]]>", b"<!--", b"<?x?>", b"&amp;", b"&#0;", b"&#xFFFFFFFF;", b"xmlns:x=''", b"</kml>", b"<x:y/>",
    b"sep=;", b"'", b'"', b";", b",", b"\t", b"=1+1", b"2026-02-30", b"\xcf\x80", b"A" * 5000,
)  # fmt: skip
_TOKEN = re.compile(rb"[-+]?\d[\d.eE+-]*|\w+|\s+|[^\w\s]")
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_TAG = re.compile(rb"<[^<>]*>")
_NESTS = ((b"[", b"]"), (b'{"a":', b"}"), (b"(", b")"), (b"<a>", b"</a>"), (b"GEOMETRYCOLLECTION (", b")"))
_ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp1251", "latin-1", "cp037", "shift_jis")
_TIMES = (1, 1, 2, 5, 50)
RARELY = 0.05
"""Share of the repetitions and nestings that are large: they cost a hundred times as much as a small input."""
Mutation = Callable[[bytes, Random], bytes]


def mutated(seeds: Sequence[Seed], random: Random) -> Seed:
    """A seed with one to four mutations in one of its files; the same for the same state of `random`."""
    seed = random.choice(seeds)
    names = sorted(seed.files)
    name = seed.main if seed.main in seed.files and random.random() < 0.7 else random.choice(names)
    other = random.choice(sorted(random.choice(seeds).files.items()))[1]
    content = seed.files[name]
    for _ in range(random.choice((1, 1, 2, 4))):
        content = _once(content, other, random)[:LARGEST_BYTES]
    files = {**seed.files, name: content}
    if len(names) > 1 and random.random() < 0.05:
        files.pop(random.choice(names))
    return Seed(seed.main, files)


def _once(content: bytes, other: bytes, random: Random) -> bytes:
    if content.startswith(b"PK\x03\x04") and random.random() < 0.75:
        return _in_archive(content, random)
    if random.random() < 0.5 and (changed := restructured(content, other, random)) is not None:
        return changed
    if content and random.random() < 0.05:
        return _spliced(content, other, random)
    is_text = b"\x00" not in content[:2048]
    kinds: list[Mutation] = [*_TEXT] if is_text else [*_BINARY]
    if is_text and content.lstrip()[:1] == b"<":
        kinds += [_tag_dropped, _tag_doubled, _tag_moved] * 2
    if is_text and random.random() < 0.1:
        kinds = [*_BINARY]
    return random.choice(kinds)(content, random)


def _in_archive(content: bytes, random: Random) -> bytes:
    """One member of a zip archive mutated, and the archive packed again, so that what lies behind it is reached."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
        return _flipped(content, random)
    if not members:
        return content
    name = random.choice(sorted(members))
    members[name] = _once(members[name], b"", random)[:LARGEST_BYTES]
    if random.random() < 0.1:
        members[random.choice(("../up.csv", "/abs.kml", "a/b/doc.kml", "x\x00y", "č.shp"))] = members.pop(name)
    return zip_of(members)


def _spliced(content: bytes, other: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content))] + other[random.randrange(len(other) + 1) :]


def _span(pattern: re.Pattern[bytes], content: bytes, random: Random) -> tuple[int, int]:
    """The first match from a random place on, else the first of all: long matches come more often than short ones."""
    match = pattern.search(content, random.randrange(len(content) + 1)) or pattern.search(content)
    return match.span() if match else (0, 0)


def _replaced(content: bytes, span: tuple[int, int], by: bytes) -> bytes:
    return content[: span[0]] + by + content[span[1] :]


def _number_changed(content: bytes, random: Random) -> bytes:
    return _replaced(content, _span(_NUMBER, content, random), random.choice(NUMBERS))


def _token_changed(content: bytes, random: Random) -> bytes:
    return _replaced(content, _span(_TOKEN, content, random), random.choice(WORDS))


def _token_added(content: bytes, random: Random) -> bytes:
    at = _span(_TOKEN, content, random)[0]
    return _replaced(content, (at, at), random.choice(WORDS + NUMBERS))


def _token_dropped(content: bytes, random: Random) -> bytes:
    return _replaced(content, _span(_TOKEN, content, random), b"")


def _tokens_swapped(content: bytes, random: Random) -> bytes:
    one, two = sorted((_span(_TOKEN, content, random), _span(_TOKEN, content, random)))
    if one[1] > two[0]:
        return content
    parts = (content[: one[0]], content[slice(*two)], content[one[1] : two[0]], content[slice(*one)], content[two[1] :])
    return b"".join(parts)


def _part_repeated(content: bytes, random: Random) -> bytes:
    start, end = sorted((_span(_TOKEN, content, random)[0], _span(_TOKEN, content, random)[1]))
    times = random.choice(_TIMES) if random.random() > RARELY else 1 + LARGEST_BYTES // max(end - start, 1) // 20
    return _replaced(content, (end, end), content[start:end] * times)


def _nested(content: bytes, random: Random) -> bytes:
    opening, closing = random.choice(_NESTS)
    depth = random.choice((3, 3, 40)) if random.random() > RARELY else random.choice((600, 20_000))
    start, end = _span(_TOKEN, content, random)
    return _replaced(content, (start, end), opening * depth + content[start:end] + closing * random.choice((depth, 0)))


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _encoded(content: bytes, random: Random) -> bytes:
    return content.decode("utf-8", "replace").encode(random.choice(_ENCODINGS), "replace")


def _line_repeated(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    lines.insert(random.randrange(len(lines) + 1), random.choice(lines))
    return b"".join(lines)


def _tag_dropped(content: bytes, random: Random) -> bytes:
    return _replaced(content, _span(_TAG, content, random), b"")


def _tag_doubled(content: bytes, random: Random) -> bytes:
    start, end = _span(_TAG, content, random)
    return _replaced(content, (end, end), content[start:end])


def _tag_moved(content: bytes, random: Random) -> bytes:
    start, end = _span(_TAG, content, random)
    tag, rest = content[start:end], content[:start] + content[end:]
    at = _span(_TAG, rest, random)[0]
    return _replaced(rest, (at, at), tag)


def _flipped(content: bytes, random: Random) -> bytes:
    if not content:
        return content
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 4, 16))):
        changed[_place(content, random)] ^= 1 << random.randrange(8)
    return bytes(changed)


def _place(content: bytes, random: Random) -> int:
    """A place in the bytes; headers and ends more often than what lies between."""
    near = min(len(content), 256)
    return random.choice(
        (random.randrange(len(content)), random.randrange(near), len(content) - 1 - random.randrange(near))
    )


def _field_changed(content: bytes, random: Random) -> bytes:
    """Four or eight bytes, which may be a length, a count or a number, set to an extreme value."""
    if not content:
        return content
    form = random.choice(("<I", ">I", "<H", ">H", "<d", ">d", "<q", "B"))
    if form[-1] == "d":
        value: float = random.choice((float("nan"), float("inf"), 1e308, -1e308, 0.0, 1e-320))
    else:
        bits = 8 * struct.calcsize(form) - (form[-1] == "q")
        value = random.choice((0, 1, 2, (1 << bits) - 1, 1 << (bits - 1), random.randrange(1 << bits)))
    at = _place(content, random)
    packed = struct.pack(form, value)
    return content[:at] + packed + content[at + len(packed) :]


def _blocks_swapped(content: bytes, random: Random) -> bytes:
    size = random.choice((1, 4, 16, 512))
    one, two = sorted((random.randrange(len(content) + 1), random.randrange(len(content) + 1)))
    if one + size > two:
        return content
    first, second = content[one : one + size], content[two : two + size]
    return content[:one] + second + content[one + size : two] + first + content[two + size :]


def _block_dropped(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + content[at + random.choice((1, 4, 64, 1024)) :]


def _block_added(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice((random.randbytes(8), b"\x00" * 64, b"\xff" * 4, content[:128])) + content[at:]


_TEXT: tuple[Mutation, ...] = (
    _number_changed, _number_changed, _number_changed, _token_changed, _token_changed, _token_added, _token_dropped,
    _token_dropped, _tokens_swapped, _part_repeated, _nested, _cut, _encoded, _line_repeated,
)  # fmt: skip
_BINARY: tuple[Mutation, ...] = (
    _flipped, _flipped, _field_changed, _field_changed, _field_changed, _cut, _blocks_swapped, _block_dropped,
    _block_added,
)  # fmt: skip
