"""The register's tables, as SQLAlchemy Core sees them. Migrations make them; a test holds that the two agree.

One table is the truth: ``merestone_event``, append-only. One table per kind of record is a projection of it, and a
GeoPackage feature layer. Geometry columns are opaque bytes here: the GeoPackage store writes its own binary form.
"""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

from merestone.terms import RecordKind

METADATA: Final = MetaData()

EVENT: Final = Table(
    "merestone_event",
    METADATA,
    Column("seq", Integer, primary_key=True, comment="place in the chain, from 1"),
    Column("event_id", Text, nullable=False, comment="SHA-256 of body, hexadecimal"),
    Column("chain", Text, nullable=False, comment="SHA-256 of the chain before and event_id, hexadecimal"),
    Column("change", Text, nullable=False),
    Column("record_id", Text),
    Column("kind", Text),
    Column("true_from", Text),
    Column("true_until", Text),
    Column("recorded_at", Text, nullable=False),
    Column("body", Text, nullable=False, comment="canonical JSON"),
    Column("geometry", LargeBinary, comment="ISO WKB, longitude and latitude on WGS 84"),
)
# One covering index answers "which event of each record holds", for any pair of times, without touching the bodies.
Index(
    "merestone_event_life",
    EVENT.c.record_id,
    EVENT.c.seq,
    EVENT.c.true_from,
    EVENT.c.true_until,
    sqlite_where=EVENT.c.record_id.is_not(None),
)
Index("merestone_event_known", EVENT.c.recorded_at)
Index("merestone_event_other", EVENT.c.change, sqlite_where=EVENT.c.record_id.is_(None))


def _layer(kind: RecordKind) -> Table:
    return Table(
        kind.value,
        METADATA,
        Column("fid", Integer, primary_key=True, comment="seq of the record's first event"),
        Column("geom", LargeBinary, nullable=False),
        Column("record_id", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("accuracy_m", Float),
        Column("true_from", Text),
        Column("true_until", Text),
        Column("visibility", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("recorded_by", Text, nullable=False),
        Column("recorded_at", Text, nullable=False),
        Column("data_on", Text),
        Column("attributes", Text, nullable=False, comment="JSON"),
        Column("event_seq", Integer, nullable=False, comment="the event whose state this row shows"),
        Column("label", Text, nullable=False),
        Column("status", Text, comment="state in the life of a hazardous area"),
    )


LAYERS: Final = {kind: _layer(kind) for kind in RecordKind}
"""The current layers, one per kind."""

DRAFT: Final = Table(
    "merestone_draft",
    METADATA,
    Column("fid", Integer, primary_key=True, comment="seq of the draft's first event"),
    Column("draft_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("record_id", Text, comment="the record that it would revise; NULL: a new one"),
    Column("seen_version", Integer),
    Column("hub", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("state_seq", Integer, nullable=False, comment="the event that holds its state"),
    Column("event_seq", Integer, nullable=False, comment="its last event"),
)
"""What waits for approval: a projection of the events about drafts."""

SECRET: Final = Table(
    "merestone_secret",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""What no event, export or page may carry (`merestone.register.query.outline_key`)."""
