"""The steps by which a register's schema came to be, in order, run by Alembic."""
