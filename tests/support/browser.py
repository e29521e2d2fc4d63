"""Chromium, driven by Playwright, with a record of what happened in each page."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tests.support.patience import GIVE_UP_S
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Dialog, Page

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Runs before any page's own script; told to Python, so it outlives a navigation.
_WATCH = """
window.ran = () => window.seen("ran");
document.addEventListener("securitypolicyviolation", (event) => window.seen(`policy: ${event.violatedDirective}`));
"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run the Chromium that is installed, or skip the test with one line."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    present = program is not None and find_spec("playwright") is not None
    require_or_skip("chromium", present=present, why="no Chromium is installed here, or no playwright to drive it")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGS), timeout=GIVE_UP_S * 1_000)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One page, and what was seen in it: scripts that ran, policy violations, errors, requests to other hosts."""

    page: Page
    base: str
    seen: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.base + path, wait_until="load")


@contextlib.contextmanager
def visit(browser: Browser, base: str, **options: Any) -> Iterator[Visit]:
    """Open a page in a context of its own."""
    context = browser.new_context(**options)
    context.set_default_timeout(GIVE_UP_S * 1_000)
    found = Visit(context.new_page(), base)
    context.expose_binding("seen", lambda _, what: found.seen.append(what))
    context.add_init_script(_WATCH)
    found.page.on("pageerror", lambda error: found.seen.append(f"error: {error}"))

    def refuse(dialog: Dialog) -> None:
        found.seen.append("ran")
        dialog.dismiss()

    found.page.on("dialog", refuse)
    found.page.on(
        "request",
        lambda request: None if request.url.startswith((base, "data:")) else found.seen.append(f"to {request.url}"),
    )
    try:
        yield found
    finally:
        context.close()
