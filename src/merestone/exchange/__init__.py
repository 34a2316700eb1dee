"""Every format in and out, and the two ways that join files to the register: intake and publication.

A file becomes rows, nothing judged (`read`). Rows become accepted, repaired or quarantined records, and the three add
up to what came in. A snapshot of the register becomes files, the public tier always containing the true areas.

Not here: what makes an area valid (geodesy), what may be seen by whom (register), any rule of release or law.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
