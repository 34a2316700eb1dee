"""GML as registers give it: each feature in its own reference system, no number made up, no outline lost."""

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
import shapely.ops

from merestone.exchange import read
from merestone.exchange.formats import format_of, gml
from merestone.exchange.rows import edges
from merestone.exchange.rows.reference import ToLonLat
from merestone.geodesy import CurveWork, curves_of, geod
from merestone.terms import FileRefused

HEAD = (
    '<?xml version="1.0"?><a:FeatureCollection xmlns:a="http://a.example/" xmlns:gml="http://www.opengis.net/gml/3.2" '
    'xmlns:xlink="http://www.w3.org/1999/xlink">'
)
URN = "urn:ogc:def:crs:EPSG::4326"
SQUARE = "44 17 44 18 45 18 45 17 44 17"
BOX = shapely.box(17, 44, 18, 45)
HOLE = "<gml:interior><gml:LinearRing><gml:posList>44.2 17.2 44.3 y</gml:posList></gml:LinearRing></gml:interior>"
AWAY = '<gml:surfaceMember xlink:href="#elsewhere"/>'
EXTENT = f'<gml:Envelope srsName="{URN}"><gml:lowerCorner>44 17</gml:lowerCorner></gml:Envelope>'


def polygon(positions: str = SQUARE, srs: str | None = URN, more: str = "", size: int = 2) -> str:
    stated = "" if srs is None else f' srsName="{srs}"'
    return (
        f'<gml:Polygon{stated}><gml:exterior><gml:LinearRing><gml:posList srsDimension="{size}">{positions}'
        f"</gml:posList></gml:LinearRing></gml:exterior>{more}</gml:Polygon>"
    )


def segments(inside: str, srs: str = URN) -> str:
    return f'<gml:Curve srsName="{srs}"><gml:segments>{inside}</gml:segments></gml:Curve>'


def within(curve: str) -> str:
    """A surface that a curve bounds."""
    ring = f"<gml:Ring><gml:curveMember>{curve}</gml:curveMember></gml:Ring>"
    patch = f"<gml:PolygonPatch><gml:exterior>{ring}</gml:exterior></gml:PolygonPatch>"
    return f"<gml:Surface><gml:patches>{patch}</gml:patches></gml:Surface>"


def circle(centre: str, radius: str, srs: str = URN) -> str:
    inside = f'<gml:CircleByCenterPoint numArc="1"><gml:pos>{centre}</gml:pos>{radius}</gml:CircleByCenterPoint>'
    return segments(inside, srs)


def write(path: Path, *geometries: str, more: str = "", before: str = "") -> Path:
    members = "".join(
        f'<a:featureMember><a:area gml:id="a.{i}"><a:n>{i}</a:n>{more}<a:geom>{geometry}</a:geom></a:area>'
        "</a:featureMember>"
        for i, geometry in enumerate(geometries)
    )
    path.write_text(f"{HEAD}{before}{members}</a:FeatureCollection>", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("srs", "positions"),
    [
        (URN, SQUARE),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", SQUARE),
        ("EPSG:4326", "17 44 18 44 18 45 17 45 17 44"),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", "17 44 18 44 18 45 17 45 17 44"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "17 44 18 44 18 45 17 45 17 44"),
        ("urn:ogc:def:crs:EPSG:6.9:4326", SQUARE),
    ],
)
def test_the_name_of_the_reference_system_gives_the_order_of_its_axes(tmp_path: Path, srs: str, positions: str) -> None:
    [row] = read(write(tmp_path / "a.gml", polygon(positions, srs)))
    assert row.geometry is not None
    assert row.geometry.equals(BOX)
    assert row.attributes == {"gml_id": "a.0", "n": "0"}


