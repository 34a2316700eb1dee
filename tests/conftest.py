"""Fixtures for all rooms: where real data may lie, and what a missing engine means."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from merestone.cli.main import merestone
from tests.browsers import Chromium, browsers_end_after, chromium_path, close

# How quickly an example is made says what else the machine does, and nothing about the code.
settings.register_profile("merestone", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Continuous integration judges a change by the same 40 examples each time; `make test` and `make slow` seek new ones.
settings.register_profile("ci", settings.get_profile("merestone"), derandomize=True, database=None, max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "merestone"))


# Nothing that a test's register held is kept in anybody's cache folder; tests of the cache choose a folder themselves.
os.environ["MERESTONE_NO_CACHE"] = "1"


BROWSER_TEST_MOST_S = 400.0
"""A test with a browser takes some 20 s at most on two quiet cores, and ten times as long on busy ones."""


def shared_folder() -> Path:
    """The folder of real data sets that are not part of the project: beside the checkout, or MERESTONE_SHARED."""
    return Path(os.environ.get("MERESTONE_SHARED") or Path(__file__).parents[2] / "shared")


@pytest.fixture(scope="session")
def bih_folder() -> Path:
    """Bosnia's suspected and cleared areas: test data only, never for warning, and not to be redistributed."""
    folder = shared_folder() / "data" / "bih"
    if not (folder / "suspect_areas_simplyfied.geojson").exists():
        pytest.skip(f"the Bosnian test data is not at {folder}; set MERESTONE_SHARED to the folder that holds data/bih")
    return folder


@pytest.fixture(scope="session")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of the packaged exercise data, made by the command; for tests that only read it."""
    path = tmp_path_factory.mktemp("exercise") / "exercise.gpkg"
    made = CliRunner().invoke(merestone, ["init", str(path), "--exercise"])
    assert made.exit_code == 0, made.output
    return path


def missing_engine(reason: str) -> None:
    """Skip on a laptop, fail where MERESTONE_REQUIRE_ENGINES is set: a machine that should have it may not skip it."""
    if os.environ.get("MERESTONE_REQUIRE_ENGINES"):
        pytest.fail(f"MERESTONE_REQUIRE_ENGINES is set, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if not chromium_path():
        missing_engine("Chromium is not installed; apt-get install chromium, or set MERESTONE_CHROMIUM to its path")
    with sync_api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Any) -> Iterator[Any]:
    started = Chromium(playwright)
    yield started
    close(started)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """A browser that no longer answers ends, and with it the wait of the test: Playwright waits for ever."""
    uses_browser = "playwright" in getattr(item, "fixturenames", ())
    with browsers_end_after(BROWSER_TEST_MOST_S) if uses_browser else nullcontext():
        return (yield)
