"""What a table, a picture or a GeoJSON feature needs of a record."""

from collections.abc import Mapping
from typing import Any, Protocol

from shapely.geometry.base import BaseGeometry

from merestone.terms import RecordKind, Visibility


class FramedRecord(Protocol):
    """A record as others show it; `Record` is one, and imports what shows it."""

    @property
    def record_id(self) -> str:
        """Its identity."""

    @property
    def kind(self) -> RecordKind:
        """The layer that it lies on."""

    @property
    def geometry(self) -> BaseGeometry:
        """Its outline, longitude and latitude on WGS 84."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What was stated of it."""

    @property
    def visibility(self) -> Visibility:
        """Who may see it."""
