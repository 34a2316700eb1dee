"""Layers show where a hazardous area stands in its life; drafts wait in a table of their own."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LAYERS = (
    "suspected",
    "confirmed",
    "restricted",
    "minefield_record",
    "accident",
    "incident",
    "spot_find",
    "cancelled",
    "reduced",
    "cleared",
)
STATUS = {
    "suspected": "sha",
    "confirmed": "cha",
    "cancelled": "cancelled",
    "reduced": "reduced",
    "cleared": "cleared",
}

DRAFTS = (
    """CREATE TABLE merestone_draft (fid INTEGER NOT NULL PRIMARY KEY, draft_id TEXT NOT NULL UNIQUE,
    stage TEXT NOT NULL, record_id TEXT, seen_version INTEGER, hub TEXT NOT NULL, organisation TEXT NOT NULL,
    author TEXT NOT NULL, changed_at TEXT NOT NULL, state_seq INTEGER NOT NULL, event_seq INTEGER NOT NULL)""",
    "CREATE INDEX merestone_draft_hub ON merestone_draft (hub, stage)",
)


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    for layer in LAYERS:
        run(f'ALTER TABLE "{layer}" ADD COLUMN status TEXT')
    for layer, status in STATUS.items():
        run(f'UPDATE "{layer}" SET status = ?', (status,))  # noqa: S608
    for statement in DRAFTS:
        run(statement)
