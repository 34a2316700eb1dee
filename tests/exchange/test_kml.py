"""KML and KMZ whole: every document and placemark, tracks with missing fixes, text as programs write it."""

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely

from merestone.exchange import Row, read
from merestone.exchange.formats.kml import Kml
from merestone.exchange.positions.feature_files import read_shapes
from merestone.terms import FileRefused

HEAD = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'


def polygon(lon: float, lat: float = 0.0) -> str:
    corners = f"{lon},{lat} {lon + 1},{lat} {lon + 1},{lat + 1} {lon},{lat}"
    ring = f"<LinearRing><coordinates>{corners}</coordinates></LinearRing>"
    return f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"


def mark(name: str, body: str) -> str:
    return f"<Placemark><name>{name}</name>{body}</Placemark>"


def link(href: str) -> str:
    return f"<NetworkLink><Link><href>{href}</href></Link></NetworkLink>"


def document(*parts: str) -> str:
    return f"{HEAD}<Document>{''.join(parts)}</Document></kml>"


def kml(folder: Path, *parts: str) -> Path:
    path = folder / "a.kml"
    path.write_text(document(*parts), encoding="utf-8")
    return path


def kmz(folder: Path, **entries: str | bytes) -> Path:
    path = folder / "a.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


def one(folder: Path, body: str) -> Row:
    [row] = read(kml(folder, mark("a", body)))
    return row


class TestArchives:
    def test_every_document_of_an_archive_is_read(self, tmp_path: Path) -> None:
        """2026-11-28, a review of real files: only the first .kml of an archive was read, without a word."""
        path = kmz(
            tmp_path,
            layers__b_kml=document(mark("b", polygon(10))),
            doc_kml=document(mark("a", polygon(0)), link("layers/c.kml")),
            layers__c_kml=document(mark("c", polygon(20)), mark("d", polygon(30))),
        )
        reading = read(path)
        rows = list(reading)
        assert [row.attributes["Name"] for row in rows] == ["a", "c", "d", "b"]  # the root, what it links to, the rest
        assert [row.number for row in rows] == [1, 2, 3, 4]
        assert reading.total == 4
        assert [row.attributes["Document"] for row in rows] == ["doc.kml", *["layers/c.kml"] * 2, "layers/b.kml"]
        assert any("doc.kml, layers/c.kml, layers/b.kml" in note for note in reading.notes)

    def test_one_document_of_an_archive_can_be_read_alone(self, tmp_path: Path) -> None:
        path = kmz(tmp_path, doc_kml=document(mark("a", polygon(0))), b_kml=document(mark("b", polygon(10))))
        assert Kml().layers(path) == ("a", "b")
        assert [row.attributes["Name"] for row in read(path, layer="b")] == ["b"]

    def test_folders_beside_each_other_are_still_chosen_by_name(self, tmp_path: Path) -> None:
        folders = "".join(f"<Folder><name>{n}</name>{mark(n, polygon(0))}</Folder>" for n in ("open", "cleared"))
        path = kmz(tmp_path, doc_kml=document(folders), b_kml=document(mark("b", polygon(10))))
        with pytest.raises(FileRefused, match=r"3 layers.*open, cleared, b"):
            read(path)

    def test_links_go_in_a_circle_only_once_and_never_out(self, tmp_path: Path) -> None:
        away = [link("https://example.org/more.kml"), link("../../etc/passwd"), link("gone.kml"), "<NetworkLink/>"]
        path = kmz(
            tmp_path,
            doc_kml=document(mark("a", polygon(0)), link("sub/b.kml"), *away),
            sub__b_kml=document(mark("b", polygon(10)), link("../doc.kml"), link("b.kml#there"), link("b.kml?x=1")),
        )
        reading = read(path)
        assert len(list(reading)) == 2
        [told] = [note for note in reading.notes if "not followed" in note]
        assert told.startswith("not followed: 4 links")
        assert "https://example.org/more.kml, ../../etc/passwd, gone.kml" in told

    def test_a_link_of_a_plain_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "b.kml").write_text(document(mark("b", polygon(0))))
        reading = read(kml(tmp_path, mark("a", polygon(0)), link("b.kml")))
        assert len(list(reading)) == 1
        assert any("not followed: 1 link to other documents, b.kml" in note for note in reading.notes)

    def test_an_archive_in_the_archive_is_read(self, tmp_path: Path) -> None:
        inner = kmz(tmp_path, doc_kml=document(mark("b", polygon(10)))).read_bytes()
        path = kmz(tmp_path, doc_kml=document(mark("a", polygon(0)), link("in.kmz")), in_kmz=inner)
        assert [row.attributes["Document"] for row in read(path)] == ["doc.kml", "in.kmz/doc.kml"]
        deep = kmz(tmp_path, in_kmz=kmz(tmp_path, in_kmz=inner).read_bytes())
        with pytest.raises(FileRefused, match="unpack it first"):
            read(deep)

    def test_names_of_windows_and_litter_of_macos(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kmz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("__MACOSX/._doc.kml", b"\x00\x05\x16\x07")
            archive.writestr("doc.kml", document(mark("a", polygon(0)), link("sub\\b c.kml"), link("sub/b%20c.kml")))
            info = zipfile.ZipInfo("x")
            info.filename = "sub\\b c.kml"
            archive.writestr(info, document(mark("b", polygon(10))))
        reading = read(path)
        assert len(list(reading)) == 2
        assert not any("not followed" in note for note in reading.notes)

    @pytest.mark.parametrize("name", ["../a.kml", "/a.kml", "C:\\a.kml", "x/../../a.kml"])
    def test_an_entry_that_leads_out_is_refused(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "a.kmz"
        with zipfile.ZipFile(path, "w") as archive:
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, document())
        with pytest.raises(FileRefused, match="outside of the archive"):
            read(path)

    def test_an_entry_without_a_name_is_damage(self, tmp_path: Path) -> None:
        """2026-11-28, found by fuzzing: a traceback."""
        path = tmp_path / "a.kmz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", document())
        data = bytearray(path.read_bytes())
        data[data.rindex(b"PK\x01\x02") + 28] = 0  # the length of the name
        path.write_bytes(data)
        with pytest.raises(FileRefused, match=r"a\.kmz"):
            read(path)

    def test_an_archive_that_grows_beyond_measure_is_refused(self, tmp_path: Path) -> None:
        path = kmz(tmp_path, doc_kml=b" " * (80 << 20))
        assert path.stat().st_size < 1 << 20
        with pytest.raises(FileRefused, match="would grow to"):
            read(path)

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
    def test_an_archive_that_is_cut_off_is_refused(self, tmp_path: Path, share: float) -> None:
        path = kmz(tmp_path, doc_kml=document(mark("a", polygon(0))), b_kml=document(mark("b", polygon(10))))
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(FileRefused, match=r"a\.kmz"):
            read(path)


