"""What the service holds in memory of a register: one snapshot for its tier, ready to be shown and screened."""

import json
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import numpy as np
import orjson
import shapely

from merestone.bulk import index_of
from merestone.languages import current_language
from merestone.register import (
    EXACT,
    PUBLIC,
    Covers,
    PublicChanges,
    Recall,
    Record,
    Register,
    RegisterBusy,
    RegisterMissing,
    Snapshot,
)
from merestone.screening import HazardIndex
from merestone.service.packed import Packed
from merestone.service.tile_cache import TileCache
from merestone.service.times import Times
from merestone.terms import MerestoneError, RecordKind, number_of
from merestone.tiles import TileAddress, TileSet


class Tier(StrEnum):
    """Who is served. The public tier sees outward generalisations that contain the true outlines, and nothing exact."""

    PUBLIC = "public"
    EXACT = "exact"


@dataclass(frozen=True)
class Holding:
    """One snapshot, and what is made from it once and served often."""

    snapshot: Snapshot
    tier: Tier
    stamp: tuple[int, ...]
    """What the file looked like, and the day; see `Keeper`."""
    chain: str
    """The last link of the register's chain."""
    founded_on: date
    """The day on which the register began; before it, nothing was known."""
    today: date
    """The day, in UTC, that was taken for today when it was read (`Register.today`)."""

    @cached_property
    def earliest_on(self) -> date:
        """The first day of which any record shown speaks; a time slider begins there."""
        stated = [record.true_from for record in self.records if record.true_from is not None]
        return min((self.founded_on, *stated))

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """What the tier is shown.

        The public map warns, and shows no released land: beside outlines drawn larger on purpose, what was cancelled,
        reduced or cleared would be taken for an assurance that nobody gives.
        """
        if self.tier is Tier.EXACT:
            return self.snapshot.shown
        return self.hazards

    @property
    def hidden_count(self) -> int:
        """How many records of released land the tier is not shown."""
        return self.snapshot.withheld_count + len(self.snapshot.shown) - len(self.records)

    @cached_property
    def hazards(self) -> tuple[Record, ...]:
        """The records that screening warns of, in the order of the index."""
        return self.snapshot.hazards

    @cached_property
    def index(self) -> HazardIndex:
        """The index over `hazards`."""
        return index_of(self.snapshot)

    @cached_property
    def by_id(self) -> dict[str, Record]:
        """Records by their identity; of one that is shown twice, the state that holds."""
        return {record.record_id: record for record in reversed(self.records)}

    @cached_property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The kinds of which there are records, in the order of `RecordKind`."""
        kinds = {record.kind for record in self.records}
        return tuple(kind for kind in RecordKind if kind in kinds)

    @cached_property
    def bounds_deg(self) -> tuple[float, float, float, float] | None:
        """West, south, east and north of all records, in degrees; None if there are none."""
        if not self.records:
            return None
        west, south, east, north = shapely.total_bounds(np.array([r.geometry for r in self.records], dtype=object))
        return float(west), float(south), float(east), float(north)

    @cached_property
    def tile_set(self) -> TileSet:
        """The records as map tiles: hazards no smaller than their outlines here, released land no larger."""
        records = self.records
        return TileSet(
            [record.geometry for record in records],
            [record.kind.is_hazard for record in records],
            [
                {"record_id": record.record_id, "kind": record.kind.value, "is_hazard": record.kind.is_hazard}
                for record in records
            ],
            [record.kind.value for record in records],
        )

    @cached_property
    def outlines_from_zoom(self) -> int:
        """The first zoom at which the map shows outlines; before it, cells that count them."""
        return self.tile_set.readable_from(READABLE_AT_ONCE)

    def refuse_all_at_once(self) -> None:
        """Refuse to write out all records in one answer if they are too many (`TooManyAtOnce`)."""
        if len(self.records) > MOST_AT_ONCE["records"]:
            raise TooManyAtOnce(len(self.records), MOST_AT_ONCE["records"])

    @cached_property
    def map_data(self) -> Packed:
        """All records as one GeoJSON feature collection, packed once.

        Raises
        ------
        TooManyAtOnce
        """
        self.refuse_all_at_once()
        return Packed.of(collection_parts({"type": "FeatureCollection"}, self.records))


def _compact(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a whole number of more than 64 bits, or half of a surrogate pair
        return json.dumps(value, separators=(",", ":"))


def feature_of(record: Record) -> dict[str, Any]:
    """A record as a GeoJSON feature, with what its viewer may know.

    Every digit is sent: a rounded corner of a public outline could lie inside the true one.
    """
    return {
        "type": "Feature",
        "id": record.record_id,
        "geometry": json.loads(shapely.to_geojson(shapely.force_2d(record.geometry))),
        "properties": properties_of(record),
    }


def collection_parts(about: dict[str, Any], records: Sequence[Record]) -> Iterator[bytes]:
    """A GeoJSON feature collection piece by piece, a few hundred records at a time: it is never in memory as a whole.

    Parameters
    ----------
    about
        What stands in it before the features.
    """
    yield _compact(about)[:-1].encode() + b',"features":['
    for start in range(0, len(records), AT_A_TIME):
        few = records[start : start + AT_A_TIME]
        geometries = np.array([record.geometry for record in few], dtype=object)
        outlines = shapely.to_geojson(shapely.force_2d(geometries) if shapely.has_z(geometries).any() else geometries)
        features = (
            f'{{"type":"Feature","id":{_compact(record.record_id)},"geometry":{outline},'
            f'"properties":{_compact(properties_of(record))}}}'
            for record, outline in zip(few, outlines, strict=True)
        )
        yield (b"," if start else b"") + ",".join(features).encode()
    yield b"]}"


def properties_of(record: Record) -> dict[str, Any]:
    """What the viewer may know of a record beside its outline."""
    return {"record_id": record.record_id, **_shared_properties(record), "attributes": dict(record.attributes)}


@lru_cache(maxsize=256)
def _kind_label(kind: RecordKind, _language: str) -> str:
    return kind.label


@lru_cache(maxsize=256)
def _instant_text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")  # of all records of one import the same


def _shared_properties(record: Record) -> dict[str, Any]:
    """What a viewer may know of a record beside its name, its attributes and its outline."""
    return {
        "kind": record.kind.value,
        "kind_label": _kind_label(record.kind, current_language().tag),
        "is_hazard": record.kind.is_hazard,
        "is_exact": record.is_exact,
        "accuracy_m": record.accuracy_m,
        "true_from": record.true_from and record.true_from.isoformat(),
        "true_until": record.true_until and record.true_until.isoformat(),
        "begins_on": record.begins_on and record.begins_on.isoformat(),
        "recorded_at": _instant_text(record.recorded_at),
        "data_on": record.data_on and record.data_on.isoformat(),
        "source": record.source,
        "label": record.label,
    }


READABLE_AT_ONCE: Final = 1_500
"""How many outlines on one tile people can tell apart, and a telephone draws at once: some 60 kB."""
MOST_AT_ONCE: Final = {"records": 100_000, "cells": 400_000}
"""Records that one answer may be made of, as outlines or as squares that count them: some 2 s of a core, and 5."""
AT_A_TIME: Final = 200
"""Records that are written out at once."""
WAIT_S: Final = 1.5
"""How long a page or a form waits for another program that holds the register, before the person is told."""
BUSY_FOR_S: Final = 0.5
"""For so long after that, nobody waits: what queues up behind one page must not wait once more each."""
READ_AT_MOST: Final = 3
"""How often a register is read anew that others write to meanwhile."""
PAST_KEPT: Final = 2
"""How many holdings of the past are kept: each is as large as the present one."""
_K = TypeVar("_K")
_V = TypeVar("_V")


def _keep(cache: OrderedDict[_K, _V], key: _K, value: _V, most: int) -> None:
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)


class TooManyAtOnce(MerestoneError):
    """One answer would be made of so many records that it took more than 5 s of a core."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(
            f"this would be made of {number_of(count, 'record')} at once, and {most:,} are the most; ask for items "
            "by bbox and "
            "limit, or for tiles of a smaller part. The register's holder has all of it from `merestone export`"
        )


