"""The name of a column in one spelling, by which it is compared with the names of fields."""

import re
import unicodedata
from typing import Final, NamedTuple

_UNIT: Final = re.compile(r"^(?P<name>.*\S)\s*[(\[{](?P<unit>[^()\[\]{}]*)[)\]}]\s*$", re.DOTALL)


class NormalizedName(NamedTuple):
    """A column name with its unit kept apart."""

    name: str
    unit: str | None


def normalized_name(name: str) -> NormalizedName:
    """A column name in one spelling: lower case, words parted by underscores, a unit in brackets kept apart.

    >>> normalized_name("Hazard ID"), normalized_name("Area (m²)")
    (NormalizedName(name='hazard_id', unit=None), NormalizedName(name='area', unit='m2'))
    >>> normalized_name("group/location-Latitude").name
    'group_location_latitude'
    """
    text = unicodedata.normalize("NFKC", name).strip().lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").casefold()
    match = _UNIT.match(text)
    unit = match["unit"].strip() or None if match else None
    return NormalizedName("_".join(re.findall(r"[^\W_]+", match["name"] if match else text)), unit)
