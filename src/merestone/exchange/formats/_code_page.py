"""In which encoding a table of bytes is: as somebody says, as the table says, or as its words look.

Nothing is ever decoded without a word where the table does not say in what: a village's name that is garbled is not
found again. Single-byte code pages have a character for nearly every byte, so that a wrong one seldom fails; what tells
them apart is whether the words are such as a language has.
"""

import codecs
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from merestone.exchange.rows.text_encoding import detect_encoding, unlikelihood
from merestone.terms import FieldRefused, number_of

_ANSI: Final = 0x57
"""Says "the writer's own ANSI code page", which nobody else knows."""
LANGUAGE_DRIVERS: Final[Mapping[int, str]] = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x09: "cp437", 0x0A: "cp850", 0x0B: "cp437",
    0x0D: "cp437", 0x0E: "cp850", 0x0F: "cp437", 0x10: "cp850", 0x11: "cp437", 0x12: "cp850", 0x13: "cp932",
    0x14: "cp850", 0x15: "cp437", 0x16: "cp850", 0x17: "cp865", 0x18: "cp437", 0x19: "cp437", 0x1A: "cp850",
    0x1B: "cp437", 0x1C: "cp863", 0x1D: "cp850", 0x1F: "cp852", 0x22: "cp852", 0x23: "cp852", 0x24: "cp860",
    0x25: "cp850", 0x26: "cp866", 0x37: "cp850", 0x40: "cp852", 0x4D: "cp936", 0x4E: "cp949", 0x4F: "cp950",
    0x50: "cp874", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x67: "cp861",
    0x6A: "cp737", 0x6B: "cp857", 0x6C: "cp863", 0x78: "cp950", 0x79: "cp949", 0x7A: "cp936", 0x7B: "cp932",
    0x7C: "cp874", 0x86: "cp737", 0x87: "cp852", 0x88: "cp857", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
"""Byte 29 of a dBASE table, the language driver (Esri, "ArcPad reference: language driver IDs")."""
_TOO_UNLIKELY: Final = 1.0
"""Difference of log-likelihoods for each letter from which on a stated code page is not believed. Of 21 texts in 12
languages the right page stayed below 0.2; pages by which letters are garbled were mostly above 2."""


@dataclass(frozen=True, slots=True)
class CodePage:
    """How to decode the texts of one table, and what to say of it."""

    codec: str
    note: str | None = None

    def decode(self, data: bytes) -> tuple[str, bool]:
        r"""The text, and whether every byte of it could be decoded; others stay as ``\xcc``.

        A character that the width of its field cut in two is left out: it is no fault of the encoding.
        """
        try:
            return data.decode(self.codec), True
        except UnicodeDecodeError as error:
            if self.codec == "utf-8" and error.start >= len(data) - 3 and error.reason == "unexpected end of data":
                return data[: error.start].decode(self.codec), True
            return data.decode(self.codec, "backslashreplace"), False


def code_page_of(
    texts: Collection[bytes], *, asked: str | None = None, cpg: str | None = None, language_driver: int = 0
) -> CodePage:
    """Choose the encoding of a table's texts.

    Parameters
    ----------
    texts
        All that the table holds, or enough of them.
    asked
        What the user says; it goes before all else.
    cpg
        The content of the file ``.cpg`` beside the table.
    language_driver
        Byte 29 of the table's header.

    Raises
    ------
    FieldRefused
        `asked` is no encoding that is known.
    """
    if asked is not None:
        return _asked(texts, asked)
    beyond = {text for text in texts if not text.isascii()}
    if not beyond:
        return CodePage("utf-8")
    stated, where = _stated(cpg, language_driver)
    if stated == "utf-8" and _decodes(beyond, stated):
        return CodePage(stated)
    code_page = _detected(beyond)
    if stated is not None and _decodes(beyond, stated):
        if code_page in (None, stated) or (code_page != "utf-8" and _is_believable(beyond, stated)):
            return CodePage(stated)
        remark = f"{where} says {_shown(stated)}, by which a text would be {_sample(beyond, stated)!r}; read as"
    elif stated is not None:
        remark = f"{where} says {_shown(stated)}, which these texts are not; read as"
    else:
        remark = f"{where}; read as"
    codec = code_page or stated or "cp1252"
    doubt = "by its words" if code_page else "as no encoding fits its words"
    warning = (
        f"text: {remark} {_shown(codec)} {doubt}, such as {_sample(beyond, codec)!r}; if that is wrong, say --encoding"
    )
    return CodePage(codec, warning)


def _asked(texts: Collection[bytes], asked: str) -> CodePage:
    codec = _codec(asked)
    if codec is None:
        raise FieldRefused("encoding", asked, "is not an encoding known here", "give one such as windows-1251 or UTF-8")
    page = CodePage(codec)
    wrong = sum(not page.decode(text)[1] for text in texts)
    if not wrong:
        return page
    return CodePage(
        codec,
        f"text: {number_of(wrong, 'value is', 'values are')} not {_shown(codec)}; bytes that do not fit are kept",
    )


def _stated(cpg: str | None, language_driver: int) -> tuple[str | None, str]:
    """The encoding that the table states, and where; or why it states none."""
    if cpg is not None and cpg.strip():
        codec = _codec(cpg.strip())
        return (
            codec,
            "its .cpg" if codec else f"its .cpg says {cpg.strip()[:40]!r}, which is not an encoding known here",
        )
    if language_driver == _ANSI:
        return None, "the table says only that it is in its writer's own ANSI code page"
    codec = LANGUAGE_DRIVERS.get(language_driver)
    return codec, "the table" if codec else "nothing says in which encoding the table is"


def _codec(name: str) -> str | None:
    """Python's name of an encoding, as people and .cpg files write it: ANSI 1251, CP1251, 1251, 88595, OEM 866."""
    plain = re.sub(r"^(ansi|oem|ibm|dos|win|windows|cp|codepage)?[\s_-]*(?=\d)", "", name.strip().lower())
    tries = [name.strip(), f"cp{plain}"]
    if plain.startswith("8859"):
        tries.append(f"iso8859-{plain.removeprefix('8859').lstrip('-_ ')}")
    for code_page_name in tries:
        try:
            code_page = codecs.lookup(code_page_name)
        except (LookupError, ValueError):
            continue
        if getattr(code_page, "_is_text_encoding", True):
            return code_page.name
    return None


def _shown(codec: str) -> str:
    return f"windows-{codec[2:]}" if codec.startswith("cp125") else codec.upper()


def _decodes(texts: Collection[bytes], codec: str) -> bool:
    page = CodePage(codec)
    return all(page.decode(text)[1] for text in texts)


def _detected(texts: Collection[bytes]) -> str | None:
    """The encoding whose words look most like those of a language; None if it cannot read all of them."""
    if _decodes(texts, "utf-8"):
        return "utf-8"
    codec = detect_encoding(_joined(texts)).name
    return codec if _decodes(texts, codec) else None


def _is_believable(texts: Collection[bytes], codec: str) -> bool:
    return not unlikelihood(_joined(texts), codec) > _TOO_UNLIKELY


def _joined(texts: Collection[bytes]) -> bytes:
    return b"\n".join(sorted(texts))


def _sample(texts: Collection[bytes], codec: str) -> str:
    """A text that shows how the encoding reads: the longest that is short enough."""
    shown = [text.decode(codec, "backslashreplace") for text in texts]
    short = [text for text in shown if len(text) <= 40]
    return max(short, key=lambda text: (len(text), text)) if short else min(shown, key=len)[:40]
