"""`merestone pack` writes what a viewer may see, and `screen --pack` answers as `screen` does."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyproj import Geod

from merestone.bulk.pack import load_pack
from merestone.cli.exit_codes import DANGER, DONE
from merestone.cli.main import merestone
from merestone.terms import FileRefused


def run(*args: object) -> Result:
    return CliRunner().invoke(merestone, [str(arg) for arg in args], standalone_mode=False)


@pytest.mark.parametrize("tier", ["public", "partner", "exact"])
def test_answers_from_a_pack_are_the_registers_own(exercise: Path, tmp_path: Path, tier: str) -> None:
    pack = tmp_path / "h.pack"
    told = json.loads(run("pack", exercise, "-o", pack, "--tier", tier, "--json").output)
    assert (told["audience"], told["label"]) == (tier, "synthetic exercise data")
    for lon, lat in ((0.001, 0.001), (0.004, -0.003), (0.5, 0.5)):
        place = ("--lon", lon, "--lat", lat, "--accuracy-m", "10", "--json")
        theirs = run("screen", exercise, "--tier", tier, *place)
        ours = run("screen", "--pack", pack, *place)
        assert ours.return_value == theirs.return_value
        a, b = json.loads(ours.output), json.loads(theirs.output)
        words = a.pop("compared_with")
        assert words in a["sentences"]
        assert ("not for the public" in words) is (tier != "public")
        a["sentences"].remove(words)
        b.pop("compared_with")
        assert a == b


def test_many_places_and_tracks_are_screened_against_a_pack(exercise: Path, tmp_path: Path) -> None:
    pack, points, way = tmp_path / "h.pack", tmp_path / "p.csv", tmp_path / "way.geojson"
    assert run("pack", exercise, "-o", pack, "--tier", "exact").exception is None
    points.write_text("lon,lat\n0.001,0.001\n,\n2,2\n")
    outputs = []
    for name, source in (("a", [exercise]), ("b", ["--pack", pack])):
        out = tmp_path / f"{name}.csv"
        assert run("screen", *source, "--points", points, "--accuracy-m", "5", "-o", out).return_value == DANGER
        outputs.append(out.read_bytes())
    assert outputs[0] == outputs[1]
    way.write_text('{"type": "LineString", "coordinates": [[-0.01, 0.001], [0.006, 0.001]]}')
    result = run("screen", "--pack", pack, "--tracks", way, "--accuracy-m", "10")
    assert result.return_value == DANGER
    assert "Compared with the hazard pack h.pack" in result.output


def test_a_file_becomes_a_pack_through_the_same_checks_as_an_import(tmp_path: Path) -> None:
    areas, pack = tmp_path / "areas.geojson", tmp_path / "h.pack"
    ring = [[0.1, 0.1], [0.11, 0.1], [0.1, 0.11], [0.1, 0.1]]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}},
        {"type": "Feature", "properties": {}, "geometry": None},
    ]
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    about = ("--as", "suspected", "--source", "test", "--accuracy-m", "20")
    result = run("pack", areas, *about, "--tier", "exact", "-o", pack)
    assert result.exception is None, result.exception
    loaded = load_pack(pack)
    assert (len(loaded.index), loaded.circumstances.unplaced_count, loaded.hazards[0].accuracy_m) == (1, 1, 20.0)
    assert "give --source" in str(run("pack", areas, "--as", "suspected", "-o", pack, "--force").exception)


def test_a_pack_is_not_replaced_unasked_and_its_tier_is_fixed(exercise: Path, tmp_path: Path) -> None:
    pack = tmp_path / "h.pack"
    pack.write_text("mine")
    assert isinstance(run("pack", exercise, "-o", pack).exception, FileRefused)
    assert pack.read_text() == "mine"
    place = ("--lon", "1", "--lat", "1")
    assert isinstance(run("screen", "--pack", pack, *place).exception, FileRefused)
    assert run("pack", exercise, "-o", pack, "--force").exception is None
    assert "chosen when a pack is made" in str(run("screen", "--pack", pack, "--tier", "exact", *place).exception)
    assert "not both" in str(run("screen", exercise, "--pack", pack, *place).exception)
    assert "not both" in str(run("screen", *place).exception)
    assert "goes with --pack" in str(run("screen", exercise, "--rebuild-cells", *place).exception)
    assert run("screen", "--pack", pack, "--rebuild-cells", *place).exception is None


def test_edges_are_straight_or_the_shortest_way_by_choice(tmp_path: Path) -> None:
    """From (0, 60) to (3, 60) the geodesic runs some 1.1 km north of the parallel half-way (GeographicLib)."""
    areas, register = tmp_path / "areas.geojson", tmp_path / "areas.gpkg"
    ring = [[0.0, 59.9], [3.0, 59.9], [3.0, 60.0], [0.0, 60.0], [0.0, 59.9]]
    areas.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    about = ("--as", "suspected", "--source", "test", "--accuracy-m", "20")
    assert run("init", register).exception is None
    assert run("import", register, areas, *about).exception is None
    north = Geod(ellps="WGS84").npts(0.0, 60.0, 3.0, 60.0, 1)[0]
    place = ("--lon", north[0], "--lat", north[1] - 0.001, "--accuracy-m", "1", "--json")
    for edges, code in (("straight", DONE), ("geodesic", DANGER)):
        pack = tmp_path / f"{edges}.pack"
        chosen = ("--tier", "exact", "--edges", edges)
        assert json.loads(run("pack", register, *chosen, "-o", pack, "--json").output)["edges"] == edges
        assert run("screen", register, *chosen, *place).return_value == code
        assert run("screen", "--pack", pack, *place).return_value == code
    refused = run("pack", register, "--tier", "public", "--edges", "geodesic", "-o", tmp_path / "no.pack")
    assert "only with straight edges" in str(refused.exception)
    assert not (tmp_path / "no.pack").exists()
    assert "chosen when a pack is made" in str(run("screen", "--pack", pack, "--edges", "geodesic", *place).exception)
