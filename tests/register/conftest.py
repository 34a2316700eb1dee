"""A register to try things on: made once, copied for each test, with a clock that the test sets."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from merestone.register import Register


@dataclass
class Clock:
    """Gives the instant that the test wants; each look at it is a second later, so that no two events coincide."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 1, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture(scope="session")
def blank_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "blank.gpkg"
    with Register.create(path, label="synthetic, for tests", clock=Clock(datetime(2025, 1, 1, tzinfo=UTC))):
        pass
    return path


@pytest.fixture
def register_path(blank_register: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(blank_register, tmp_path / "register.gpkg"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(register_path: Path, clock: Clock) -> Iterator[Register]:
    with Register.open(register_path, clock=clock) as register:
        yield register
