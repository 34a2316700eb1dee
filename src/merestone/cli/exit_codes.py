"""What a script may rely on: one table from what happened to the exit code."""

from typing import Final

from merestone.terms import EngineMissing, FieldRefused, FileRefused, MerestoneError, RequestRefused, RowRefused

DONE: Final = 0
FAILED: Final = 1
"""Any other error of ours (damage, a missing program), and a check that did not pass (`verify`, `law check`)."""
USAGE: Final = 2
"""The command line itself was wrong; click uses the same code."""
BAD_INPUT: Final = 3
"""A file, a row, a value or a request that cannot be taken, such as a step without evidence or a record that is not
there. Nothing was changed; of several files, nothing of those refused."""
DANGER: Final = 4
"""`screen` found a position inside or near a recorded hazard."""
UNKNOWN: Final = 5
"""`screen` could not answer for at least one position, and found none inside or near."""
INTERRUPTED: Final = 130
"""Ctrl-C. Nothing was half-written."""

_CODES: Final[tuple[tuple[type[MerestoneError], int], ...]] = (
    (FieldRefused, BAD_INPUT),
    (RowRefused, BAD_INPUT),
    (FileRefused, BAD_INPUT),
    (RequestRefused, BAD_INPUT),
    (EngineMissing, FAILED),
    (MerestoneError, FAILED),
)


def exit_code_of(error: MerestoneError) -> int:
    """The exit code for an error: the first class in the table that it belongs to."""
    return next(code for kind, code in _CODES if isinstance(error, kind))
