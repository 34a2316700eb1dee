"""The root of the error tree, and the few errors that every room may raise.

An error says what was wrong, where, why, and what to do about it. Each room adds subclasses for what its callers can
handle; HTTP statuses and exit codes are given to them at the edge, in one table each (`service.statuses`,
`cli.exit_codes`).
"""

from pathlib import Path

from merestone.languages import current_language


class MerestoneError(Exception):
    """Root of everything that Merestone raises on purpose. Its text is meant to be read by a person."""


class FieldRefused(MerestoneError):
    """A value that cannot be taken as it stands.

    >>> raise FieldRefused("depth_m", -0.2, "is above ground", "give metres below ground as a positive number")
    Traceback (most recent call last):
    merestone.terms.errors.FieldRefused: depth_m = -0.2: is above ground; give metres below ground as a positive number
    """

    def __init__(self, field: str, value: object, why: str, remedy: str) -> None:
        super().__init__(f"{field} = {value!r}: {why}; {remedy}")
        self.field, self.value, self.why, self.remedy = field, value, why, remedy


class SpokenRefused(FieldRefused):
    """A value that cannot be taken, refused in the language of the answer; `language` is the tag of that."""

    def __init__(self, field: str, value: object, why: str, remedy: str) -> None:
        super().__init__(field, value, why, remedy)
        self.language = current_language().tag


class RowRefused(MerestoneError):
    """A row of a file that cannot be taken. `place` names the file and the line, as a person would look it up."""

    def __init__(self, place: str, reason: FieldRefused | str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place, self.reason = place, reason


class SourceMissing(RowRefused):
    """A fact without a source. It is refused, however plausible it looks."""

    def __init__(self, place: str) -> None:
        super().__init__(place, "source is empty; a fact is taken only with its source: say who published it and where")


class FileRefused(MerestoneError):
    """A file that cannot be read, or must not be written, as a whole."""

    def __init__(self, path: Path | str, why: str, remedy: str) -> None:
        super().__init__(f"{path}: {why}; {remedy}")
        self.path, self.why, self.remedy = path, why, remedy


class RequestRefused(MerestoneError):
    """What was asked cannot be done as things stand, such as a step without its evidence; nothing was changed."""


class EngineMissing(MerestoneError):
    """An optional library or program is not installed."""

    def __init__(self, engine: str, needed_for: str, remedy: str) -> None:
        super().__init__(f"{engine} is not installed, and {needed_for} needs it; {remedy}")
        self.engine = engine
