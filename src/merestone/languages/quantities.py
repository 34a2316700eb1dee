"""Numbers, distances and days as the reader of this answer writes them (CLDR, by Babel).

English keeps the form of the rest of the product: days as ISO 8601 has them, thousands with commas.
"""

from datetime import date, datetime

from merestone.languages.speaking import current_language
from merestone.languages.tags import Language


def number_text(value: float, places: int = 0) -> str:
    """A number with as many decimal places at the most, rounded to the nearest.

    >>> number_text(12345.6, 1)
    '12,345.6'
    """
    language = current_language()
    if language.tag == "en":
        return f"{value:,.{places}f}"
    from babel.numbers import format_decimal

    return format_decimal(round(value, places), "#,##0" + ("." + "#" * places if places else ""), locale=language.cldr)


def metres_text(value: float, unit: str = "m", places: int = 0) -> str:
    """A distance that is rounded already, in ``m``, ``km`` or ``m²``, the unit as the language abbreviates it.

    >>> metres_text(1234.0)
    '1,234 m'
    """
    language = current_language()
    if language.tag == "en":
        return f"{value:,.{places}f} {unit}"
    from babel.units import format_unit

    name = {"m": "length-meter", "km": "length-kilometer", "m²": "area-square-meter"}[unit]
    pattern = "#,##0" + ("." + "0" * places if places else "")
    text: str = format_unit(value, name, length="short", format=pattern, locale=language.cldr)
    return text


def day_text(day: date) -> str:
    """A day; the month in words, so that nobody takes it for another.

    >>> from datetime import date
    >>> day_text(date(2026, 5, 3))
    '2026-05-03'
    """
    language = current_language()
    if language.tag == "en":
        return day.isoformat()
    from babel.dates import format_date

    return format_date(day, "long", locale=language.cldr)


def day_form(language: Language) -> dict[str, str]:
    """How a language writes a day, for scripts: at ``form`` the order of its parts, and its months by number.

    As `day_text` writes it, so that no browser's own calendar is asked: some have none of Belarusian.

    >>> from merestone.languages import language_of
    >>> form = day_form(language_of("lt"))
    >>> form["form"], form["11"]
    ('{year} m. {month} {day} d.', 'lapkričio')
    """
    from babel import Locale

    locale = Locale.parse(language.cldr)
    parts = {"y": "{year}", "MMMM": "{month}", "M": "{number}", "d": "{day}"}
    months = {str(number): str(name) for number, name in locale.months["format"]["wide"].items()}
    return {"form": locale.date_formats["long"].format % parts, **months}


def instant_text(instant: datetime, *, is_numeric: bool = False) -> str:
    """An instant to the minute, with its offset from UTC; the month as a number where each letter costs.

    >>> from datetime import UTC, datetime
    >>> instant_text(datetime(2026, 5, 3, 14, 0, tzinfo=UTC))
    '2026-05-03 14:00 UTC'
    """
    offset = f"{instant:%z}"
    zone = "UTC" if offset in ("", "+0000") else f"UTC{offset[:3]}:{offset[3:5]}"
    day = _numeric_day_text(instant.date()) if is_numeric else day_text(instant.date())
    return f"{day} {instant:%H:%M} {zone}"


def _numeric_day_text(day: date) -> str:
    """A day with its year in four digits; no language here writes the month before the day."""
    language = current_language()
    if language.tag == "en":
        return day.isoformat()
    from babel.dates import format_skeleton

    return str(format_skeleton("yMd", day, locale=language.cldr))
