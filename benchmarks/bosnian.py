"""Where the Bosnian files lie that some measurements are made on: they are not part of the project."""

import os
from pathlib import Path

NAMES = {"suspected": "suspect_areas_simplyfied.geojson", "cleared": "cleared_areas_simplyfied.geojson"}


def bosnian_files(folder: str | None = None) -> dict[str, Path]:
    """Each file by what it holds; none, and a word why, where one is absent.

    ``folder`` holds them; None: ``data/bih`` of MERESTONE_SHARED, or of the folder ``shared`` beside the checkout.
    """
    shared = Path(os.environ.get("MERESTONE_SHARED") or Path(__file__).parents[2] / "shared")
    at = Path(folder) if folder else shared / "data" / "bih"
    files = {kind: at / name for kind, name in NAMES.items()}
    if absent := [str(file) for file in files.values() if not file.exists()]:
        print(f"skipped: {', '.join(absent)} absent; give the folder that holds them, or set MERESTONE_SHARED")
        return {}
    return files
