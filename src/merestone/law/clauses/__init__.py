"""One module a treaty: its clauses as functions named after the article, each beside the treaty's own words.

The English words are those of the authentic texts as published by the Netherlands (wetten.overheid.nl, BWBV0001384,
BWBV0003143, BWBV0003694, BWBV0004938) and, for Protocol V, by Latvia (likumi.lv, 1540), cut with "..." where a rule
needs less of them.
"""

import importlib
import pkgutil

from merestone.law.clause import Treaty


def all_treaties() -> dict[str, Treaty]:
    """Every treaty whose module lies in this package, by key, in the order of their keys."""
    declared = (
        importlib.import_module(f"{__name__}.{module.name}").TREATY for module in pkgutil.iter_modules(__path__)
    )
    return dict(sorted((treaty.key, treaty) for treaty in declared))
