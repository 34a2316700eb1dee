"""Languages of the public."""
