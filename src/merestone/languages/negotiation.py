"""Which language somebody gets: the one named, else the one kept, else the best that the browser asks for.

Sources: RFC 9110, 12.5.4 (Accept-Language with weights); RFC 4647, 3.4 (lookup: ``lt-LT`` is served by ``lt``).
"""

from merestone.languages.tags import LANGUAGES, Language, language_of


def negotiated_language(chosen: str, before: str, accepted: str) -> Language:
    """The language of an answer.

    Parameters
    ----------
    chosen
        The tag in the address, or empty. Only here a pseudo-language can be had.
    before
        The tag that was chosen before and kept, or empty.
    accepted
        The header Accept-Language, or empty.

    >>> negotiated_language("", "", "sv, uk-UA;q=0.8, en;q=0.9").tag
    'en'
    """
    language = language_of(chosen) or language_of(before)
    if language is not None:
        return language
    for _, tag in sorted(_weighted(accepted), key=lambda weighted: -weighted[0]):  # stable: the first named wins
        parts = tag.split("-")
        for length in range(len(parts), 0, -1):
            language = language_of("-".join(parts[:length]))
            if language in LANGUAGES and language is not None:
                return language
    return LANGUAGES[0]


def _weighted(accepted: str) -> list[tuple[float, str]]:
    """Each range with its weight; those of weight 0, and a weight that is no number, are left out."""
    weighted = []
    for part in accepted.split(",")[:50]:  # no browser asks for more, and each costs time
        tag, _, parameters = part.strip().partition(";")
        name, _, value = parameters.strip().partition("=")
        try:
            weight = float(value) if name.strip().lower() == "q" else 1.0
        except ValueError:
            continue
        if 0 < weight <= 1 and tag and tag != "*":
            weighted.append((weight, tag.strip()))
    return weighted