class TestGeometries:
    def test_a_track_is_a_line_with_times(self, tmp_path: Path) -> None:
        whens = "".join(f"<when>2026-05-01T1{hour}:00:00+02:00</when>" for hour in (2, 3))
        row = one(
            tmp_path, f"<gx:Track>{whens}<gx:coord>17.1 44.9 0</gx:coord><gx:coord>17.2,44.9</gx:coord></gx:Track>"
        )
        assert row.geometry == shapely.LineString([(17.1, 44.9), (17.2, 44.9)])
        assert row.times is not None
        assert row.times.tolist() == np.array(["2026-05-01T10:00", "2026-05-01T11:00"], "M8[ms]").tolist()
        assert (row.attributes["begin"], row.attributes["end"]) == (
            "2026-05-01T10:00:00.000Z",
            "2026-05-01T11:00:00.000Z",
        )
        assert read_shapes(tmp_path / "a.kml").times[0].tolist() == row.times.tolist()

    def test_an_empty_coordinate_is_a_missing_fix_and_never_zero_zero(self, tmp_path: Path) -> None:
        """GDAL's LIBKML (3.12.4) makes 0 0 of it."""
        coordinates = "<gx:coord>1 2 0</gx:coord><gx:coord>3 4 0</gx:coord><gx:coord/><gx:coord>5 6</gx:coord>"
        whens = "".join(f"<when>2026-05-01T10:0{minute}:00Z</when>" for minute in range(4))
        row = one(tmp_path, f"<gx:Track>{whens}{coordinates}</gx:Track>")
        assert row.geometry is not None
        assert row.geometry.wkt == "MULTILINESTRING ((1 2, 3 4), (5 6, 5 6))"
        assert row.times is not None
        assert len(row.times) == shapely.get_num_coordinates(row.geometry)
        assert [remark.code for remark in row.remarks] == ["missing_fix"]
        only = one(tmp_path, "<gx:Track><when/><when/><gx:coord/><gx:coord>5 6</gx:coord></gx:Track>")
        assert only.geometry == shapely.Point(5, 6)
        none = one(tmp_path, "<gx:Track><when>2026-05-01T10:00Z</when><gx:coord> </gx:coord></gx:Track>")
        assert none.fault is not None

    def test_tracks_of_several_parts_and_among_others(self, tmp_path: Path) -> None:
        tracks = "".join(
            f"<gx:Track><gx:coord>{x} 0 0</gx:coord><gx:coord>{x} 1 0</gx:coord></gx:Track>" for x in (1, 2)
        )
        row = one(tmp_path, f"<gx:MultiTrack><gx:interpolate>0</gx:interpolate>{tracks}</gx:MultiTrack>")
        assert row.geometry is not None
        assert row.geometry.wkt == "MULTILINESTRING ((1 0, 1 1), (2 0, 2 1))"
        assert row.remarks[0].code == "times_unread"  # no times at all are another number of times than of fixes
        mixed = one(tmp_path, f"<MultiGeometry>{tracks}{polygon(5)}</MultiGeometry>")
        assert mixed.geometry is not None
        assert shapely.get_coordinates(mixed.geometry).max() == 6.0

    def test_a_ring_alone_is_a_closed_line(self, tmp_path: Path) -> None:
        closed = one(tmp_path, "<LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing>")
        left_open = one(tmp_path, "<LinearRing><coordinates>0,0 1,0 1,1</coordinates></LinearRing>")
        assert closed.geometry == left_open.geometry == shapely.LineString([(0, 0), (1, 0), (1, 1), (0, 0)])
        assert (closed.remarks, left_open.remarks[0].code) == ((), "unclosed")

    def test_an_outline_keeps_its_label(self, tmp_path: Path) -> None:
        point = "<Point><coordinates>0.7,0.3</coordinates></Point>"
        row = one(tmp_path, f"<MultiGeometry>{point}{polygon(0)}</MultiGeometry>")
        assert row.geometry is not None
        assert [part.geom_type for part in shapely.get_parts(row.geometry)] == ["Point", "Polygon"]

    def test_a_model_is_the_place_where_it_stands(self, tmp_path: Path) -> None:
        place = "<longitude>17.5</longitude><latitude>44.5</latitude><altitude>3</altitude>"
        row = one(tmp_path, f"<Model><Location>{place}</Location></Model>")
        assert row.geometry == shapely.Point(17.5, 44.5)
        assert row.remarks[0].code == "model_as_point"

    def test_geometries_nested_without_end_are_one_faulty_row(self, tmp_path: Path) -> None:
        deep = "<MultiGeometry>" * 5000 + "</MultiGeometry>" * 5000
        good, bad = read(kml(tmp_path, mark("a", polygon(0)), mark("b", deep)))
        assert good.geometry is not None
        assert bad.fault is not None


