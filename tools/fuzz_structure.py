"""Mutations of the structure behind the bytes: values of JSON, elements of XML, cells of tables, SQLite and Parquet.

Each takes a file apart with a library that is not ours, changes one thing, and writes it again, so that the input
passes the checks that any change of bytes would fail. None where the content is not of that structure.
"""

import csv
import io
import json
import math
import sqlite3
import struct
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

LARGEST_BYTES = 200_000
"""Larger files are changed as bytes only: to take them apart would cost more than it finds."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -0.0, 1, -1, 180, -180, 90, 90.0000001, 360, 17.105, 44.905, 1e308, -1e308, 1e-320, 2**53 + 1,
    2**63, -(2**63), math.nan, math.inf, "", " ", "17,105", "17.105", "nan", "null", "POLYGON EMPTY", "2026-02-30",
    "2026-05-01T24:00:00Z", "čѐ\u2028\x0b", "\ud800", "EPSG:3857", "EPSG:4314", "urn:ogc:def:crs:EPSG::4326",
    "Polygon", "Point", "MultiLineString", "GeometryCollection", [], {}, [[]], [[[]]], [17.1, 44.9],
    [44.9, 17.1, 1e9, 4], [[17.1]], [[17.1, 44.9], [17.1, 44.9]], {"type": "Point", "coordinates": [17.105, 44.905]},
    {"type": "Feature"},
    {"type": "name", "properties": {"name": "EPSG:3857"}}, {"wkid": 102100}, {"wkid": -1},
    {"paths": [[[1, 2], [3, 4]]]},
)  # fmt: skip
CELLS = (
    "", " ", "0", "-0.0", "1e999", "nan", "17.105", "44.905", "17,105", "44°54'18\" N", "N 44 54.3", "17.105 44.905",
    "44.905, 17.105", "33TYL0800075000", "33XYL0800075000", "666000.5", "4974000", "33N", "60S", "POINT (17 45)",
    "SRID=3857;POINT (1 2)", "POLYGON ((17 44, 18 44, 18 45, 17 44))", "POLYGON ((17 44, 18 44))", "LINESTRING EMPTY",
    "MULTIPOINT ((17 44), EMPTY)", "CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))", "0101000000",
    '{"type":"Point","coordinates":[17,45]}', "44.9 17.1 0 0; 44.9 17.2 0 0; 45 17.2 0 0", "[[17.1,44.9],[17.2,45]]",
    "2026-02-30", "01.05.2026", "500 m", "-5", "1.234.567", "true", "#geo+lat", "#geo+lon", "lat", "lon", "wkt", "x",
    "y", "easting", "zone", "mgrs", "radius_m", "accuracy_m", "hazard_id", "point_no", "polygon", "геометрия",
    "\x00", "\\N", "A" * 300,
)  # fmt: skip
Structured = Callable[[bytes, bytes, Random], bytes | None]


def restructured(content: bytes, other: bytes, random: Random) -> bytes | None:
    """The content with one change of its structure; None where it has none that is known."""
    if len(content) > LARGEST_BYTES:
        return None
    for known in _kinds_of(content):
        try:
            changed = known(content, other, random)
        except Exception:
            continue
        if changed is not None:
            return changed
    return None


def _kinds_of(content: bytes) -> Sequence[Structured]:
    if content.startswith(b"SQLite format 3\x00"):
        return (_in_sqlite,)
    if content.startswith(b"PAR1"):
        return (_in_parquet,)
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n\x1e")[:1]
    if start in (b"{", b"["):
        return (_in_json, _in_lines)
    if start == b"<":
        return (_in_xml,)
    return () if b"\x00" in content[:2048] else (_in_table,)


# ---- JSON


def _in_json(content: bytes, other: bytes, random: Random) -> bytes | None:
    value = json.loads(content)
    places = list(_places(value))
    if not places:
        return None
    holder, key = random.choice(places)
    change = random.randrange(8)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, list):
        holder.insert(key, holder[random.randrange(len(holder))])
    elif change == 2:
        there, at = random.choice(places)
        holder[key] = json.loads(json.dumps(there[at]))
    elif change == 3 and (donors := _donors(other)):
        donor, at = random.choice(donors)
        holder[key] = donor[at]
    elif change == 4:
        holder[key] = random.choice(([holder[key]], {"a": holder[key]}, str(holder[key])[:1000]))
    elif change == 5 and isinstance(holder, dict):
        holder[random.choice(_member_names(places))] = holder.pop(key)
    elif change == 6 and isinstance(holder, list):
        random.shuffle(holder)
    elif isinstance(holder[key], (int, float)) and not isinstance(holder[key], bool):
        holder[key] = random.choice((*VALUES, holder[key] + random.uniform(-1, 1), -holder[key], round(holder[key])))
    else:
        holder[key] = random.choice(VALUES)
    return json.dumps(value).encode()


def _places(value: Any) -> Any:
    """Every place in a value of JSON: what holds it, and its key there."""
    open_values = [value]
    while open_values:
        at = open_values.pop()
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        for key in keys:
            yield at, key
            if isinstance(at[key], (dict, list)):
                open_values.append(at[key])


def _donors(other: bytes) -> list[Any]:
    try:
        return list(_places(json.loads(other)))
    except (ValueError, RecursionError):
        return []


def _member_names(places: Sequence[Any]) -> list[str]:
    names = {key for _, key in places if isinstance(key, str)}
    return sorted(names | {"type", "coordinates", "geometry", "crs", "properties", "features", "id", "bbox", "rings"})


def _in_lines(content: bytes, other: bytes, random: Random) -> bytes | None:
    """One line of newline-delimited JSON."""
    lines = content.splitlines(keepends=True)
    at = random.randrange(len(lines))
    changed = _in_json(lines[at].lstrip(b"\x1e"), other, random)
    return None if changed is None else b"".join((*lines[:at], changed, b"\n", *lines[at + 1 :]))


# ---- XML


def _in_xml(content: bytes, _other: bytes, random: Random) -> bytes | None:
    root = ET.fromstring(content)
    places = [(parent, at) for parent in root.iter() for at in range(len(parent))]
    if not places:
        return None
    parent, at = random.choice(places)
    element = parent[at]
    change = random.randrange(8)
    if change == 0:
        parent.remove(element)
    elif change == 1:
        parent.insert(random.randrange(len(parent) + 1), element)
    elif change == 2:
        holder, place = random.choice(places)
        parent[at] = holder[place] if not _holds(holder[place], parent) else ET.Element(element.tag)
    elif change == 3:
        element.tag, parent[random.randrange(len(parent))].tag = random.choice(places)[0].tag, element.tag
    elif change == 4 and element.attrib:
        name = random.choice(sorted(element.attrib))
        element.attrib[name] = random.choice(("", "NaN", "44.9", "EPSG:4258", "#a", "urn:ogc:def:crs:EPSG::32633", "3"))
    elif change == 5:
        element.text, element.tail = element.tail, element.text
    elif element.text and element.text.strip():
        element.text = _words_changed(element.text, random)
    else:
        element.text = random.choice(CELLS).replace("\x00", "")
    return ET.tostring(root, encoding="unicode").encode("utf-8", "surrogatepass")


def _holds(element: ET.Element, other: ET.Element) -> bool:
    return any(inside is other for inside in element.iter())


def _words_changed(text: str, random: Random) -> str:
    """One word of a text of coordinates changed, dropped, or said twice."""
    words = text.split()
    at = random.randrange(len(words))
    by = random.choice(("", words[at] + " " + words[at], random.choice(CELLS).replace("\x00", ""), "17.1,44.9", "NaN"))
    return " ".join((*words[:at], by, *words[at + 1 :]))


# ---- tables


def _in_table(content: bytes, _other: bytes, random: Random) -> bytes | None:
    text = content.decode("utf-8")
    separator = max(",;\t|", key=text.split("\n", 1)[0].count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    if not rows or not any(rows):
        return None
    row = random.choice([row for row in rows if row])
    at = random.randrange(len(row))
    change = random.randrange(7)
    if change == 0:
        rows = [[cell for place, cell in enumerate(cells) if place != at] for cells in rows]
    elif change == 1:
        for cells, cell in zip(rows, [random.choice(CELLS[-22:]), *[random.choice(CELLS)] * len(rows)], strict=False):
            cells.insert(at, cell)
    elif change == 2:
        rows.insert(random.randrange(len(rows) + 1), list(random.choice(rows)))
    elif change == 3:
        separator = random.choice(",;\t|")
    elif change == 4:
        row[at], row[random.randrange(len(row))] = row[random.randrange(len(row))], row[at]
    else:
        row[at] = random.choice((*CELLS, row[at] * 2, row[at].replace(".", ",")))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=random.choice(("\n", "\r\n"))).writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


# ---- binary values, SQLite and Parquet


def blob_changed(value: Any, random: Random) -> Any:
    """A value of a database: a geometry changed as one, a text or number replaced by another."""
    if isinstance(value, bytes) and value:
        if random.random() < 0.3:
            return _other_geometry(value, random)
        changed = bytearray(value)
        at = random.randrange(min(len(changed), 64))
        form = random.choice(("<I", ">I", "<d", "B"))
        size = min(struct.calcsize(form), len(changed) - at)
        number: Any = (
            random.choice((math.nan, 1e308, 0.0)) if form == "<d" else random.choice((0, 1, 2, 7, 10, 128, 255))
        )
        changed[at : at + size] = struct.pack(form, number)[:size]
        return bytes(changed)
    return random.choice((None, 0, -1, 1.5, 2**53 + 1, "", "2026-02-30", "č", b"\x00", "text", 44.905))


def _other_geometry(value: bytes, random: Random) -> bytes:
    """Another kind of geometry, in the container of the value where that is GeoPackage's."""
    shape = shapely.from_wkt(
        random.choice(
            ("POINT EMPTY", "POLYGON EMPTY", "POINT Z (17 45 1)", "LINESTRING (17 45, 17.1 45, 17.1 45.1, 17 45)",
             "GEOMETRYCOLLECTION (POINT (17 45), POLYGON ((17 45, 18 45, 18 46, 17 45)))", "MULTIPOINT (17 45, 17 45)",
             "POLYGON ((17 45, 18 46, 18 45, 17 46, 17 45))", "POLYGON ((17 45, 18 45, 17 45))", "POINT (0 0)")
        )
    )  # fmt: skip
    wkb: bytes = shapely.to_wkb(shape)
    if value[:2] != b"GP":
        return wkb
    return b"GP\x00\x01" + value[4:8] + wkb


