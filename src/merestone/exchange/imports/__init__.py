"""Imports: files compared with the register, previewed, understood, and recorded in one transaction."""