class Keeper:
    """Keeps the holding of one register up to date: when the file changes, the next request sees the change."""

    def __init__(self, path: Path, tier: Tier, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path, self.tier, self._clock = path, tier, clock
        self._lock = threading.Lock()
        self._busy_at_s = -math.inf
        self._holding: Holding | None = None
        self._covers, self._recall = Covers(), Recall()
        self._past_lock = threading.Lock()
        self._past: OrderedDict[tuple[tuple[int, ...], Times], Holding] = OrderedDict()
        self._tiles = TileCache()

    @contextmanager
    def open_register(self, *, read_only: bool = False, look_for_damage: bool = True) -> Iterator[Register]:
        """Open the register for one page or form. Every page and form opens it here, so that none waits for long.

        Raises
        ------
        RegisterBusy
            Another program holds it, for `WAIT_S` or, where somebody waited so long just now, at all.
        RegisterMissing, RegisterDamaged
        """
        wait_s = WAIT_S if time.monotonic() - self._busy_at_s > BUSY_FOR_S else 0.0
        try:
            with Register.open(
                self.path, read_only=read_only, wait_s=wait_s, look_for_damage=look_for_damage
            ) as register:
                yield register
        except RegisterBusy:
            self._busy_at_s = time.monotonic()
            raise

    def read_ahead(self) -> None:
        """Read the register now, if no other program holds it: who asks then waits for it once, and not twice."""
        self._busy_at_s = time.monotonic()
        with suppress(MerestoneError):  # the request will say so
            self.current()
        self._busy_at_s = -math.inf

    def at(self, times: Times) -> Holding:
        """What held at the times asked for; the present holding if they are the present.

        Raises
        ------
        RegisterMissing
        """
        present = self.current()
        if times.is_now:
            return present
        with self._past_lock:  # one at a time: whoever drags a slider must not take the machine from who checks a place
            return self._at(present, times)

    def tile(self, holding: Holding, times: Times, form: Literal["records", "cells"], address: TileAddress) -> Packed:
        """A tile of a holding that was got for these times; kept for the next who asks."""
        # The keeper serves one tier; language does not enter, since tiles hold no words.
        key = (holding.chain, holding.stamp[-1], holding.tier, times, form, address)
        tiles, most = holding.tile_set, MOST_AT_ONCE[form]
        if len(holding.records) > most and (count := tiles.count_near(address)) > most:
            raise TooManyAtOnce(count, most)
        return self._tiles.get(key, lambda: tiles.tile(address) if form == "records" else tiles.cells(address))

    def _forget_older(self, holding: Holding) -> None:
        """Let go of what was made from the file as it was before; if that is in use, the next change does it."""
        marks = holding.chain, holding.stamp[-1]
        self._tiles.forget(lambda key: isinstance(key, tuple) and key[:2] != marks)
        if self._past_lock.acquire(blocking=False):
            try:
                self._past = OrderedDict((key, entry) for key, entry in self._past.items() if key[0] == holding.stamp)
            finally:
                self._past_lock.release()

    def _at(self, present: Holding, times: Times) -> Holding:
        key = (present.stamp, times)
        if key not in self._past:
            while len(self._past) >= PAST_KEPT:
                self._past.popitem(last=False)  # before the next is read, beside which it would be held
            with self.open_register(read_only=True) as register:
                snapshot = self._asked(register, times)
            holding = Holding(snapshot, self.tier, present.stamp, present.chain, present.founded_on, present.today)
            self._past[key] = holding
        return self._past[key]

    @property
    def newest_chain(self) -> str | None:
        """The last link of the register's chain as it was last read; None if it was not read yet. Reads nothing."""
        return None if self._holding is None else self._holding.chain

    def current(self) -> Holding:
        """The holding as the file stands now.

        Raises
        ------
        RegisterMissing
            The file is gone since the service started.
        """
        stamp = self._stamp()
        holding = self._holding
        if holding is not None and holding.stamp == stamp:
            return holding
        with self._lock:
            stamp = self._stamp()
            if self._holding is None or self._holding.stamp != stamp:
                self._holding = self._read(stamp)
                self._forget_older(self._holding)
            return self._holding

    def last_read(self) -> tuple[Holding | None, bool]:
        """The holding that was read last, and whether the file still is as it was then. Reads nothing.

        Raises
        ------
        RegisterMissing
        """
        holding = self._holding
        return holding, holding is not None and holding.stamp == self._stamp()

    def _read(self, stamp: tuple[int, ...]) -> Holding:
        with self.open_register(read_only=True) as register:
            holding, chain = self._holding, register.head().chain
            if holding is not None and holding.chain == chain and holding.stamp[-1] == stamp[-1]:
                return replace(holding, stamp=stamp)  # the file was touched, but nothing was recorded
            snapshot = self._asked(register, Times())
            for _ in range(READ_AT_MOST):
                if register.head().chain == chain:
                    break
                chain = register.head().chain  # somebody wrote meanwhile: what is held must be of this very chain
                snapshot = self._asked(register, Times())
            founded_on, today = register.event(1).recorded_at.date(), register.today()
        return Holding(snapshot, self.tier, stamp, chain, founded_on, today)

    def _asked(self, register: Register, times: Times) -> Snapshot:
        viewer = EXACT if self.tier is Tier.EXACT else PUBLIC
        return register.as_of(times.true_on, times.known_on, viewer, covers=self._covers, recall=self._recall)

    def public_changes(self, holding: Holding) -> PublicChanges:
        """What has changed of what the public may see, up to what is held.

        Raises
        ------
        RegisterBusy
            Another register took the place of the file meanwhile.
        RegisterMissing
        """
        with self.open_register(read_only=True) as register:
            try:
                return register.public_changes(holding.chain)
            except LookupError:
                raise RegisterBusy(self.path, "was replaced just now", "ask again") from None

    def _stamp(self) -> tuple[int, ...]:
        return stamp_of(self.path, self._clock())


def stamp_of(path: Path, now: datetime) -> tuple[int, ...]:
    """What changes when the file does: size and time of it and its log; and the day, since states begin and end.

    Raises
    ------
    RegisterMissing
    """
    marks = []
    for part in (path, f"{path}-wal"):
        try:
            file_stat = os.stat(part)
        except FileNotFoundError:
            if part is path:
                raise RegisterMissing(
                    path, "is not there any more", "put the register back, or serve another"
                ) from None
            marks += [0, 0]
        else:
            # A reader's own log is empty; counting it would make every look at the file seem to change it.
            marks += [file_stat.st_size, file_stat.st_mtime_ns if file_stat.st_size else 0]
    return (*marks, now.toordinal())