def _in_sqlite(content: bytes, _other: bytes, random: Random) -> bytes | None:
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(content)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        name = random.choice([name for name in names if not name.startswith(("sqlite_", "rtree_", "idx_"))])
        quoted = '"' + name.replace('"', '""') + '"'
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted})")]
        rows = connection.execute(f"SELECT rowid, * FROM {quoted}").fetchall()
        for trigger in [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            connection.execute(f'DROP TRIGGER "{trigger}"')
        column = '"' + random.choice(columns).replace('"', '""') + '"'
        change = random.randrange(10)
        if change == 0:
            connection.execute(f"DROP TABLE {quoted}")
        elif change == 1:
            connection.execute(f"ALTER TABLE {quoted} RENAME COLUMN {column} TO {random.choice(('lat', 'geom', 'x'))}")
        elif change == 2:
            connection.execute(f"DELETE FROM {quoted} WHERE rowid = ?", (random.choice(rows)[0],))
        else:
            row = random.choice(rows)
            at = random.randrange(len(columns))
            quoted_column = '"' + columns[at].replace('"', '""') + '"'
            value = blob_changed(row[at + 1], random)
            connection.execute(f"UPDATE {quoted} SET {quoted_column} = ? WHERE rowid = ?", (value, row[0]))
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def _in_parquet(content: bytes, _other: bytes, random: Random) -> bytes | None:
    table = pq.read_table(io.BytesIO(content))
    metadata = dict(table.schema.metadata or {})
    change = random.randrange(4)
    if change == 0 and b"geo" in metadata:
        metadata[b"geo"] = _in_json(metadata[b"geo"], b"", random) or b"{}"
        table = table.replace_schema_metadata(metadata)
    elif change == 1:
        at = random.randrange(table.num_columns)
        names = list(table.column_names)
        names[at] = random.choice(("lat", "lon", "geometry", "wkt", "x", "", "č", "accuracy_m", names[0]))
        table = table.rename_columns(names)
    else:
        at = random.randrange(table.num_columns)
        field = table.schema.field(at)
        values = table.column(at).to_pylist()
        values[random.randrange(len(values))] = blob_changed(values[0], random)
        kinds = (field.type, pa.float32(), pa.string(), pa.binary(), pa.int64(), pa.large_string(), None)
        column = pa.array(values, random.choice((field.type, *kinds)), from_pandas=True)
        table = table.set_column(at, field.name, column)
    out = io.BytesIO()
    pq.write_table(table, out, compression=random.choice(("none", "snappy")))
    return out.getvalue()
