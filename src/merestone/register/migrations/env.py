"""Run the steps on the connection that the store gives; there is no other way in."""

from alembic import context
from sqlalchemy import Connection

from merestone.register.events.schema import METADATA

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
