"""How formats are found: ours without installation, a stranger's through its entry point."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from merestone.exchange import format_of, known_formats
from merestone.exchange.formats import BUILT_IN, FormatNameTaken
from merestone.terms import FileRefused


def test_the_installed_entry_points_are_those_of_the_source() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["merestone.formats"] == BUILT_IN


class Strange:
    name = "Strange"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    points: list[EntryPoint] = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    known_formats.cache_clear()
    yield points
    known_formats.cache_clear()


@pytest.mark.usefixtures("installed")
def test_without_installed_metadata_ours_are_there() -> None:
    assert list(known_formats()) == list(BUILT_IN)


def test_a_strangers_format_is_found(installed: list[EntryPoint]) -> None:
    installed.append(EntryPoint("strange", "tests.exchange.test_registry:Strange", "merestone.formats"))
    assert known_formats()["strange"].name == "Strange"


def test_a_stranger_may_not_take_a_name_of_ours(installed: list[EntryPoint]) -> None:
    installed.append(EntryPoint("geojson", "tests.exchange.test_registry:Strange", "merestone.formats"))
    with pytest.raises(FormatNameTaken, match="geojson"):
        known_formats()


STRANGE = """
import json
from shapely.geometry import shape
from merestone.exchange import Feature, Reading, Row
from merestone.terms import FileRefused

class Sequence:
    name, suffixes, writes = "GeoJSONSeq of a stranger", (".seq",), True
    def sniff(self, path, head):
        return path.suffix == ".seq" and head.startswith(b"{")
    def layers(self, path):
        return (path.stem,)
    def read(self, path, *, layer=None, crs=None, encoding=None):
        if layer not in (None, path.stem):
            raise FileRefused(path, f"it has no layer {layer!r}", f"its layer is {path.stem}")
        def rows():
            for number, line in enumerate(path.read_bytes().splitlines(), start=1):
                try:
                    told = json.loads(line.decode("utf-8"))
                except ValueError as error:
                    raise FileRefused(path, f"line {number}: {error}", "write it again") from error
                place = None if told["geometry"] is None else shape(told["geometry"])
                yield Row(number, place, told["properties"], text=json.dumps(told, ensure_ascii=False))
        return Reading(rows(), format_name=self.name, layer=path.stem, crs="OGC:CRS84", total=None)
    def write(self, path, features, *, layer, about):
        lines = [{"type": "Feature", "properties": dict(f.attributes),
                  "geometry": None if f.geometry is None else f.geometry.__geo_interface__} for f in features]
        path.write_text("".join(json.dumps(line) + chr(10) for line in lines))
"""


def test_a_package_s_format_is_asked_before_ours_and_passes_the_contract(tmp_path: Path) -> None:
    """2026-11-28: one of GeoJSON sequences could write and never read, for ours takes all that begins with a brace."""
    site = tmp_path / "site"
    (site / "strange_format-1.0.dist-info").mkdir(parents=True)
    (site / "strange_format-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: strange-format\nVersion: 1.0\n"
    )
    (site / "strange_format-1.0.dist-info" / "entry_points.txt").write_text(
        "[merestone.formats]\nstrange = strange_format:Sequence\n"
    )
    (site / "strange_format.py").write_text(STRANGE)
    (tmp_path / "a.seq").write_text(
        '{"type": "Feature", "properties": {"n": 1}, "geometry": null}\n' * 2, encoding="utf-8"
    )
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    code = """
import sys, tempfile
from pathlib import Path
from merestone.exchange import format_of, read
from merestone.exchange.formats.contract import CHECKS
folder = Path(sys.argv[1])
print(format_of(folder / "a.seq").name, len(list(read(folder / "a.seq"))), format_of(folder / "a.geojson").name)
for check in CHECKS:
    check(format_of(folder / "a.seq"), Path(tempfile.mkdtemp()))
print("all checks hold")
"""
    path = os.pathsep.join([str(site), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["GeoJSONSeq of a stranger 2 GeoJSON", "all checks hold"], done.stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.dxf", b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "a drawing (DXF), which says neither where on earth it lies"),
        ("a.dxf", b"999\nmade by hand\n0\nSECTION\n", "a drawing (DXF)"),
        ("b.bin", b"AutoCAD Binary DXF\r\n\x1a\x00", "a drawing (DXF)"),
        ("a.dwg", b"AC1032\x00\x00", "a drawing of AutoCAD (DWG)"),
        ("a.pdf", b"%PDF-1.7\n", "it is a PDF"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "it is a picture"),
        ("a.accdb", b"\x00\x01\x00\x00Standard ACE DB\x00", "a database of Access"),
        ("a.osm", b'<?xml version="1.0"?>\n<osm version="0.6"><node/></osm>', "extract of OpenStreetMap"),
        ("a.osm.pbf", b"\x00\x00\x00\x0d\n\tOSMHeader", "extract of OpenStreetMap (PBF)"),
        ("a.xml", b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier/></alert>', "an alert (CAP)"),
        ("a.xml", b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "a news feed"),
        ("a.xml", b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "a news feed"),
        ("a.cot", b'<?xml version="1.0"?><event uid="a" stale="2027-01-01T00:00:00Z"/>', "Cursor on Target"),
        ("a.qgs", b"<!DOCTYPE qgis PUBLIC><qgis></qgis>", "a project of a GIS"),
        ("a.nmea", b"$GPGGA,120000,4454.000,N,01706.000,E,1\r\n", "the log of a receiver"),
        ("a.txt", b"$GNRMC,120000,A,4454.000,N,01706.000,E\r\n", "the log of a receiver"),
        ("a.tcx", b'<?xml version="1.0"?><TrainingCenterDatabase/>', "the log of a receiver"),
        ("a.txt", b"* list\nAC R\nAN AREA 1\nAL GND\n", "a list of airspaces"),
        ("a.plan", b'{\n "fileType": "Plan",\n "geoFence": {}}', "plan of a flight"),
        ("a.json", b'{"fileType":"Plan","mission":{}}', "plan of a flight"),
        ("a.waypoints", b"QGC WPL 110\n0\t1\t0\t16", "plan of a flight"),
        ("a.txt", b"QGC WPL 110\n0\t1\t0\t16", "plan of a flight"),
        ("a.poly", b"#saved by Mission Planner 1.3\n44.9 17.1\n44.9 17.2\n", "polygon or a fence of Mission Planner"),
        ("a.fen", b"44.9 17.1\r\n44.9 17.2\r\n", "polygon or a fence of Mission Planner"),
        ("a.docx", b"PK\x03\x04 [Content_Types].xml word/", "a text document"),
    ],
)
def test_files_that_are_not_read_are_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    """2026-11-28, the issue on files: a drawing was 'of no format known here'."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileRefused, match=re.escape(words)) as refused:
        format_of(tmp_path / name)
    assert len(refused.value.remedy) > 20
