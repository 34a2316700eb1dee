"""What is said where the day of today, or the days stated of hazards, are in doubt: one set of words for all rooms."""

from datetime import date

from merestone.languages import day_text, gettext, ngettext


def clock_sentence(clock_on: date, last_written_on: date) -> str:
    """What is said where the computer's clock lies behind the register's newest word.

    >>> clock_sentence(date(2000, 1, 1), date(2026, 11, 28))[:84]
    "This computer's clock says 2000-01-01, but the register was last written on 2026-11-"
    """
    return gettext(
        "This computer's clock says {clock_on}, but the register was last written on {last_written_on}; hazards of "
        "both days are warned of. Set the clock.",
        clock_on=day_text(clock_on),
        last_written_on=day_text(last_written_on),
    )


def begins_sentence(begins_on: date) -> str:
    """What is said of one hazard that is stated to begin later.

    >>> begins_sentence(date(2062, 5, 1))
    'It is stated to begin on 2062-05-01; it is warned of already.'
    """
    # safety: said of a hazard
    return gettext("It is stated to begin on {day}; it is warned of already.", day=day_text(begins_on))


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
    if begin_later_count and begin_later_first_on is not None:
        parts.append(
            ngettext(
                "{count} hazard is stated to begin on {day}; it is warned of already.",
                "{count} hazards are stated to begin later, the first on {day}; they are warned of already.",
                begin_later_count,
                day=day_text(begin_later_first_on),
            )
        )
    return tuple(parts)
