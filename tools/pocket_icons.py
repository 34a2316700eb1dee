"""Make the icons of the page for phones from web/icon.svg. Needs playwright and Chromium.

python tools/pocket_icons.py
"""

import os
import shutil
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

WEB: Final = Path(__file__).parents[1] / "src" / "merestone" / "service" / "web"
ICONS: Final = {"icon-192.png": (192, 0.06), "icon-512.png": (512, 0.06), "icon-maskable-512.png": (512, 0.2)}
"""Each file: pixels, and the share of a side that is left around the drawing (a mask may cut a fifth)."""
GROUND: Final = "#f4f5f2"


def main() -> None:
    """Draw each icon and write it."""
    drawing = (WEB / "icon.svg").read_text(encoding="utf-8")
    chromium = os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (pixels, margin) in ICONS.items():
            page: Any = browser.new_page(viewport={"width": pixels, "height": pixels})
            inner = round(pixels * (1 - 2 * margin))
            style = f"margin:0;height:100vh;display:grid;place-items:center;background:{GROUND}"
            page.set_content(
                f'<body style="{style}">{drawing.replace("<svg", f"<svg width={inner} height={inner}", 1)}'
            )
            page.screenshot(path=WEB / "pocket" / name)
        browser.close()


if __name__ == "__main__":
    main()
