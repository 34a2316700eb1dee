"""Questions to the register: what held on a day, as it was known at a moment, for a viewer."""