class TestColumnsAndNotes:
    def test_columns_keep_the_types_of_their_own_schema(self, tmp_path: Path) -> None:
        schemas = "".join(
            f'<Schema name="{n}" id="{n}"><SimpleField name="number" type="{t}"/></Schema>'
            for n, t in (("a", "int"), ("b", "string"))
        )
        cell = '<SimpleData name="number">007</SimpleData>'
        data = [f'<ExtendedData><SchemaData schemaUrl="#{n}">{cell}</SchemaData></ExtendedData>' for n in ("a", "b")]
        first, second = read(kml(tmp_path, schemas, *[mark("x", polygon(0) + d) for d in data]))
        assert (first.attributes["number"], second.attributes["number"]) == (7, "007")

    def test_what_a_placemark_says_is_kept(self, tmp_path: Path) -> None:
        body = (
            "<Snippet>short</Snippet><address>Brod</address><TimeSpan><begin>2026-01-01</begin><end>2026-02-01</end></TimeSpan>"
            '<ExtendedData xmlns:camp="urn:camp"><camp:number>14</camp:number></ExtendedData>' + polygon(0)
        )
        path = kml(tmp_path, f"<Folder><name>north</name><Folder><name>east</name>{mark('a', body)}</Folder></Folder>")
        path.write_text(path.read_text().replace("<Placemark>", '<Placemark id="pm7">'))
        [row] = read(path)
        kept = {"Snippet": "short", "address": "Brod", "begin": "2026-01-01", "end": "2026-02-01", "number": "14"}
        assert kept.items() <= row.attributes.items()
        assert row.attributes["id"] == "pm7"
        assert row.attributes["Folder"] == "north / east"

    def test_a_placemark_of_the_old_form_is_a_row(self, tmp_path: Path) -> None:
        schema = '<Schema parent="Placemark" name="area"><SimpleField name="devices" type="int"/></Schema>'
        path = kml(
            tmp_path, schema, f"<area><name>a</name><devices>3</devices>{polygon(0)}</area>", mark("b", polygon(9))
        )
        first, second = read(path)
        assert (first.attributes["devices"], second.attributes["devices"]) == (3, None)
        assert first.geometry is not None

    def test_a_placemark_stands_in_any_container(self, tmp_path: Path) -> None:
        path = kml(
            tmp_path,
            f"<gx:Tour><Update><Create>{mark('a', polygon(0))}</Create></Update></gx:Tour>",
            mark("b", polygon(5)),
        )
        assert [row.attributes["Name"] for row in read(path)] == ["a", "b"]

    def test_images_are_named_with_their_place(self, tmp_path: Path) -> None:
        box = "<LatLonBox><north>45</north><south>44</south><east>18</east><west>17</west></LatLonBox>"
        ground = (
            f"<GroundOverlay><name>minefield sketch</name>{box}</GroundOverlay><GroundOverlay>{box}</GroundOverlay>"
        )
        reading = read(kml(tmp_path, mark("a", polygon(0)), ground, "<ScreenOverlay/>"))
        assert len(list(reading)) == 1
        assert (
            "not read: 2 GroundOverlay (images laid on the ground; what is drawn in them does not warn): "
            "minefield sketch, west 17 east 18 south 44 north 45"
        ) in reading.notes
        assert "not read: 1 ScreenOverlay (images on the screen)" in reading.notes


