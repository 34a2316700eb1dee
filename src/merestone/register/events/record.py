"""A record as one viewer sees it on one day."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from shapely.geometry.base import BaseGeometry

from merestone.terms import RecordKind, Visibility


class Record(NamedTuple):
    """A record as one viewer sees it on one day.

    ``is_exact`` is False where the outline was generalised, ``shows_text`` where nothing that somebody wrote of it may
    be read: attributes and evidence are empty then, whatever is recorded, and the source is the programme's own word.

    A tuple, because a hundred thousand are made at once: a frozen dataclass takes six times as long. So it is
    `record._asdict()` that gives its fields as a dictionary, and neither `vars` nor `dataclasses.asdict`.
    """

    record_id: str
    kind: RecordKind
    geometry: BaseGeometry
    accuracy_m: float | None
    attributes: Mapping[str, Any]
    source: str
    true_from: date | None
    true_until: date | None
    recorded_at: datetime
    """When this state was written down, in UTC."""
    data_on: date | None
    """The day on which the source stood, if it was stated."""
    visibility: Visibility
    version: int
    row: int | None
    """The feature's number in the imported file, counted from 1; None if it was not imported."""
    label: str
    """The register's label, such as ``synthetic exercise data``; empty for real data."""
    is_exact: bool = True
    status: str | None = None
    """Where a hazardous area stands in its life; None for kinds without one."""
    evidence: tuple[str, ...] = ()
    """The records that support it."""
    begins_on: date | None = None
    """The later day on which it is stated to begin, where it warns already; None of every record that holds."""
    shows_text: bool = True

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The record as a GeoJSON feature."""
        from merestone.register.events.frames import feature_of

        return feature_of(self)