def test_a_sound_file_is_read_as_gdal_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "areas.gml"
    holed = BOX.difference(shapely.box(17.2, 44.2, 17.4, 44.4))
    shapes = [BOX, holed, shapely.MultiPolygon([BOX, shapely.box(19, 44, 20, 45)]), shapely.Point(17, 44),
              shapely.LineString([(17, 44), (18, 45)]), shapely.MultiPoint([(17, 44), (18, 45)])]  # fmt: skip
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object), [np.arange(6)], ["n"],
        geometry_type="Unknown", crs="EPSG:4326", driver="GML",
    )  # fmt: skip
    assert format_of(path).layers(path) == ("areas",)
    for row, shape in zip(read(path), shapes, strict=True):
        assert row.geometry is not None
        assert shapely.normalize(row.geometry).equals(shapely.normalize(shape))
    assert sorted(part.suffix for part in tmp_path.iterdir()) == [".gml", ".xsd"]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (polygon("44 17 44 x 45 18 45 17 44 17"), "'x' is not a number"),
        (polygon("44,5 17 44 18 45 18 45 17 44,5 17"), "'44,5' is not a number"),
        (polygon(SQUARE + " 9"), "posList has 11 numbers, in positions of 2"),
        (polygon(more=HOLE), "'y' is not a number"),
        (f'<gml:MultiSurface srsName="{URN}">{AWAY}</gml:MultiSurface>', "elsewhere"),
        (f'<gml:MultiSurface srsName="{URN}"/>', "MultiSurface has no part"),
        ('<gml:Polygon srsName="EPSG:4326"/>', "no exterior"),
        (segments("<gml:ArcByBulge><gml:posList>44 17 44 18</gml:posList></gml:ArcByBulge>"), "positions and 0 bulges"),
        (segments("<gml:ArcByCenterPoint><gml:pos>44 17</gml:pos></gml:ArcByCenterPoint>"), "is not a number"),
        (segments("<gml:CubicSpline><gml:posList>44 17 44 18 45 18</gml:posList></gml:CubicSpline>"), "a CubicSpline"),
        (segments("<gml:Arc><gml:posList>44 17 44.5 17.5</gml:posList></gml:Arc>"), "a Arc with 2 positions"),
        (segments("<gml:Arc><gml:posList>44 17 44.5 17.5 44 17</gml:posList></gml:Arc>"), "ends where it begins"),
        (segments("<gml:Circle><gml:posList>44 17 45 18 46 19</gml:posList></gml:Circle>"), "make no circle"),
        (circle("44 17", '<gml:radius uom="furlong">5</gml:radius>'), "5 'furlong' in coordinates of degree"),
        (circle("44 17", ""), "'' is not a number"),
        (EXTENT.replace("44 17", "NaN 17").replace("</gml:E", "<gml:upperCorner>45 18</gml:upperCorner></gml:E"),
         "a corner of the Envelope is not a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_fault_of_its_row(tmp_path: Path, bad: str, why: str) -> None:
    """2026-11-28: GDAL 3.12.4 put 0 for the x, and stopped the whole file at most of the others."""
    rows = list(read(write(tmp_path / "a.gml", polygon(), bad, polygon())))
    assert [row.geometry is not None for row in rows] == [True, False, True]
    assert rows[1].fault is not None
    assert why in rows[1].fault.message
    assert "a.1" in rows[1].raw


def test_a_curve_without_its_base_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing with files of a conformance suite: StopIteration."""
    curve = f'<gml:OrientableCurve srsName="{URN}" orientation="-"/>'
    bad, good = read(write(tmp_path / "a.gml", curve, polygon()))
    assert bad.fault is not None
    assert "without its curve" in bad.fault.message
    assert good.geometry is not None


def test_an_outline_beside_a_label_point_is_the_place_and_the_point_is_kept(tmp_path: Path) -> None:
    """2026-11-28: GDAL 3.12.4 gives the last geometry alone, the point."""
    label = f'<a:label><gml:Point srsName="{URN}"><gml:pos>44.5 17.5</gml:pos></gml:Point></a:label>'
    for more in (label, ""):
        path = write(tmp_path / "a.gml", polygon(), more=more)
        if not more:
            text = path.read_text().replace("</a:geom>", "</a:geom>" + label)
            path.write_text(text)
        [row] = read(path)
        assert row.geometry is not None
        assert row.geometry.equals(BOX)
        assert row.attributes["label"] == "POINT (44.5 17.5)"


def test_every_feature_is_in_the_reference_system_that_it_names(tmp_path: Path) -> None:
    """2026-11-28: GDAL 3.12.4 gives a file of two systems as one of none."""
    x, y = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:31276", always_xy=True).transform(17.1, 44.9)
    point = f'<gml:Point srsName="EPSG:31276"><gml:pos>{x} {y}</gml:pos></gml:Point>'
    unknown = '<gml:Point srsName="urn:ogc:def:crs:EPSG::999999"><gml:pos>1 2</gml:pos></gml:Point>'
    rows = list(read(write(tmp_path / "a.gml", polygon(), point, unknown)))
    assert rows[1].geometry is not None
    assert rows[1].geometry.distance(shapely.Point(17.1, 44.9)) < 1e-6
    assert rows[1].crs == "EPSG:31276"
    assert rows[1].moved_m is not None
    assert rows[1].moved_m > 0 or np.isnan(rows[1].moved_m)
    assert (rows[0].moved_m, rows[0].shift_m, rows[0].crs) == (0.0, 0.0, "EPSG:4326")
    assert rows[2].fault is not None
    assert rows[2].fault.code == "reference_system_refused"


def test_the_extent_of_a_collection_names_the_system_of_what_names_none(tmp_path: Path) -> None:
    extent = f"<gml:boundedBy>{EXTENT}</gml:boundedBy>"
    [row] = read(write(tmp_path / "a.gml", polygon(srs=None), before=extent))
    assert row.geometry is not None
    assert row.geometry.equals(BOX)


def test_without_any_reference_system_one_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gml", polygon("17 44 18 44 18 45 17 45 17 44", srs=None))
    with pytest.raises(FileRefused, match="does not say what its coordinates are in"):
        read(path)
    [row] = read(path, crs="EPSG:4326")
    assert row.geometry is not None
    assert row.geometry.equals(BOX)


def test_the_older_forms_are_read(tmp_path: Path) -> None:
    text = (
        '<c xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><area fid="7"><name>Минное поле</name><geom>'
        '<gml:MultiPolygon srsName="EPSG:4326"><gml:polygonMember><gml:Polygon><gml:outerBoundaryIs><gml:LinearRing>'
        "<gml:coordinates>17,44 18,44 18,45 17,45 17,44</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs>"
        "</gml:Polygon></gml:polygonMember></gml:MultiPolygon></geom><part><from>a</from></part><part><from>b</from></part>"
        "</area></gml:featureMember></c>"
    )
    path = tmp_path / "a.gml"
    path.write_text(text, encoding="utf-8")
    [row] = read(path)
    assert row.geometry is not None
    assert row.geometry.equals(BOX)
    assert row.attributes == {"gml_id": "7", "name": "Минное поле", "part.from": ["a", "b"]}


def test_types_of_features_are_layers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gml", polygon(), polygon())
    path.write_text(path.read_text().replace('<a:area gml:id="a.1">', '<a:find gml:id="a.1">', 1)[::-1].replace(
        "</a:area>"[::-1], "</a:find>"[::-1], 1)[::-1])  # fmt: skip
    assert format_of(path).layers(path) == ("area", "find")
    assert len(list(read(path, layer="find"))) == 1


def test_a_feature_that_is_nested_too_deeply_keeps_no_other_out(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing: properties nested 20,000 deep ended in a RecursionError, and no row was read."""
    deep = f"{'<a:p>' * 20_000}{'</a:p>' * 20_000}"
    path = write(tmp_path / "deep.gml", polygon(), polygon())
    path.write_text(path.read_text(encoding="utf-8").replace("<a:n>1</a:n>", f"<a:n>{deep}</a:n>"), encoding="utf-8")
    first, second = read(path)
    assert first.fault is None
    assert second.fault is not None
    assert "nested too deeply" in second.fault.message
    assert second.geometry is None


def test_collections_that_are_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    """2026-11-28: the sibling of the feature above."""
    path = write(tmp_path / "deep.gml", polygon())
    opening, closing = "<a:featureMember><a:FeatureCollection>", "</a:FeatureCollection></a:featureMember>"
    text = path.read_text(encoding="utf-8")
    body = text.removeprefix(HEAD).removesuffix("</a:FeatureCollection>")
    path.write_text(f"{HEAD}{opening * 5000}{body}{closing * 5000}</a:FeatureCollection>", encoding="utf-8")
    with pytest.raises(FileRefused, match="nested too deeply"):
        list(read(path))


def test_a_geometry_that_is_nested_too_deeply_is_a_faulty_row(tmp_path: Path) -> None:
    """2026-11-28: the sibling of the feature above, in a geometry of many levels."""
    opening, closing = "<gml:MultiGeometry><gml:geometryMember>", "</gml:geometryMember></gml:MultiGeometry>"
    path = write(tmp_path / "deep.gml", polygon(), opening * 5000 + polygon() + closing * 5000)
    first, second = read(path)
    assert first.fault is None
    assert second.fault is not None


ARC = "<gml:Arc><gml:posList>44 17 44.001 17.001 44 17.002</gml:posList></gml:Arc>"
CHORD = "<gml:LineStringSegment><gml:posList>44 17.002 44 17</gml:posList></gml:LineStringSegment>"
ROUND = "<gml:Circle><gml:posList>44 17 44.001 17.001 44 17.002</gml:posList></gml:Circle>"


@pytest.mark.parametrize(
    ("curve", "area"),
    [
        (segments(ARC + CHORD), math.pi * 1e-6 / 2),
        (segments(ARC.replace("Arc>", "ArcString>") + CHORD), math.pi * 1e-6 / 2),
        (segments(ROUND), math.pi * 1e-6),
        (circle("44 17", '<gml:radius uom="deg">0.001</gml:radius>'), math.pi * 1e-6),
    ],
)
def test_arcs_are_made_straight_outward_and_inward(tmp_path: Path, curve: str, area: float) -> None:
    """2026-11-28: rows with arcs were quarantined, and a hazard of the file did not warn."""
    [row] = read(write(tmp_path / "a.gml", within(curve)))
    assert row.geometry is not None
    assert row.inner_geometry is not None
    assert row.inner_geometry.area < area < row.geometry.area
    assert row.geometry.area == pytest.approx(area, rel=2e-3)
    assert 16.9 < row.geometry.centroid.x < 17.1
    assert [remark.code for remark in row.remarks] == ["curved_geometry"]


TO_UTM = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32633", always_xy=True)
UTM_CENTRE = " ".join(map(repr, TO_UTM.transform(17.0, 44.0)))


@pytest.mark.parametrize(
    ("srs", "centre", "radius", "radius_m"),
    [
        (URN, "44 17", '<gml:radius uom="m">500</gml:radius>', 500.0),
        (URN, "44 17", '<gml:radius uom="urn:ogc:def:uom:EPSG::9001">500</gml:radius>', 500.0),
        ("EPSG:4326", "17 44", '<gml:radius uom="[nmi_i]">2</gml:radius>', 3704.0),
        ("urn:ogc:def:crs:EPSG::32633", UTM_CENTRE, '<gml:radius uom="m">500</gml:radius>', 500.0),
    ],
)
def test_a_circle_by_its_radius_holds_all_places_at_that_distance(
    tmp_path: Path, srs: str, centre: str, radius: str, radius_m: float
) -> None:
    """Oracle: geodesics (PROJ). The grid's metres are longer or shorter than the ground's by less than 0.1 %."""
    [row] = read(write(tmp_path / "a.gml", within(circle(centre, radius, srs))))
    assert row.fault is None
    assert row.inner_geometry is not None
    for outline, sign in ((row.geometry, 1), (row.inner_geometry, -1)):
        assert outline is not None
        x, y = shapely.get_coordinates(outline).T
        away_m = geod().inv(np.full(x.shape, 17.0), np.full(x.shape, 44.0), x, y)[2]
        slack_m = 0.5 + (0.001 * radius_m if "32633" in srs else 0.0)
        assert (sign * (away_m - radius_m) > -slack_m).all()
        assert (abs(away_m - radius_m) < 0.003 * radius_m + slack_m).all()


def test_a_curved_line_is_a_line_and_its_chords_widen(tmp_path: Path) -> None:
    [row] = read(write(tmp_path / "a.gml", segments(ARC)))
    assert row.geometry is not None
    assert row.geometry.geom_type == "LineString"
    assert 0.02 < row.shift_m < 0.5


LOCAL = "urn:ogc:def:crs:EPSG::32633"
EAST, NORTH = 500_000.0, 4_900_000.0
HALF_CIRCLES = [
    shapely.Point(EAST, NORTH).buffer(1000, quad_segs=64).intersection(half)
    for half in (shapely.box(EAST - 2000, NORTH, EAST + 2000, NORTH + 2000),
                 shapely.box(EAST - 2000, NORTH - 2000, EAST + 2000, NORTH))
]  # fmt: skip
"""Two readings of an arc from one end of a diameter to the other."""
BASE = (
    f"<gml:LineStringSegment><gml:posList>{EAST - 1000} {NORTH} {EAST + 1000} {NORTH}</gml:posList>"
    "</gml:LineStringSegment>"
)
ENDS = f"{EAST + 1000} {NORTH} {EAST - 1000} {NORTH}"
CONTROLS = [(EAST + 1000, NORTH), (EAST + 1000, NORTH + 1300), (EAST - 1000, NORTH + 1300), (EAST - 1000, NORTH)]
TURN = np.linspace(0, 1, 200)[:, np.newaxis]
WEIGHTS = np.hstack([(1 - TURN) ** 3, 3 * TURN * (1 - TURN) ** 2, 3 * TURN**2 * (1 - TURN), TURN**3])
BEZIER = shapely.Polygon(WEIGHTS @ np.array(CONTROLS))
"""By Bernstein's polynomials."""


@pytest.mark.parametrize(
    ("curve", "readings"),
    [
        (f"<gml:ArcByCenterPoint><gml:pos>{EAST} {NORTH}</gml:pos><gml:radius uom='m'>1000</gml:radius><gml:startAngle "
         "uom='deg'>0</gml:startAngle><gml:endAngle uom='deg'>180</gml:endAngle></gml:ArcByCenterPoint>", HALF_CIRCLES),
        (f"<gml:ArcByBulge><gml:posList>{ENDS}</gml:posList><gml:bulge>1000</gml:bulge><gml:normal>-1</gml:normal>"
         "</gml:ArcByBulge>", HALF_CIRCLES),
        (f"<gml:ArcByBulge><gml:posList>{ENDS}</gml:posList><gml:bulge>1000</gml:bulge><gml:normal>0 1</gml:normal>"
         "</gml:ArcByBulge>", HALF_CIRCLES[:1]),
        (f"<gml:ArcStringByBulge><gml:posList>{ENDS}</gml:posList><gml:bulge>-1000</gml:bulge><gml:normal>0 1"
         "</gml:normal></gml:ArcStringByBulge>", HALF_CIRCLES[1:]),
        ("<gml:Bezier><gml:posList>" + " ".join(f"{x} {y}" for x, y in CONTROLS) + "</gml:posList></gml:Bezier>",
         [BEZIER]),
        ("<gml:BSpline><gml:posList>" + " ".join(f"{x} {y}" for x, y in CONTROLS) + "</gml:posList></gml:BSpline>",
         [BEZIER]),
    ],
)  # fmt: skip
def test_a_curve_of_which_several_readings_exist_warns_in_all_of_them(
    tmp_path: Path, curve: str, readings: list[shapely.Polygon]
) -> None:
    """2026-11-28, the issue on files: such outlines were quarantined, and did not warn.

    A hazard has each reading of the curve inside, and released land nothing that one of them leaves out.
    """
    [row] = read(write(tmp_path / "a.gml", within(segments(BASE + curve, LOCAL))))
    assert row.fault is None
    assert row.geometry is not None
    assert row.inner_geometry is not None
    back = pyproj.Transformer.from_crs("EPSG:32633", "OGC:CRS84", always_xy=True)
    for reading in readings:
        true = shapely.transform(reading, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))
        assert shapely.difference(true, row.geometry).area < 1e-4 * true.area
        assert shapely.difference(row.inner_geometry, true).area < 1e-4 * true.area
    assert [remark.code for remark in row.remarks] == ["curved_geometry"]
    if len(readings) == 1 and "Bulge" in curve:
        assert row.inner_geometry.area > 0.9 * true.area


