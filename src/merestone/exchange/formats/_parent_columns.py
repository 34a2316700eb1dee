"""Columns of a table that name a row of another, as Survey123, Field Maps and ODK write them."""

from typing import Final

PARENTS: Final = {
    "parentglobalid": "globalid", "parent_globalid": "globalid", "parentguid": "globalid", "parent_guid": "globalid",
    "rel_globalid": "globalid", "parent_key": "key", "_parent_index": "_index",
}  # fmt: skip
"""By their name, lower case: the column of the other table that holds what they name."""
PARENT_COLUMNS: Final = frozenset(PARENTS)
