"""The level of what is imported: chosen, kept from an export of ours, or that of its kind."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.exchange import import_file, publish_layer
from merestone.exchange.imports.new_record import add_record
from merestone.register import EXACT, Register
from merestone.terms import LEVELS, RecordKind, Visibility


@pytest.fixture
def register_path(tmp_path: Path) -> Path:
    path = tmp_path / "areas.gpkg"
    Register.create(path, label="synthetic").close()
    return path


@pytest.fixture
def register(register_path: Path) -> Iterator[Register]:
    with Register.open(register_path) as register:
        yield register


def area(number: int) -> dict[str, object]:
    west = 17.0 + 0.1 * number
    ring = [[west, 44.0], [west + 0.01, 44.0], [west + 0.01, 44.01], [west, 44.01], [west, 44.0]]
    properties = {"local_id": f"A-{number}"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def file_of(path: Path, *numbers: int) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [area(number) for number in numbers]}))
    return path


def taken(register: Register, path: Path, kind: RecordKind = RecordKind.SUSPECTED, **more: object) -> None:
    import_file(register, path, kind=kind, source="s", by="Ana", accuracy_m=5.0, **more)  # type: ignore[arg-type]


def levels(register: Register) -> list[Visibility]:
    return [record.visibility for record in register.as_of().records]


@pytest.mark.parametrize("kind", [one for one in RecordKind if one not in ("accident", "incident", "spot_find")])
def test_import_takes_the_level_of_the_kind(register: Register, tmp_path: Path, kind: RecordKind) -> None:
    """2026-11-28, review of the web, A8: everything was restricted, so 805 km2 became 5,277 km2 on the public map."""
    taken(register, file_of(tmp_path / "a.geojson", 1), kind)
    is_area = kind in (RecordKind.SUSPECTED, RecordKind.CONFIRMED)
    assert levels(register) == [Visibility.PUBLIC if is_area else Visibility.RESTRICTED]


@pytest.mark.parametrize("level", LEVELS)
def test_chosen_level_holds_whatever_the_kind(register: Register, tmp_path: Path, level: Visibility) -> None:
    for number, kind in enumerate((RecordKind.SUSPECTED, RecordKind.RESTRICTED, RecordKind.CLEARED)):
        taken(register, file_of(tmp_path / f"{kind}.geojson", number), kind, visibility=level)
    assert levels(register) == [level] * 3


@pytest.mark.parametrize("ending", ["geojson", "csv", "gpkg", "kml"])
def test_own_export_keeps_its_levels(register: Register, tmp_path: Path, ending: str) -> None:
    """What one programme restricted is not made public by another's import of its exact export."""
    for number, level in enumerate(LEVELS):
        taken(register, file_of(tmp_path / f"{level}.geojson", number), visibility=level)
    target = tmp_path / f"exact.{ending}"
    publish_layer(register.as_of(), target, kind=RecordKind.SUSPECTED, tier=EXACT)
    with Register.create(tmp_path / "other.gpkg") as other:
        taken(other, target)
        assert levels(other) == list(LEVELS)
    with Register.create(tmp_path / "chosen.gpkg") as other:
        taken(other, target, visibility=Visibility.RESTRICTED)
        assert set(levels(other)) == {Visibility.RESTRICTED}


def test_delivery_keeps_levels_and_adds_nothing_more_open_than_what_it_updates(
    register: Register, tmp_path: Path
) -> None:
    taken(register, file_of(tmp_path / "a.geojson", 1, 2), visibility=Visibility.RESTRICTED)
    taken(register, file_of(tmp_path / "b.geojson", 1, 2, 3), update_by="local_id")
    assert levels(register) == [Visibility.RESTRICTED] * 3
    taken(register, file_of(tmp_path / "c.geojson", 1, 2, 3, 4), update_by="local_id", visibility=Visibility.OPEN)
    assert levels(register) == [Visibility.RESTRICTED] * 3 + [Visibility.OPEN]