def test_a_line_of_one_arc_round_a_point_is_the_disc(tmp_path: Path) -> None:
    arc = "<gml:ArcByCenterPoint><gml:pos>44 17</gml:pos><gml:radius uom='m'>500</gml:radius></gml:ArcByCenterPoint>"
    [row] = read(write(tmp_path / "a.gml", segments(arc)))
    assert row.geometry is not None
    lon_deg, lat_deg, _ = geod().fwd(np.full(36, 17.0), np.full(36, 44.0), np.arange(36) * 10.0, np.full(36, 500.0))
    assert shapely.covers(row.geometry, shapely.points(lon_deg, lat_deg)).all()


def test_a_system_is_prepared_once_and_so_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-11-28: 1 MB of features in systems of their own took minutes: PROJ prepared one for each feature."""
    monkeypatch.setattr(gml, "MOST_SYSTEMS", 2)
    prepared: list[object] = []

    def prepare(crs: Any) -> ToLonLat:
        prepared.append(crs)
        return ToLonLat(crs)

    monkeypatch.setattr(gml, "ToLonLat", prepare)
    names = ["EPSG:4326", "EPSG:4258", "EPSG:4314", "EPSG:4258", "EPSG:4314", "EPSG:4284"]
    rows = list(read(write(tmp_path / "a.gml", *(polygon(srs=name) for name in names))))
    assert [row.geometry is not None for row in rows] == [True] * 5 + [False]
    assert rows[5].fault is not None
    assert "over 2 reference systems" in rows[5].fault.message
    assert len(prepared) == 3


@pytest.mark.parametrize("srs", [URN, "EPSG:4326"])
@pytest.mark.parametrize("kind", ["GeodesicString", "Geodesic"])
def test_geodesics_are_followed(tmp_path: Path, kind: str, srs: str) -> None:
    """Was quarantined (2026-11-28); GDAL 3.12.4 takes them as straight in degrees, here 130 km beside the geodesic."""
    ends = [(17.0, 44.0), (57.0, 44.0)]
    text = " ".join(f"{b} {a}" if srs == URN else f"{a} {b}" for a, b in ends)
    [row] = read(
        write(tmp_path / "a.gml", segments(f"<gml:{kind}><gml:posList>{text}</gml:posList></gml:{kind}>", srs))
    )
    assert row.geometry is not None
    azimuth, _, length_m = geod().inv(*ends[0], *ends[1])
    middle = geod().fwd(*ends[0], azimuth, length_m / 2)[:2]
    nearest = shapely.ops.nearest_points(row.geometry, shapely.Point(middle))[0]
    assert geod().inv(*middle, nearest.x, nearest.y)[2] < 0.1
    assert row.shift_m == 0.1
    assert [remark.code for remark in row.remarks] == ["geodesic_edges"]


def test_a_geodesic_half_round_the_earth_is_put_aside_with_its_reason(tmp_path: Path) -> None:
    [row] = read(
        write(tmp_path / "a.gml", segments("<gml:Geodesic><gml:posList>0 0 0 180</gml:posList></gml:Geodesic>"))
    )
    assert row.geometry is None
    assert row.fault is not None
    assert "half round the earth" in row.fault.message


def test_geodesics_in_a_projection_are_put_aside_with_their_reason(tmp_path: Path) -> None:
    projected = segments("<gml:Geodesic><gml:posList>5e5 5e6 6e5 5e6</gml:posList></gml:Geodesic>", "EPSG:32633")
    [row] = read(write(tmp_path / "a.gml", projected))
    assert row.fault is not None
    assert "needs longitude and latitude" in row.fault.message


def test_geodesics_one_by_one_are_the_string_of_them(tmp_path: Path) -> None:
    """One call follows them all: 13,000 segments of 1 MB took 30 s (2026-11-29)."""
    places = [(17 + at % 7, 44 + at * at % 11) for at in range(40)]
    texts = [f"{lat} {lon}" for lon, lat in places]
    arc = f"<gml:Arc><gml:posList>{texts[-1]} 45 17.5 {texts[0]}</gml:posList></gml:Arc>"
    pieces = "".join(
        f"<gml:Geodesic><gml:posList>{a} {b}</gml:posList></gml:Geodesic>" for a, b in itertools.pairwise(texts)
    )
    string = f"<gml:GeodesicString><gml:posList>{' '.join(texts)}</gml:posList></gml:GeodesicString>"
    shapes = [read(write(tmp_path / "a.gml", segments(inside + arc))) for inside in (pieces, string)]
    [[piecewise], [whole]] = map(list, shapes)
    assert whole.geometry is not None
    assert whole.geometry.equals_exact(piecewise.geometry)
    assert shapely.get_num_coordinates(whole.geometry) > 400


def test_geodesics_that_need_very_many_corners_together_are_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edges, "MOST_TOGETHER", 2_500)
    far = "".join(f"<gml:Geodesic><gml:posList>{lat} 0 {lat} 90</gml:posList></gml:Geodesic>" for lat in (40, 50, 60))
    [row] = read(write(tmp_path / "a.gml", segments(far)))
    assert row.geometry is None
    assert row.fault is not None
    assert "needs more corners than the 2,500 that rows read together may have" in row.fault.message


def test_geodesics_beyond_what_a_file_may_take_are_put_aside_in_words(tmp_path: Path) -> None:
    """2026-11-29: 3,000 long geodesics of 0.8 MB took over a minute; each alone is within every limit."""
    work = CurveWork(followed=10_000_000)
    path = write(tmp_path / "a.gml", segments("<gml:Geodesic><gml:posList>44 17 44 57</gml:posList></gml:Geodesic>"))
    with curves_of(work):
        [row] = read(path)
    assert row.geometry is None
    assert row.fault is not None
    assert "the geodesics before it needed 10,000,000 corners" in row.fault.message
    [row] = read(path)
    assert row.geometry is not None
