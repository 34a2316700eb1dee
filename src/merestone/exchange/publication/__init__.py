"""Publication: snapshots of the register and tables as files that others open."""
