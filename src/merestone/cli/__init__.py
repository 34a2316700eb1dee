"""The command line over all rooms. A command calls one function of a room and prints what it returns."""

from merestone.cli.main import main

__all__ = ["main"]
