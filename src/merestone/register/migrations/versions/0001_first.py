"""The first form of the register: a GeoPackage 1.3 with an append-only event table and one layer per kind."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not imported: a step says what was true on the day it was released, whatever the code says today.
KINDS = {
    "suspected": "Suspected hazardous areas",
    "confirmed": "Confirmed hazardous areas",
    "restricted": "Restricted areas",
    "minefield_record": "Minefield records",
    "accident": "Accidents",
    "incident": "Incidents",
    "spot_find": "Spot finds",
    "cancelled": "Cancelled areas",
    "reduced": "Reduced areas",
    "cleared": "Cleared areas",
}

WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)

# OGC 12-128r18, annex C, tables 14, 15, 16 and 18.
GEOPACKAGE = (
    "PRAGMA application_id = 1196444487",
    "PRAGMA user_version = 10300",
    """CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
    description TEXT)""",
    """CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
    identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
    definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

EVENT = (
    """CREATE TABLE merestone_event (seq INTEGER NOT NULL PRIMARY KEY, event_id TEXT NOT NULL, chain TEXT NOT NULL,
    change TEXT NOT NULL, record_id TEXT, kind TEXT, true_from DATE, true_until DATE, recorded_at DATETIME NOT NULL,
    body TEXT NOT NULL, geometry BLOB)""",
    """CREATE INDEX merestone_event_life ON merestone_event (record_id, seq, true_from, true_until)
    WHERE record_id IS NOT NULL""",
    "CREATE INDEX merestone_event_known ON merestone_event (recorded_at)",
    "CREATE INDEX merestone_event_other ON merestone_event (change) WHERE record_id IS NULL",
    """CREATE TRIGGER merestone_event_keeps BEFORE UPDATE ON merestone_event BEGIN
    SELECT RAISE(ABORT, 'an event is never changed; write a new one'); END""",
    """CREATE TRIGGER merestone_event_stays BEFORE DELETE ON merestone_event BEGIN
    SELECT RAISE(ABORT, 'an event is never deleted; write a withdrawal'); END""",
)

LAYER = """CREATE TABLE "{t}" (fid INTEGER NOT NULL PRIMARY KEY, geom GEOMETRY NOT NULL, record_id TEXT NOT NULL,
version INTEGER NOT NULL, accuracy_m REAL, true_from DATE, true_until DATE, visibility TEXT NOT NULL,
source TEXT NOT NULL, recorded_by TEXT NOT NULL, recorded_at DATETIME NOT NULL, data_on DATE, attributes TEXT NOT NULL,
event_seq INTEGER NOT NULL, label TEXT NOT NULL)"""

# OGC 12-128r18, annex F.3: the R-tree and its triggers, word for word but for the names.
RTREE = (
    'CREATE VIRTUAL TABLE "rtree_{t}_geom" USING rtree(id, minx, maxx, miny, maxy)',
    """CREATE TRIGGER "rtree_{t}_geom_insert" AFTER INSERT ON "{t}"
    WHEN (new."geom" NOT NULL AND NOT ST_IsEmpty(NEW."geom"))
    BEGIN INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES (NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"),
    ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")); END""",
    """CREATE TRIGGER "rtree_{t}_geom_update1" AFTER UPDATE OF "geom" ON "{t}"
    WHEN OLD."fid" = NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
    BEGIN INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES (NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"),
    ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")); END""",
    """CREATE TRIGGER "rtree_{t}_geom_update2" AFTER UPDATE OF "geom" ON "{t}"
    WHEN OLD."fid" = NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))
    BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid"; END""",
    """CREATE TRIGGER "rtree_{t}_geom_update3" AFTER UPDATE ON "{t}"
    WHEN OLD."fid" != NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
    BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid";
    INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES (NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"),
    ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")); END""",
    """CREATE TRIGGER "rtree_{t}_geom_update4" AFTER UPDATE ON "{t}"
    WHEN OLD."fid" != NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))
    BEGIN DELETE FROM "rtree_{t}_geom" WHERE id IN (OLD."fid", NEW."fid"); END""",
    """CREATE TRIGGER "rtree_{t}_geom_delete" AFTER DELETE ON "{t}" WHEN old."geom" NOT NULL
    BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid"; END""",
)


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    for statement in (*GEOPACKAGE, *EVENT):
        run(statement)
    systems = "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)"
    run(systems, ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinates"))
    run(systems, ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinates"))
    run(systems, ("WGS 84 geodetic", 4326, "EPSG", 4326, WGS84, "longitude and latitude in degrees on WGS 84"))
    contents = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, ?, ?, ?, ?)"
    )
    run(contents, ("merestone_event", "attributes", "merestone_event", "The register's history: append-only events", 0))
    for table, title in KINDS.items():
        run(LAYER.format(t=table))
        run(contents, (table, "features", table, f"{title}: current state, rebuilt from merestone_event", 4326))
        run("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', 4326, 2, 0)", (table,))
        extension = ("gpkg_rtree_index", "http://www.geopackage.org/spec120/#extension_rtree", "write-only")
        run("INSERT INTO gpkg_extensions VALUES (?, 'geom', ?, ?, ?)", (table, *extension))
        for statement in RTREE:
            run(statement.format(t=table))
