"""Alerts in the register: what was declared, approved and published, by whom; and the area that the public may see."""
