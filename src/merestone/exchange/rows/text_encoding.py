"""How the text of a file is encoded where the file does not say: UTF-8, UTF-16, or a code page of old systems.

UTF-8 is certain, since hardly any other text is valid UTF-8. Code pages of one byte a letter can only be told apart by
what the letters make: words in one script, capitals at their beginning, letters that a language of that code page uses.
Short texts may be too few to be sure; so the reading is told with a word to look at, and `--encoding` overrules it.
"""

import codecs
import math
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from merestone.terms import yaml_value

SAMPLE_BYTES: Final = 1 << 22
"""What is looked at of a long file, beside a look whether all of it is UTF-8."""
_PRIOR: Final = {"cp852": -1.5, "mac-cyrillic": -2.0, "cp866": -0.7, "koi8-u": -0.7, "cp1257": -0.3, "cp1254": -0.3}
"""Added to the score of a word: of two readings as good, the code page that more programmes used goes first."""
_SURE: Final = 2.0
"""A difference in log-likelihood below which another code page would do as well."""
_STRANGE, _ODD, _UNLIKELY = math.log(1e-6), math.log(1e-4), math.log(0.02)
"""For a character that no text holds, one that the language has not, and one that stands where it hardly ever does."""
_VOWELS: Final = frozenset("aeiouy")
_NAMES: Final = {
    "cp1250": "Windows-1250 (Central European)", "cp1251": "Windows-1251 (Cyrillic)",
    "cp1252": "Windows-1252 (Western European)", "cp1257": "Windows-1257 (Baltic)", "cp1254": "Windows-1254 (Turkish)",
    "cp1256": "Windows-1256 (Arabic)", "cp1253": "Windows-1253 (Greek)", "cp1255": "Windows-1255 (Hebrew)",
    "koi8-u": "KOI8-U (Cyrillic)", "cp866": "DOS 866 (Cyrillic)", "cp852": "DOS 852 (Central European)",
    "mac-cyrillic": "Mac Cyrillic",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Language:
    name: str
    pages: tuple[str, ...]
    letters: Mapping[str, float]
    """Lower-case letter to the logarithm of its share."""
    without: frozenset[str]

    @property
    def is_latin(self) -> bool:
        return unicodedata.name(next(iter(self.letters))).startswith("LATIN")


@dataclass(frozen=True, slots=True)
class DetectedEncoding:
    """How a text seems to be encoded."""

    name: str
    """Python's name of the encoding."""
    is_certain: bool
    """Whether a mark at its beginning, or valid UTF-8, proves it."""
    example: str = ""
    """A word with letters by which a person sees whether the reading is right."""
    other: str | None = None
    """Another encoding that would do nearly as well and reads some letters otherwise."""

    @property
    def note(self) -> str | None:
        """What is to be told to the user; None where nothing was guessed."""
        if self.is_certain:
            return None
        known = _NAMES.get(self.name, self.name)
        text = f"the file does not say how its text is encoded; it was read as {known}"
        text += f", such as {self.example!r}" if self.example else ""
        text += f" ({_NAMES.get(self.other, self.other)} would do as well)" if self.other else ""
        return f"{text}; if letters are wrong, name the encoding with --encoding"


def mark_of(head: bytes) -> str | None:
    """The encoding that a byte order mark at the beginning of a file states.

    >>> mark_of("a".encode("utf-8-sig")), mark_of("a".encode("utf-16")), mark_of(b"a")
    ('utf-8-sig', 'utf-16', None)
    """
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if head.startswith(mark):
            return name
    return None


def detect_encoding(data: bytes) -> DetectedEncoding:
    """How a text is encoded, by its bytes; those of a table's text cells may be given one after the other.

    >>> detect_encoding("Мінне поле; Ізюм".encode("cp1251")).name
    'cp1251'
    >>> detect_encoding("Čapljina, Široki Brijeg".encode("cp1250")).name
    'cp1250'
    """
    marked = mark_of(data)
    if marked is not None:
        return DetectedEncoding(marked, is_certain=True)
    if wide := _wide(data):
        return DetectedEncoding(wide, is_certain=True)
    if is_utf8(data):
        return DetectedEncoding("utf-8", is_certain=True)
    foreign_words = _foreign_words(data[:SAMPLE_BYTES])
    if _is_mostly_utf8(data[:SAMPLE_BYTES]):
        return DetectedEncoding("utf-8", is_certain=True)
    scores = _scores(foreign_words)
    (best, name), rest = scores[0], scores[1:]
    longest = max(foreign_words, key=lambda word: (len(set(word)), len(word)))
    example = _decoded(longest, name)
    other = next((n for score, n in rest if best - score < _SURE and _read_otherwise(foreign_words, name, n)), None)
    return DetectedEncoding(name, is_certain=False, example=example, other=other)


def unlikelihood(data: bytes, name: str) -> float:
    """How much less likely the letters beyond ASCII are in a code page than in the one that explains them best.

    Returns
    -------
    float
        Difference of log-likelihoods for each letter: 0 for the best; NaN for an encoding that is not known here.

    >>> unlikelihood("Čapljina".encode("cp1250"), "cp1250"), unlikelihood(b"x", "cp1251")
    (0.0, 0.0)
    """
    foreign_words = _foreign_words(data[:SAMPLE_BYTES])
    scores = {page: score for score, page in _scores(foreign_words)}
    letters = sum(min(times, 5) * sum(byte >= 0x80 for byte in word) for word, times in foreign_words.items())
    if name not in scores:
        return math.nan
    return (max(scores.values()) - scores[name]) / letters if letters else 0.0


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8 to their end; a letter that is cut off there does not count."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether text is UTF-8 with a few broken places: most letters beyond ASCII are whole there."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    whole = sum(not character.isascii() for character in text) - broken
    return whole >= 2 * broken


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of a table's header is zero."""
    head = data[:400]
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / max(1, len(head[1::2]))
    if odd > 0.6 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.1 else None


def _foreign_words(data: bytes) -> Counter[bytes]:
    """The words that hold bytes beyond ASCII, and how often each stands there."""
    plain = bytes.maketrans(bytes(range(0x41)) + bytes(range(0x5B, 0x61)) + bytes(range(0x7B, 0x80)), b" " * 76)
    return Counter(word for word in data.translate(plain).split() if not word.isascii())


@lru_cache(maxsize=100_000)
def _decoded(word: bytes, name: str) -> str:
    return word.decode(name, "replace")


def _read_otherwise(word_counts: Counter[bytes], page: str, other: str) -> bool:
    return any(_decoded(word, page) != _decoded(word, other) for word in word_counts)


@cache
def _languages() -> tuple[_Language, ...]:
    letters = yaml_value(files("merestone.exchange.rows").joinpath("letters.yaml").read_text(encoding="utf-8"))
    return tuple(
        _Language(
            name,
            tuple(has["pages"]),
            {k: math.log(v / 100) for k, v in has["letters"].items()},
            frozenset(has["without"]),
        )
        for name, has in letters.items()
    )


def _scores(word_counts: Counter[bytes]) -> list[tuple[float, str]]:
    """For each code page the log-likelihood of the words in the language that explains them best, the best first."""
    best: dict[str, float] = {}
    for language in _languages():
        for page in language.pages:
            score = _PRIOR.get(page, 0.0)
            for word, times in word_counts.items():  # a status that stands in every row says no more than five of it
                score += min(times, 5) * _of_word(_decoded(word, page), language)
            best[page] = max(best.get(page, -math.inf), score)
    return sorted(((score, page) for page, score in best.items()), reverse=True)


def _of_word(text: str, language: _Language) -> float:
    """The log-likelihood of the letters beyond ASCII of a word, among such letters of the language."""
    total = sum(_UNLIKELY / 2 for letter in text.lower() if letter in language.without)
    for at, letter in enumerate(text):
        if not letter.isascii():
            before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
            total += _of_letter(letter, before, after, text[at + 2 : at + 3], language)
    return total


def _of_letter(letter: str, before: str, after: str, second: str, language: _Language) -> float:
    if letter == "\N{REPLACEMENT CHARACTER}" or unicodedata.category(letter) == "Cc":
        return _STRANGE
    if not letter.isalpha():
        return _UNLIKELY if letter in _USUAL_SIGNS and not after.isalpha() else _ODD
    value = language.letters.get(letter.lower(), _ODD)
    if before.islower() and letter.isupper():
        value += _UNLIKELY
    if language.is_latin:
        return value + _in_its_place(letter.lower(), _is_vowel(after), after, second)
    if any(beside.isascii() and beside.isalpha() for beside in (before, after)):
        value += _UNLIKELY  # two scripts in one word
    return value


def _in_its_place(letter: str, before_vowel: bool, after: str, second: str) -> float:
    """What speaks against a Latin letter where it stands: code pages have these at one byte with another letter."""
    if (letter in "ñã" and not before_vowel) or (letter in "ńăæ" and before_vowel):
        return _UNLIKELY
    if letter == "è" and after and (before_vowel or second.lower() != "e"):
        return _UNLIKELY / 2
    return 0.0


def _is_vowel(letter: str) -> bool:
    return unicodedata.normalize("NFKD", letter)[:1].lower() in _VOWELS


_USUAL_SIGNS: Final = frozenset("–—“”„‚‘’«»№°§…•²³±×\u00a0")


def detect_encoding_of(path: Path, asked: str | None = None) -> DetectedEncoding:
    """How a file of text is encoded, read once from end to end in pieces.

    Parameters
    ----------
    asked
        What the user says; it goes before what the bytes look like, but not before a mark at their beginning.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    suspicious: list[bytes] = []
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        if (marked := mark_of(head)) is not None:
            return DetectedEncoding(marked, is_certain=True)
        if asked is not None:
            return DetectedEncoding("utf-8-sig" if asked == "utf-8" else asked, is_certain=True)
        piece = head
        while piece:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                suspicious.append(piece)
                break
            piece = file.read(SAMPLE_BYTES)
    if wide := _wide(head):
        return DetectedEncoding(wide, is_certain=True)
    return detect_encoding(suspicious[0]) if suspicious else DetectedEncoding("utf-8", is_certain=True)
