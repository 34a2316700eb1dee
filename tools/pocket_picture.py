"""Make docs/images/pocket.webp: a walk with the page for phones towards a made-up area, its server stopped.

Needs playwright, Pillow and Chromium (MERESTONE_CHROMIUM, or the one on the path). It shows the packaged exercise data.

    python tools/pocket_picture.py [OUTPUT.webp]
"""

import io
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright
from served_exercise import served_exercise

PHONE: Final = {"width": 390, "height": 844}
LAT_DEG: Final = -0.003
WALK_LON_DEG: Final = (-0.0158, -0.0096)
"""From open land to within a suspected area of the exercise data."""
STEPS: Final = 14
WIDTH_PX: Final = 260
MOVED: Final = """
navigator.geolocation.watchPosition = (moved) => {
  window.walkTo = (longitude, latitude) => moved({
    coords: {longitude, latitude, accuracy: 4, speed: 1.4, heading: 90}, timestamp: Date.now(),
  });
  return 1;
};
navigator.wakeLock.request = async () => Object.assign(new EventTarget(), {release: async () => {}});
"""
"""A walker who goes east at 5 km/h, and a screen that stays on, as on a phone."""


def frames(address: str, stop: threading.Event) -> Iterator[tuple[bytes, int]]:
    """Pictures of the walk, each with how long it stands, milliseconds."""
    chromium = os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport=PHONE, permissions=["geolocation"])
        context.add_init_script(MOVED)
        page: Any = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(address)
        page.click("#fetch:not([hidden])")
        page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        stop.set()
        page.close()
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("#small-map[data-ready]", state="attached")
        page.wait_for_timeout(1500)
        yield page.screenshot(), 1500
        page.click("#watch:not([disabled])")
        first_lon_deg, last_lon_deg = WALK_LON_DEG
        for step in range(STEPS):
            lon_deg = first_lon_deg + (last_lon_deg - first_lon_deg) * step / (STEPS - 1)
            page.evaluate(f"walkTo({lon_deg}, {LAT_DEG})")
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(900)
            yield page.screenshot(), 2500 if step == STEPS - 1 else 700
        browser.close()


def main() -> None:
    """Serve the exercise data, walk, and write the picture."""
    default = Path(__file__).parents[1] / "docs" / "images" / "pocket.webp"
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    with served_exercise("tools/pocket_picture.py", 8770) as (address, server):
        stop = threading.Event()
        images, durations_ms = [], []
        for content, duration_ms in frames(f"{address}pocket/", stop):
            if stop.is_set():
                server.should_exit = True
            image = Image.open(io.BytesIO(content)).convert("RGB")
            images.append(
                image.resize((WIDTH_PX, round(WIDTH_PX * image.height / image.width)), Image.Resampling.LANCZOS)
            )
            durations_ms.append(duration_ms)
    images[0].save(output, save_all=True, append_images=images[1:], duration=durations_ms, loop=0, quality=70, method=6)
    print(f"{output}: {output.stat().st_size:,} bytes, {len(images)} frames")


if __name__ == "__main__":
    main()
