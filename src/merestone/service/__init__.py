"""The web: pages, a JSON endpoint, and an OGC API over one register.

Served on loopback unless told otherwise, to the public tier unless told otherwise. Not here: rules, SQL, geometry, and
anything that a library's user would need without a server.
"""

from merestone.service.app import create_app
from merestone.service.holding import Tier

__all__ = ["Tier", "create_app"]
