"""Whole registers: diverged copies merged, backups made and put back."""
