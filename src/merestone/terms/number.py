"""A count with its noun, so that no sentence says "1 rows"."""


def number_of(count: int, singular: str, plural: str | None = None) -> str:
    """A count in digits, then what is counted; a verb that follows goes into both forms.

    `plural` may be left out where it is `singular` and an s. For sentences that are only in English; those that are
    translated take `merestone.languages.ngettext`.

    >>> number_of(1, "row"), number_of(1200, "row"), number_of(0, "entry", "entries")
    ('1 row', '1,200 rows', '0 entries')
    >>> number_of(1, "row was left out", "rows were left out")
    '1 row was left out'
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def unplaced_text(count: int) -> str:
    """What is said in English of rows in quarantine that may be hazards, without a full stop.

    >>> unplaced_text(1)
    '1 row that may be a hazard has no usable place'
    """
    return number_of(
        count, "row that may be a hazard has no usable place", "rows that may be hazards have no usable place"
    )
