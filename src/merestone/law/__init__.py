"""What binds a state on a given day."""
