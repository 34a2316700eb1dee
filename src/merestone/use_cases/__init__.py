"""What people ask of Merestone, as plain functions: balance land, price its clearance, plan, report, brief, screen.

Each function takes open registers, paths and figures, joins the rooms that the answer needs, and returns a frozen
result; ``as_json()`` of a result is what the commands print with ``--json``. The command line, the service and a Python
program call the same functions, so that all get the same answer.

Not here: parsing of options, printing, HTTP; any rule that belongs to a room above.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
