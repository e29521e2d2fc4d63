"""The page in a real browser: no script runs, and it fits the narrowest screens."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from subtext.web.exports import render_report
from tests.support.analyses import build_analysis, build_article
from tests.support.browser import ARGS
from tests.support.builders import BODY, TITLE
from tests.support.patience import GIVE_UP_S
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NARROW = 320
QUIET = (
    "--headless",
    *ARGS,
    "--allow-file-access-from-files",
    "--virtual-time-budget=2000",
    "--dump-dom",
)
RUN = "document.title='ran'"
PAYLOAD = f'<script>{RUN}</script><img src=x onerror="{RUN}"><svg/onload="{RUN}">'
# A page of ours around the report: it may run scripts and look inside.
FRAME = """<!doctype html><iframe src="report.html" width="{width}" height="900"></iframe>
<script>addEventListener("load", () => {{
  const page = document.querySelector("iframe").contentDocument;
  const root = page.documentElement;
  document.title = `ran: ${{page.title === "ran"}}, fits: ${{root.scrollWidth <= root.clientWidth}}`;
}});</script>"""


@pytest.fixture(scope="module")
def browser() -> Callable[[Path], str]:
    """A page's document after it has loaded and run."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require_or_skip("chromium", present=program is not None, why="no Chromium is installed here")

    def dumped(page: Path) -> str:
        profile = f"--user-data-dir={page.parent / 'profile'}"
        ran = subprocess.run(
            [str(program), *QUIET, profile, page.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=GIVE_UP_S,
        )
        return ran.stdout

    return dumped


def test_no_script_runs_and_a_narrow_screen_is_enough(browser: Callable[[Path], str], tmp_path: Path) -> None:
    long_word = "Unbrechbarkeitsversicherungsgesellschaft" * 4
    article = build_article(f"{BODY} {PAYLOAD} {long_word}", f"{TITLE} {PAYLOAD}", byline=PAYLOAD, site=long_word)
    (tmp_path / "report.html").write_text(render_report(build_analysis(article, rationale=PAYLOAD)), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=NARROW), encoding="utf-8")

    seen = browser(tmp_path / "frame.html")

    assert "<title>ran: false, fits: true</title>" in seen


def test_a_script_that_did_run_and_a_page_too_wide_would_be_seen(
    browser: Callable[[Path], str], tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text(
        f"<!doctype html><script>{RUN}</script><p style='width: 900px'>wide", encoding="utf-8"
    )
    (tmp_path / "frame.html").write_text(FRAME.format(width=NARROW), encoding="utf-8")

    assert "<title>ran: true, fits: false</title>" in browser(tmp_path / "frame.html")
