"""Make docs/images/map.png: the page over the packaged exercise data, with one place checked, as a reader will see it.

Needs playwright and Chromium (MERESTONE_CHROMIUM, or the one on the path).

    python tools/map_picture.py [OUTPUT.png] [--width 1280] [--height 800] [--dark]
"""

import argparse
import os
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from served_exercise import served_exercise

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
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
        page.screenshot(path=path)
        browser.close()


def main() -> None:
    """Serve the exercise data on a free port, take the picture, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[1] / "docs" / "images" / "map.png"
    parser.add_argument("output", nargs="?", type=Path, default=default)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--place", default=PLACE)
    parser.add_argument("--dark", action="store_true")
    asked = parser.parse_args()
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    with served_exercise("tools/map_picture.py", 8760) as (address, _):
        picture(address, asked.output, width=asked.width, height=asked.height, dark=asked.dark, place=asked.place)
    print(f"{asked.output}: {asked.output.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
