"""Events and records as values: what was written down, its canonical bytes, and what it states of each day."""