class TestText:
    def test_a_sound_file_with_an_undeclared_prefix_or_a_bare_ampersand_is_read(self, tmp_path: Path) -> None:
        """2026-11-28, a review of real files: both were refused as "damaged"; Google Earth opens both."""
        path = tmp_path / "a.kml"
        body = mark(
            "Mines & UXO &nbsp;&eacute; &#233; &lt;b&gt; &lang &#1;",
            "<gx:balloonVisibility>1</gx:balloonVisibility>" + polygon(0),
        )
        body += mark("b", "<description><![CDATA[<a href='x?a=1&b=2'>]]></description>" + polygon(5))
        path.write_text(
            f'\n<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2" '
            f'xsi:schemaLocation="x"><!-- a & b --><Document>{body}</Document></kml>',
            encoding="utf-8",
        )
        reading = read(path)
        first, second = reading
        assert first.geometry is not None
        assert first.attributes["Name"] == "Mines & UXO \xa0é é <b> &lang"
        assert second.attributes["description"] == "<a href='x?a=1&b=2'>"
        assert any("prefixes that the document does not declare: gx, xsi" in note for note in reading.notes)

    @pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "utf-8-sig", "gb18030", "koi8-r"])
    def test_the_encoding_that_a_document_declares_is_used(self, tmp_path: Path, encoding: str) -> None:
        path = tmp_path / "a.kml"
        text = document(mark("Минное поле", polygon(0))).replace('"UTF-8"', f'"{encoding.removesuffix("-sig")}"')
        path.write_bytes(text.encode(encoding))
        [row] = read(path)
        assert row.attributes["Name"] == "Минное поле"

    def test_bytes_that_are_no_text_lose_no_hazard_and_no_byte(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kml"
        path.write_bytes(document(mark("§", polygon(0))).encode("cp1251"))
        reading = read(path)
        [row] = reading
        assert row.geometry is not None
        assert row.attributes["Name"] == r"\xa7"
        assert any(r"bytes that are not UTF-8, kept as \xNN: 1" in note for note in reading.notes)

    def test_a_document_that_needs_repair_and_is_cut_off_is_refused_with_its_place(self, tmp_path: Path) -> None:
        text = document(mark("a & b", polygon(0)), mark("c", polygon(5)))
        path = tmp_path / "a.kml"
        for share in (0.5, 0.9, 0.99):
            path.write_text(text[: int(len(text) * share)])
            with pytest.raises(FileRefused, match="line 1, column"):
                read(path)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("<!--" * 200_000, "line 1, column"),
        ("<Folder></Folder>" * 40_000, "it has 40,000 layers"),
        (f"<Placemark><Point><coordinates>1{' ' * 500_000}2</coordinates></Point></Placemark>", "1 row"),
        ("<Placemark>" + "<a>" * 100_000 + "</a>" * 100_000 + "</Placemark>", "1 row"),
    ],
    ids=["comments", "folders", "spaces", "depth"],
)
def test_what_is_repeated_without_end_ends_soon(tmp_path: Path, body: str, outcome: str) -> None:
    """2026-11-28: comments that never end, names used again and white space cost the square of their number."""
    path = tmp_path / "a.kml"
    path.write_text(f"<kml>{body}</kml>")
    try:
        found = f"{len(list(Kml().read(path)))} row"
    except FileRefused as refused:
        found = refused.why
    assert outcome in found


