"""The web: pages, a JSON endpoint, and an OGC API over one register.

Served on loopback unless told otherwise, to the public tier unless told otherwise. Not here: rules, SQL, geometry, and
anything that a library's user would need without a server.
"""

from merestone.service.app import create_app
from merestone.service.audit import write_to
from merestone.service.chosen_records import view_of
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.service.server import check_servable, default_workers, free_port, ready, run
from merestone.service.starting import opened_port

__all__ = [
    "Context",
    "Tier",
    "check_servable",
    "create_app",
    "default_workers",
    "free_port",
    "opened_port",
    "ready",
    "run",
    "view_of",
    "write_to",
]
