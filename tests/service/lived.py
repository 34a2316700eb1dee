"""A register in which areas have lived: confirmed, redrawn, released in part; one was public once, and is not now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from shapely import box

from merestone.register import Entry, Register, Sheet
from merestone.terms import RecordKind, Visibility

FIRST = box(0.0, 0.0, 0.01, 0.01)
SMALLER = box(0.0, 0.0, 0.006, 0.01)
RELEASED = box(0.006, 0.0, 0.008, 0.01)
SECRET_PLACE = box(0.2, 0.2, 0.21, 0.21)
SECRET_BEFORE = box(0.3, 0.3, 0.31, 0.31)
OPEN = Visibility.PUBLIC


@dataclass(frozen=True)
class Lived:
    """The file, and the identities in it."""

    path: Path
    area: str
    evidence: str
    secret: str
    withdrawn: str


def clock_from(start: datetime) -> Iterator[datetime]:
    while True:
        yield start
        start += timedelta(days=10)


def make_lived(path: Path) -> Lived:
    """Ten days between any two batches, from 1 January 2026 on."""
    ticks = clock_from(datetime(2026, 1, 1, 12, tzinfo=UTC))
    Register.create(path, label="synthetic exercise data", clock=lambda: datetime(2025, 12, 31, tzinfo=UTC)).close()

    def at_work(register: Register, why: str):  # type: ignore[no-untyped-def]
        instant = next(ticks)
        register._clock = lambda: instant
        return register.batch(by="Anna <i>", why=why, source="team 3")

    with Register.open(path) as register:
        with at_work(register, "first survey") as batch:
            told = {"local_id": "A-1", "remarks": "a secret of the holder"}
            area = batch.record(
                Entry(RecordKind.SUSPECTED, FIRST, 25.0, told, true_from=date(2025, 6, 1), visibility=OPEN)
            )
            secret = batch.record(Entry(RecordKind.SUSPECTED, SECRET_BEFORE, 5.0, {"local_id": "S"}, visibility=OPEN))
            withdrawn = batch.record(
                Entry(RecordKind.SUSPECTED, box(0.4, 0.4, 0.41, 0.41), 5.0, {"local_id": "W"}, visibility=OPEN)
            )
        with at_work(register, "a sign was found") as batch:
            finding = {"local_id": "E-1", "finding": "seen_ordnance", "hazardous_area": area, "remarks": "by the road"}
            evidence = batch.record(Sheet("evidence", finding))
        with at_work(register, "evidence is direct") as batch:
            batch.move(area, "cha", evidence=[evidence], true_from=date(2026, 1, 20))
        with at_work(register, "technical survey reduced it") as batch:
            redrawn = Entry(
                RecordKind.CONFIRMED,
                SMALLER,
                10.0,
                {"local_id": "A-1", "remarks": "a secret of the holder", "donor": "Fund"},
                true_from=date(2026, 1, 30),
                visibility=OPEN,
                status="cha",
            )
            batch.revise(area, redrawn)
            batch.record(
                Entry(
                    RecordKind.REDUCED, RELEASED, 10.0, {"local_id": "R-1", "hazardous_areas": [area]}, visibility=OPEN
                )
            )
        with at_work(register, "must not be known") as batch:
            batch.revise(secret, Entry(RecordKind.CONFIRMED, SECRET_PLACE, 5.0, {"local_id": "S"}))
            batch.withdraw(withdrawn, why="a mistake")
    return Lived(path, area, evidence, secret, withdrawn)
