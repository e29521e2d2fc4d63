"""How long a reader waits in a real Chromium from submitting 1,000 words to the verdict; and the pictures of the guide.

python -m benchmarks.page [FOLDER FOR PICTURES]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.asgi import create_app
from subtext.settings import StoreSettings
from subtext.web.template_environment import load_sample
from tests.support.api import serve, settings
from tests.support.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SAMPLES = ("desperation", "mixed", "domination")
WORDS, TIMES = 1_000, 9


def measure_waits(browser: Browser, base: str) -> list[float]:
    """Seconds from pressing the button to seeing the verdict, a new article and a new profile each time."""
    words = " ".join(load_sample(name) for name in SAMPLES).split()
    text = " ".join((words * 2)[:WORDS])
    found = []
    for number in range(TIMES):
        page = browser.new_context().new_page()
        page.goto(base)
        page.fill("#article", f"Number {number}. {text}")
        began = time.perf_counter()
        page.click("button.main")
        page.wait_for_selector("#verdict")
        found.append(time.perf_counter() - began)
    return found


def take_pictures(browser: Browser, base: str, folder: Path) -> None:
    """Write the pictures of an analysis and of a comparison."""
    page = browser.new_context(viewport={"width": 1180, "height": 860}).new_page()
    places = []
    for name in SAMPLES:
        page.goto(base)
        page.click(f"button[value={name}]")
        page.wait_for_url("**/analyses/*")
        places.append(page.url)
    page.screenshot(path=folder / "analysis.png")
    chosen = "&".join(f"a={place.rpartition('/')[2]}" for place in places)
    dark = browser.new_context(viewport={"width": 1180, "height": 740}, color_scheme="dark").new_page()
    dark.goto(f"{base}/compare?{chosen}")
    dark.screenshot(path=folder / "compare.png")


def main() -> None:
    """Print the waits, and write the pictures where a folder is given."""
    with tempfile.TemporaryDirectory() as kept:
        app = create_app(settings(store=StoreSettings(database_url=f"sqlite:///{kept}/kept.db")))
        with serve(app) as wire, chromium() as browser:
            base = f"http://127.0.0.1:{wire.port}"
            found = measure_waits(browser, base)
            sys.stdout.write(f"submit to verdict, {WORDS:,} words: median {statistics.median(found):.2f} s, ")
            sys.stdout.write(f"{min(found):.2f} to {max(found):.2f} of {TIMES}\n")
            if len(sys.argv) > 1:
                take_pictures(browser, base, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