def test_same_file_with_another_level_is_not_taken_for_the_same_import(register: Register, tmp_path: Path) -> None:
    from merestone.exchange.imports.rereading import ReadOtherwise

    path = file_of(tmp_path / "a.geojson", 1)
    taken(register, path, visibility=Visibility.RESTRICTED)
    with pytest.raises(ReadOtherwise, match="visibility restricted, now public"):
        taken(register, path)


def test_added_record_takes_the_level_of_its_kind(register: Register) -> None:
    from shapely import box

    given = {"by": "Ana", "source": "s", "why": "w", "geometry": box(17, 44, 17.01, 44.01)}
    add_record(register, "suspected", {"local_id": "A"}, **given)  # type: ignore[arg-type]
    decree = {"local_id": "A", "authority": "ministry", "closed_from": "2024-01-01"}
    add_record(register, "restricted", decree, **given)  # type: ignore[arg-type]
    add_record(register, "confirmed", {"local_id": "B"}, visibility=Visibility.OPEN, **given)  # type: ignore[arg-type]
    assert levels(register) == [Visibility.PUBLIC, Visibility.RESTRICTED, Visibility.OPEN]


def imported(register_path: Path, path: Path, *more: str, typed: str | None = None) -> str:
    words = ["import", str(register_path), str(path), "--as", "suspected", "--source", "s", "--accuracy-m", "5", *more]
    ran = CliRunner().invoke(merestone, words, input=typed)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_command_states_the_level_and_what_it_means(register_path: Path, tmp_path: Path) -> None:
    output = imported(register_path, file_of(tmp_path / "a.geojson", 1))
    assert "visibility  public, unless --visibility says otherwise: everybody sees a larger outline" in output
    output = imported(register_path, file_of(tmp_path / "b.geojson", 2), "--visibility", "open")
    assert "visibility  open: everybody sees the outline as it was recorded" in output


def test_command_asks_a_person_with_the_effect_of_each_level(
    register_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["merestone.cli.intake"], "_somebody_is_there", lambda: True)
    output = imported(register_path, file_of(tmp_path / "a.geojson", 1), typed="restricted\n")
    for level in LEVELS:
        assert f"  {level} " in output
    assert "1.0 x" in output
    with Register.open(register_path, read_only=True) as register:
        assert levels(register) == [Visibility.RESTRICTED]
    assert "How exactly" not in imported(register_path, file_of(tmp_path / "b.geojson", 2), "--yes")
    assert "How exactly" not in imported(register_path, file_of(tmp_path / "c.geojson", 3), "--visibility", "public")


def test_public_shows_the_effect_as_numbers_and_as_a_picture(register_path: Path, tmp_path: Path) -> None:
    imported(register_path, file_of(tmp_path / "a.geojson", 1, 2))
    picture = tmp_path / "levels.svg"
    ran = CliRunner().invoke(merestone, ["public", str(register_path), "--effect", "--picture", str(picture)])
    assert ran.exit_code == 0, ran.output
    assert "2 (2 public)" in ran.output
    drawn = picture.read_text(encoding="utf-8")
    assert all(f">{level}" in drawn for level in LEVELS)
    ran = CliRunner().invoke(merestone, ["public", str(register_path), "--effect", "--json"])
    effect = json.loads(ran.output)["effect"]["suspected"]
    shown = effect["shown_m2"]
    assert effect["records"] == {"public": 2}
    assert effect["recorded_m2"] == shown["open"] < shown["public"] < shown["restricted"]


def test_open_records_are_published_exactly_and_without_words(register: Register, tmp_path: Path) -> None:
    from merestone.register import PUBLIC

    taken(register, file_of(tmp_path / "a.geojson", 1), visibility=Visibility.OPEN)
    target = tmp_path / "public.geojson"
    publish_layer(register.as_of(viewer=PUBLIC), target)
    (feature,) = json.loads(target.read_text(encoding="utf-8"))["features"]
    assert feature["geometry"]["coordinates"] == area(1)["geometry"]["coordinates"]  # type: ignore[index]
    assert "local_id" not in feature["properties"]
    assert feature["properties"]["outline"].startswith("as recorded")
    assert feature["properties"]["accuracy_m"] == 5.0
