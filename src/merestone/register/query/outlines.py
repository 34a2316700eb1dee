"""Every outline that was ever recorded of some kinds, whatever became of the record."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.register.file.sqlite_driver import Rows
from merestone.register.query.known_state import known_until
from merestone.terms import RecordKind

# A draft names a kind too, but it says nothing of the land until it is published: it belongs to no record.
_EVER: Final = (
    "SELECT geometry FROM merestone_event WHERE record_id IS NOT NULL AND geometry IS NOT NULL"
    " AND kind IN (SELECT value FROM json_each(:kinds)) AND (true_from IS NULL OR true_from <= :day)"
    " AND (:is_all OR recorded_at < :bound OR (:is_included AND recorded_at = :bound)) ORDER BY seq"
)


def outlines_ever(
    rows: Rows, kinds: Iterable[RecordKind], true_on: date, known_on: date | datetime | None
) -> NDArray[Any]:
    """The outlines, in the order in which they were written down; also of what was revised or withdrawn since.

    Parameters
    ----------
    true_on
        Those that were said to begin after this day are left out.
    known_on
        As the register knew it on a day (when it ended, in UTC) or at an instant. None: all it knows.
    """
    bound, is_included = ("", False) if known_on is None else known_until(known_on)
    fields = {
        "kinds": json.dumps([kind.value for kind in kinds]),
        "day": true_on.isoformat(),
        "is_all": known_on is None,
        "bound": bound,
        "is_included": is_included,
    }
    wkbs = [wkb for (wkb,) in rows(_EVER, fields)]
    return np.asarray(shapely.from_wkb(np.array(wkbs, dtype=object)), dtype=object)
