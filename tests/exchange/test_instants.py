"""Moments become days: in the time zone that the user states, and the same in every format."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from merestone.cli.main import merestone
from merestone.exchange import import_file
from merestone.exchange.imports.preview import preview_file
from merestone.exchange.imports.rereading import ReadOtherwise
from merestone.exchange.rows.instants import day_of, time_zone_of
from merestone.register import Register
from merestone.terms import FieldRefused, RecordKind

FIELD: Final = "survey_on"
ZONES: Final = ("Europe/Sarajevo", "Asia/Kabul", "America/Bogota", "Pacific/Apia", "UTC")
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1950, 2100))
BEFORE_MIDNIGHT_UTC: Final = datetime(2026, 5, 3, 22, 30, tzinfo=UTC)
BOX: Final = shapely.box(17.0, 45.0, 17.01, 45.01)


@given(
    st.datetimes(FIRST, LAST, timezones=st.sampled_from([ZoneInfo(z) for z in ZONES])),
    st.sampled_from(ZONES),
)
def test_every_spelling_of_an_instant_is_the_day_in_the_zone(moment: datetime, zone: str) -> None:
    day = moment.astimezone(ZoneInfo(zone)).date()
    in_utc = moment.astimezone(UTC).replace(tzinfo=None)
    for text in (moment.astimezone(UTC).isoformat(), f"{in_utc.isoformat()}Z", f"{in_utc.isoformat(' ')} +00:00"):
        assert day_of(text, ZoneInfo(zone)) == day


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.sampled_from(ZONES))
def test_noon_of_the_device_is_the_day_that_was_answered(day: date, zone: str) -> None:
    """Survey123 stores the answer to a question for a date as noon of the device's zone, in UTC."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert day_of(noon.isoformat(), ZoneInfo(zone)) == day


@pytest.mark.parametrize("zone", [None, ZoneInfo("Pacific/Apia"), ZoneInfo("America/Bogota")])
def test_a_day_and_a_moment_without_an_offset_stay_as_written(zone: tzinfo | None) -> None:
    for text in ("2026-05-03", " 2026-05-03 ", "2026-05-03T23:59:59", "2026-05-03 00:00", "2026-05-03 about noon"):
        assert day_of(text, zone) == date(2026, 5, 3)
    assert day_of("9999-12-31T23:59:59Z", zone) == date(9999, 12, 31)
    with pytest.raises(ValueError, match="nvalid"):
        day_of("the third of May", zone)


@pytest.mark.parametrize("name", ["Europe/Sarajewo", "", "../etc/passwd", "/etc", "Europe", "CEST+2", "a\0b"])
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(FieldRefused, match="Europe/Sarajevo"):
        time_zone_of(name)


def _gdal(driver: str) -> Callable[[Path, datetime], None]:
    def write(path: Path, moment: datetime) -> None:
        naive = np.array([moment.astimezone(UTC).replace(tzinfo=None)], dtype="datetime64[ms]")
        pyogrio.raw.write(
            path, np.array([shapely.to_wkb(BOX)], dtype=object), [naive], [FIELD], geometry_type="Polygon",
            crs="EPSG:4326", driver=driver, gdal_tz_offsets={FIELD: np.array([100])},
        )  # fmt: skip

    return write


def _geojson(path: Path, moment: datetime) -> None:
    feature = {"type": "Feature", "geometry": shapely.geometry.mapping(BOX), "properties": {FIELD: moment.isoformat()}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")


def _esri(path: Path, moment: datetime) -> None:
    epoch_ms = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    content: dict[str, Any] = {
        "spatialReference": {"wkid": 4326},
        "geometryType": "esriGeometryPolygon",
        "fields": [{"name": FIELD, "type": "esriFieldTypeDate"}],
        "features": [{"attributes": {FIELD: epoch_ms}, "geometry": {"rings": [list(BOX.exterior.coords)]}}],
    }
    path.write_text(json.dumps(content), encoding="utf-8")


def _csv(path: Path, moment: datetime) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["wkt", FIELD], [BOX.wkt, moment.isoformat()]])


def _xlsx(path: Path, moment: datetime) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["wkt", FIELD])
    book.active.append([BOX.wkt, moment.isoformat()])  # a cell for a date has no zone; forms export a text
    book.save(path)


FORMATS: Final[dict[str, Callable[[Path, datetime], None]]] = {
    "a.gpkg": _gdal("GPKG"),
    "a.fgb": _gdal("FlatGeobuf"),
    "a.geojson": _geojson,
    "a.csv": _csv,
    "a.xlsx": _xlsx,
    "a.json": _esri,
}


def _day_of_import(folder: Path, path: Path, time_zone: str | None) -> Any:
    with Register.create(folder / f"{path.name}-{str(time_zone).replace('/', '-')}.register") as register:
        import_file(
            register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester",
            time_zone=time_zone,
        )  # fmt: skip
        [record] = register.as_of().records
        return record.attributes[FIELD]


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_instant_is_the_same_day_in_every_format(name: str, tmp_path: Path) -> None:
    """2026-11-28: a moment was cut to its first ten characters, so that a survey after midnight moved a day back."""
    path = tmp_path / name
    FORMATS[name](path, BEFORE_MIDNIGHT_UTC)
    assert _day_of_import(tmp_path, path, "Europe/Sarajevo") == "2026-05-04"
    assert _day_of_import(tmp_path, path, "America/Bogota") == "2026-05-03"
    assert _day_of_import(tmp_path, path, None) == "2026-05-03"


def test_another_time_zone_is_another_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    _geojson(path, BEFORE_MIDNIGHT_UTC)
    call: dict[str, Any] = {"kind": RecordKind.SUSPECTED, "source": "a test", "accuracy_m": 25.0, "by": "tester"}
    with Register.create(tmp_path / "register.gpkg") as register:
        assert import_file(register, path, **call, time_zone="Europe/Sarajevo").already is None
        assert import_file(register, path, **call, time_zone="Europe/Sarajevo").already is not None
        with pytest.raises(ReadOtherwise, match="time_zone Europe/Sarajevo, now not stated"):
            import_file(register, path, **call)


def test_the_command_and_its_preview_take_the_time_zone(tmp_path: Path) -> None:
    path, where = tmp_path / "a.geojson", tmp_path / "register.gpkg"
    _geojson(path, BEFORE_MIDNIGHT_UTC)
    Register.create(where).close()
    call = ["import", str(where), str(path), "--as", "suspected", "--source", "a", "--accuracy-m", "9", "--by", "t"]
    refused = CliRunner().invoke(merestone, [*call, "--time-zone", "Europe/Sarajewo"])
    assert isinstance(refused.exception, FieldRefused)
    assert "IANA" in str(refused.exception)
    assert CliRunner().invoke(merestone, [*call, "--time-zone", "Europe/Sarajevo"]).exit_code == 0
    with Register.open(where) as register:
        assert [record.attributes[FIELD] for record in register.as_of().records] == ["2026-05-04"]
    looked = preview_file(path, kind=RecordKind.SUSPECTED, accuracy_m=9.0, time_zone="Europe/Sarajevo")
    assert [entry.attributes[FIELD] for entry in looked.entries.values()] == ["2026-05-04"]
