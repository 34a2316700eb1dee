"""What is said where the day of today, or the days stated of hazards, are in doubt: one set of words for all rooms."""

from datetime import date


def clock_sentence(clock_on: date, last_written_on: date) -> str:
    """What is said where the computer's clock lies behind the register's newest word.

    >>> clock_sentence(date(2000, 1, 1), date(2026, 11, 28))[:84]
    "This computer's clock says 2000-01-01, but the register was last written on 2026-11-"
    """
    return (
        f"This computer's clock says {clock_on.isoformat()}, but the register was last written on "
        f"{last_written_on.isoformat()}; hazards of both days are warned of. Set the clock."
    )


def begins_sentence(begins_on: date) -> str:
    """What is said of one hazard that is stated to begin later.

    >>> begins_sentence(date(2062, 5, 1))
    'It is stated to begin on 2062-05-01; it is warned of already.'
    """
    return f"It is stated to begin on {begins_on.isoformat()}; it is warned of already."


def doubts_of_days(
    clock_on: date | None, last_written_on: date | None, begin_later_count: int, begin_later_first_on: date | None
) -> tuple[str, ...]:
    """The sentences for whichever of the two doubts there is; usually none.

    >>> doubts_of_days(None, None, 2, date(2062, 5, 1))
    ('2 hazards are stated to begin later, the first on 2062-05-01; they are warned of already.',)
    """
    parts = []
    if clock_on is not None and last_written_on is not None:
        parts.append(clock_sentence(clock_on, last_written_on))
    if begin_later_count == 1 and begin_later_first_on is not None:
        parts.append(f"1 hazard is stated to begin on {begin_later_first_on.isoformat()}; it is warned of already.")
    elif begin_later_count and begin_later_first_on is not None:
        parts.append(
            f"{begin_later_count:,} hazards are stated to begin later, the first on "
            f"{begin_later_first_on.isoformat()}; they are warned of already."
        )
    return tuple(parts)
