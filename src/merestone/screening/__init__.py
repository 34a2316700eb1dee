"""Is there a recorded hazard here?."""