def test_no_damage_to_a_file_ever_ends_in_anything_but_rows_or_a_refusal(tmp_path: Path) -> None:
    """A small fuzz: bytes changed, dropped, doubled and swapped in a document that has a bit of everything."""
    rng = random.Random(5)
    track = "<gx:Track><when>2026-01-01T00:00:00Z</when><gx:coord>1 2 3</gx:coord></gx:Track>"
    seed = document(mark("a & b", polygon(0)), mark("b", track), link("x.kml"), "<GroundOverlay/>").encode()
    seeds = [seed, kmz(tmp_path, doc_kml=seed, b_kml=seed).read_bytes()]
    path = tmp_path / "f.kmz"
    for turn in range(1500):
        data = bytearray(seeds[turn % 2])
        for _ in range(rng.randint(1, 4)):
            at, length = rng.randrange(len(data)), rng.randint(1, 12)
            piece = data[at : at + length]
            data[at : at + length] = rng.choice([b"", piece * 2, rng.randbytes(length), b"<", b"&", b"</Placemark>"])
        path.write_bytes(data)
        try:
            numbers = [row.number for row in Kml().read(path)]
        except FileRefused:
            continue
        assert numbers == list(range(1, len(numbers) + 1))


OVERLAY = (
    "<GroundOverlay><name>sketch</name><Icon><href>sketch.png</href></Icon><LatLonBox><north>45</north>"
    "<south>44.9</south><east>17.2</east><west>17.1</west>{}</LatLonBox></GroundOverlay>"
)
QUAD = "<gx:LatLonQuad><coordinates>17.1,44.9 17.2,44.91 17.2,45 17.1,44.99</coordinates></gx:LatLonQuad>"


def kml_of(inside: str) -> str:
    names = 'xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"'
    return f"<kml {names}><Document>{inside}</Document></kml>"


@pytest.mark.parametrize(
    ("overlay", "place"),
    [
        (OVERLAY.format(""), (17.101, 44.901)),
        (OVERLAY.format("<rotation>45</rotation>"), (17.15, 45.015)),
        (f"<GroundOverlay>{QUAD}</GroundOverlay>", (17.15, 44.95)),
    ],
)
def test_an_image_alone_is_an_area_and_releases_no_land(
    tmp_path: Path, overlay: str, place: tuple[float, float]
) -> None:
    """2026-11-28: a scanned sketch of a minefield was refused as a file without places."""
    path = tmp_path / "sketch.kml"
    path.write_text(kml_of(overlay), encoding="utf-8")
    [row] = read(path)
    assert row.geometry is not None
    assert row.geometry.covers(shapely.Point(place))
    assert row.inner_geometry is not None
    assert row.inner_geometry.is_empty
    assert [remark.code for remark in row.remarks] == ["image_as_area"]


def test_an_image_without_a_place_is_a_faulty_row_and_one_beside_placemarks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sketch.kml"
    path.write_text(kml_of(OVERLAY.format("").replace("17.2", "east")), encoding="utf-8")
    [row] = read(path)
    assert row.fault is not None
    assert "needs numbers for west, east" in row.fault.message
    mark = "<Placemark><Point><coordinates>17.1,44.9</coordinates></Point></Placemark>"
    path.write_text(kml_of(OVERLAY.format("") + mark), encoding="utf-8")
    reading = read(path)
    assert len(list(reading)) == 1
    assert "not read: 1 GroundOverlay" in " ".join(reading.notes)


def test_plain_kml_that_is_named_kmz_is_read_and_told(tmp_path: Path) -> None:
    """2026-11-28: it was refused as no archive."""
    path = tmp_path / "area.kmz"
    path.write_text(kml_of("<Placemark><Point><coordinates>17.1,44.9</coordinates></Point></Placemark>"))
    reading = read(path)
    assert [row.geometry for row in reading] == [shapely.Point(17.1, 44.9)]
    assert any("is not an archive but plain KML" in note for note in reading.notes)


def test_folders_are_read_together_when_asked_for(tmp_path: Path) -> None:
    """2026-11-28: folder by folder took an hour. Never unasked: one may hold cleared land."""
    folder = (
        "<Folder><name>{}</name><Placemark><Point><coordinates>17.1,44.9</coordinates></Point></Placemark></Folder>"
    )
    path = tmp_path / "area.kml"
    path.write_text(kml_of(folder.format("north") + folder.format("south")), encoding="utf-8")
    with pytest.raises(FileRefused, match=r'it has 2 layers; name one.*north, south; .*--layer "all folders"'):
        read(path)
    assert [row.attributes["Folder"] for row in read(path, layer="all folders")] == ["north", "south"]
