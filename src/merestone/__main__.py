"""``python -m merestone``: the same as the `merestone` command."""

from merestone.cli import main

main()
