"""Where a row lies: columns, notations and measures that state a place, its accuracy and its extent."""
