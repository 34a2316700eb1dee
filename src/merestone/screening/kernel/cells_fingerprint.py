"""Which code made the cells: cells are a cache, and only the very code that made them may read them."""

import hashlib
from functools import cache
from pathlib import Path


@cache
def cells_fingerprint() -> str:
    """SHA-256, hexadecimal, of the kernel's source text.

    Cells that were kept under another fingerprint are made anew from the outlines, whatever changed: no number that a
    developer forgot to raise can let the kernel read them in the wrong way.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text = source.read_bytes()
        digest.update(f"{source.name} {len(text)}\n".encode() + text)
    return digest.hexdigest()
