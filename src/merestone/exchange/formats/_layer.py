"""Which layer of a file is to be read."""

from collections.abc import Sequence
from pathlib import Path

from merestone.terms import FileRefused, number_of


def layer_of(path: Path, layer: str | None, offered: Sequence[str]) -> str:
    """The layer to read: the only one, or the one that was asked for.

    Raises
    ------
    FileRefused
        None was asked for and there are several (reading only the first would lose the others), or there is none
        of that name.
    """
    if layer is not None and layer not in offered:
        raise FileRefused(path, f"it has no layer {layer!r}", f"its layers are {', '.join(offered) or 'none'}")
    if layer is None and len(offered) > 1:
        remedy = f"name one with --layer, and import them one after the other: {', '.join(offered)}"
        raise FileRefused(path, f"it has {number_of(len(offered), 'layer')}", remedy)
    if not offered:
        raise FileRefused(path, "it has no layer with places", "check that this is the file you meant")
    return layer or offered[0]
