"""Make docs/images/map.webp and map-phone.webp: the page over the packaged exercise data, with one place checked.

As a reader will see it, at a desk (1366 x 768) and on a phone (390 x 844). Needs playwright, Pillow and Chromium
(MERESTONE_CHROMIUM, or the one on the path).

    python tools/map_picture.py [OUTPUT.webp] [--width 1280] [--height 800] [--dark]
"""

import argparse
import os
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from served_exercise import served_exercise

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
IMAGES = Path(__file__).parents[1] / "docs" / "images"
PLACE = "0°00'03\"S 0°00'02\"E"


def picture(address: str, path: Path, *, width: int, height: int, dark: bool, place: str) -> None:
    """One picture of the page at an address, with a place checked."""
    chromium = os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page: Any = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        page.goto(address)
        page.wait_for_selector("#map[data-ready][data-shown]", timeout=60_000)
        page.fill("#position", place)
        page.click("#check button[type=submit]")
        page.wait_for_selector("#answer .headline")
        while not page.evaluate("merestoneMap.loaded()"):  # wait_for_function needs eval, which the page forbids
            page.wait_for_timeout(100)
        page.wait_for_timeout(500)
        taken = page.screenshot()
        browser.close()
    with Image.open(BytesIO(taken)) as picture_taken:
        picture_taken.convert("RGB").save(path, quality=85, method=6)


def main() -> None:
    """Serve the exercise data on a free port, take the pictures, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", nargs="?", type=Path, help="one picture, in place of both of the documentation")
    parser.add_argument("--width", type=int, default=1366)
    parser.add_argument("--height", type=int, default=768)
    parser.add_argument("--place", default=PLACE)
    parser.add_argument("--dark", action="store_true")
    asked = parser.parse_args()
    sizes = {IMAGES / "map.webp": (1366, 768), IMAGES / "map-phone.webp": (390, 844)}
    if asked.output is not None:
        sizes = {asked.output: (asked.width, asked.height)}
    with served_exercise("tools/map_picture.py", 8760) as (address, _):
        for path, (width, height) in sizes.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(address, path, width=width, height=height, dark=asked.dark, place=asked.place)
            print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
