"""A secret of the register, from which the public outlines of its records are drawn."""

import os

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    # Named in no table of a GeoPackage's contents: GDAL does not list it, and copies none of it into another file.
    run("CREATE TABLE IF NOT EXISTS merestone_secret (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL)")
    run("INSERT OR IGNORE INTO merestone_secret VALUES ('outline', ?)", (os.urandom(32),))
