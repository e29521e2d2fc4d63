"""The pages in a real browser, on the real service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import subtext.web
from subtext.asgi import create_app
from subtext.clock import SystemClock
from subtext.http.state import get_app_state
from subtext.ids import uuid7
from subtext.schemas.analysis import AnalysisView
from subtext.settings import LLMSettings, StoreSettings
from tests.support.analyses import build_analysis, fill_analysis
from tests.support.api import serve, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.browser import Visit, chromium, visit
from tests.support.engines import TEXT, good_draft
from tests.support.event_stream import event
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server
from tests.support.xss import PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.support.servers.fault_server import Fault

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CSS = Path(subtext.web.__file__).parent / "static" / "subtext.css"
SAMPLES = ("desperation", "domination", "mixed")
BUDGET_BYTES = 60_000
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Site:
    """The service with a few analyses on its shelf: one of a scripted model, one for each attack."""

    browser: Browser
    base: str
    view: AnalysisView
    scripted: str
    attacked: tuple[str, ...]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    # Made before the browser starts: its event loop then owns this thread.
    views = [AnalysisView.of(item, include_text=True) for item in (build_analysis(), *map(fill_analysis, PAYLOADS))]
    app = create_app(settings())
    for view in views:
        get_app_state(app).recent_analyses.put(view)
    with serve(app) as wire, chromium() as browser:
        yield Site(
            browser, f"http://127.0.0.1:{wire.port}", views[0], views[0].id, tuple(view.id for view in views[1:])
        )


def _sampled(found: Visit, name: str = "desperation") -> None:
    """The page of one of our own articles, as the embedded engine reads it."""
    found.open("/")
    found.page.click(f"button[value={name}]")
    found.page.wait_for_url("**/analyses/*")


def _views(site: Site) -> list[str]:
    both = f"/compare?a={site.scripted}&a={site.attacked[0]}"
    return [
        "/",
        f"/analyses/{site.scripted}",
        "/compare",
        both,
        "/history",
        "/batches",
        "/analyses/0",
        "/history?outlet=nobody",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_view_has_an_accessibility_violation_or_scrolls_sideways(site: Site, scheme: Any, width: int) -> None:
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with visit(site.browser, site.base, **options) as found:
        for path in _views(site):
            found.open(path)
            found.page.add_script_tag(path=AXE)
            result = found.page.evaluate(
                "axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})"
            )
            assert [(v["id"], v["nodes"][0]["target"]) for v in result["violations"]] == [], path
            assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


# On how many lines each end of the scale stands, and each word of the poles, after its sign and a blank.
TORN = """() => {
  const lines = (node, start) => {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, node.length);
    return range.getClientRects().length;
  };
  const ends = [...document.querySelectorAll('.scale span')].filter((span) => !span.querySelector('b'));
  const poles = [...document.querySelectorAll('.ends b')];
  return [...ends.map(({firstChild}) => lines(firstChild, 0)), ...poles.map(({lastChild}) => lines(lastChild, 2))];
}"""


def test_on_a_narrow_screen_no_word_of_the_gauge_is_torn(site: Site) -> None:
    with visit(site.browser, site.base, viewport={"width": 320, "height": 900}) as found:
        _sampled(found, "domination")

        assert found.page.evaluate(TORN) == [1, 1, 1, 1]


_OVERLAPS = """
(chart) => {
  const words = [...chart.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const table = chart.nextElementSibling.getBoundingClientRect();
  const pairs = words.flatMap(([name, box], i) =>
    words.slice(i + 1).filter(([, other]) => meet(box, other)).map(([other]) => `${name} / ${other}`)
  );
  return [...pairs, ...words.filter(([, box]) => meet(box, table)).map(([name]) => `${name} / table`)];
}"""


@pytest.mark.parametrize("width", [375, 1280])
def test_the_words_of_a_timeline_do_not_cover_each_other_however_many_days_it_has(site: Site, width: int) -> None:
    app = create_app(settings())
    for day in range(1, 13):
        for _ in range(3):
            document = site.view.document.model_copy(update={"published_at": f"2026-03-{day:02}"})
            view = site.view.model_copy(update={"id": uuid7(SystemClock().now()), "document": document})
            get_app_state(app).recent_analyses.put(view)
    with serve(app) as wire, visit(site.browser, f"http://127.0.0.1:{wire.port}") as found:
        found.page.set_viewport_size({"width": width, "height": 900})
        found.open("/history")
        chart = found.page.locator("svg.strip")

        assert chart.locator("circle").count() == 12
        assert "03-01 to 03-12" in chart.locator("text").all_text_contents()
        assert chart.evaluate(_OVERLAPS) == []


def test_the_options_of_a_comparison_stand_in_one_line(site: Site) -> None:
    with visit(site.browser, site.base, viewport={"width": 1280, "height": 900}) as found:
        found.open("/compare")
        tops = found.page.locator("label[for=target], label[for=engine]").evaluate_all(
            "(labels) => labels.map((label) => label.getBoundingClientRect().top)"
        )

        assert len(tops) == 2
        assert abs(tops[0] - tops[1]) < 2


def test_no_payload_runs_even_where_no_policy_holds_it(site: Site) -> None:
    with visit(site.browser, site.base, bypass_csp=True) as found:
        for analysis_id in site.attacked:
            found.open(f"/analyses/{analysis_id}")
        found.open("/history")
        for at in range(0, len(site.attacked), 20):
            found.open("/compare?" + "&".join(f"a={item}" for item in site.attacked[at : at + 20]))
        for payload in PAYLOADS[::8]:
            found.page.goto(f"{site.base}/history")
            found.page.fill("#outlet", payload)
            found.page.press("#outlet", "Enter")
            found.page.wait_for_load_state()
        assert found.seen == []


def test_what_would_run_is_seen(site: Site) -> None:
    with visit(site.browser, site.base, bypass_csp=True) as found:
        found.open("/")
        found.page.evaluate(
            "new Promise((done) => {"
            "  document.addEventListener('error', () => setTimeout(done), { capture: true, once: true });"
            "  document.querySelector('main').innerHTML = '<img src=x onerror=ran()>';"
            "})"
        )
        assert "ran" in found.seen


def test_the_policy_is_never_offended_and_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        for path in [*_views(site), f"/analyses/{site.attacked[3]}"]:
            found.open(path)
        _sampled(found)
        found.page.keyboard.press("j")
        assert found.seen == []


def test_the_policy_would_be_seen_to_be_offended(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        found.open("/")
        found.page.evaluate("document.querySelector('main').innerHTML = '<img src=x onerror=ran()>'")
        found.page.wait_for_selector("img", state="attached")
        found.page.evaluate("new Promise((done) => setTimeout(done, 50))")
        assert any(item.startswith("policy: script-src") for item in found.seen)
        assert "ran" not in found.seen


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_leads_to_its_analysis(site: Site, name: str, scripts: bool) -> None:
    with visit(site.browser, site.base, java_script_enabled=scripts) as found:
        _sampled(found, name)
        assert found.page.locator("#verdict").is_visible()
        assert found.page.locator(".evidence li").count() > 1


def test_without_scripts_a_failure_keeps_what_was_typed_and_names_the_request(site: Site) -> None:
    with visit(site.browser, site.base, java_script_enabled=False) as found:
        found.open("/")
        found.page.fill("#article", "http://10.0.0.1/secret")
        found.page.click("button.main")
        failure = found.page.locator(".failure")
        assert "req-" in failure.inner_text()
        assert found.page.input_value("#article") == "http://10.0.0.1/secret"


def test_with_scripts_a_failure_is_told_on_the_spot(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        found.open("/")
        found.page.fill("#article", "http://10.0.0.1/secret")
        found.page.click("button.main")
        failed = found.page.locator(".steps .failed").first
        failed.wait_for()
        assert "request req-" in failed.inner_text()
        assert found.page.locator("#live").inner_text() == failed.inner_text()
        found.page.wait_for_function("document.activeElement.matches('button.main')")


def test_a_session_that_has_ended_is_told_and_what_was_typed_stays(site: Site, tmp_path: Path) -> None:
    service = build_key_settings(tmp_path)
    # The browser's event loop owns this thread.
    with ThreadPoolExecutor(1) as pool:
        key = pool.submit(create_key, service, MINE).result()["Authorization"].removeprefix("Bearer ")
    with serve(create_app(service)) as wire, visit(site.browser, f"http://127.0.0.1:{wire.port}") as found:
        found.open("/sign-in")
        found.page.fill("#key", key)
        found.page.click("button.main")
        found.page.wait_for_url("**/")
        found.page.fill("#article", TEXT)
        found.page.context.clear_cookies()
        found.page.click("form.ask button.main")
        found.page.wait_for_selector(".steps .failed")

        assert "your session has ended: sign in" in found.page.inner_text(".steps .failed")
        assert found.page.input_value("#article") == TEXT


def test_the_keyboard_alone_is_enough(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        found.open("/")
        for _ in range(12):
            found.page.keyboard.press("Tab")
            if found.page.evaluate("document.activeElement.value") == "mixed":
                break
        found.page.keyboard.press("Enter")
        found.page.wait_for_url("**/analyses/*")
        found.page.wait_for_load_state()
        stops = found.page.locator(".evidence li").count()
        seen = []
        for _ in range(stops):
            found.page.keyboard.press("j")
            seen.append(found.page.evaluate("document.activeElement.closest('mark').id"))
        assert len(set(seen)) == stops
        assert found.page.locator("#live").inner_text().startswith(f"{stops} of {stops}: ")
        found.page.keyboard.press("ArrowLeft")
        assert found.page.evaluate("document.activeElement.closest('mark').id") == seen[-2]


def test_a_quote_and_its_place_point_at_each_other(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        found.open(f"/analyses/{site.scripted}")
        found.page.hover("#t-e1")
        assert "over" in (found.page.get_attribute("#e1", "class") or "")
        found.page.click("#t-e2 a")
        assert found.page.url.endswith("#e2")
        found.page.click("#e3 a")
        assert found.page.url.endswith("#t-e3")
        assert "now" in (found.page.get_attribute("#t-e3", "class") or "")


def test_the_answer_takes_one_request_and_no_new_document(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        found.open("/")
        found.page.evaluate("window.first = true")
        requests: list[str] = []
        found.page.on("request", lambda request: requests.append(request.method))
        found.page.click("button[value=mixed]")
        found.page.wait_for_url("**/analyses/*")
        found.page.locator("#verdict").wait_for()
        assert requests == ["POST"]
        assert found.page.evaluate("window.first && scrollY === 0")
        assert found.page.title() == found.page.locator("#live").inner_text() != "Subtext: framing analysis"
        assert found.page.evaluate("document.activeElement.tagName") == "H1"
        assert found.page.locator(".skip").get_attribute("href") == "#article"


def test_a_page_that_came_with_its_answer_is_the_page_of_its_address(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        _sampled(found)
        main = "document.querySelector('main').innerText"
        shown, address = found.page.evaluate(main), found.page.url
        found.page.reload()
        assert (found.page.evaluate(main), found.page.url) == (shown, address)


def test_back_and_forward_lead_from_an_answer_to_the_form_and_to_it_again(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        _sampled(found)
        address = found.page.url
        found.page.click(".evidence .which a")
        found.page.go_back()
        assert found.page.locator("#verdict").is_visible()
        found.page.go_back()
        found.page.locator("textarea").wait_for()
        assert found.page.url == f"{site.base}/"
        found.page.go_forward()
        found.page.locator("#verdict").wait_for()
        assert found.page.url == address
        assert found.seen == []


LINES = """[...document.querySelectorAll('.text mark a')].map((link) => {
  const rects = [...link.getClientRects()].filter(({width}) => width > 1);
  const number = link.parentElement.nextElementSibling;
  const beside = number?.matches('sup') ? number.getClientRects()[0].top < rects.at(-1).bottom : true;
  const lines = new Set(rects.map(({top}) => Math.round(top)));
  return [link.closest('mark').className, lines.size, getComputedStyle(link).display, beside];
})"""


def test_a_mark_covers_each_line_and_its_number_stands_beside_its_end(site: Site) -> None:
    with visit(site.browser, site.base, viewport={"width": 375, "height": 800}) as found:
        marks = []
        for name in SAMPLES:
            _sampled(found, name)
            marks += found.page.evaluate(LINES)
        assert any(classes == "support" and lines > 1 for classes, lines, _, _ in marks)
        assert {(display, beside) for _, _, display, beside in marks} == {("inline", True)}


@pytest.mark.parametrize("size", [(1280, 800), (900, 700), (375, 720)], ids=lambda size: f"{size[0]} wide")
def test_the_evidence_stays_in_view_along_the_article_and_follows_it(site: Site, size: tuple[int, int]) -> None:
    options: dict[str, Any] = {
        "viewport": dict(zip(("width", "height"), size, strict=True)),
        "reduced_motion": "reduce",
    }
    with visit(site.browser, site.base, **options) as found:
        _sampled(found)
        found.page.mouse.move(5, 5)
        last = found.page.locator(".text mark[id^=t-e]").last
        last.evaluate("mark => mark.scrollIntoView({block: 'center', behavior: 'instant'})")
        number = (last.get_attribute("id") or "").removeprefix("t-")
        found.page.wait_for_function(SEEN, arg=number)
        assert found.page.evaluate("getComputedStyle(document.querySelector('aside')).position") == "sticky"


SEEN = """(id) => {
  const [item, list] = [`#${id}`, 'aside'].map((at) => document.querySelector(at).getBoundingClientRect());
  return list.top < innerHeight && list.bottom <= innerHeight + 1 && item.top >= list.top && item.top < list.bottom;
}"""


def test_on_a_low_screen_the_evidence_covers_nothing(site: Site) -> None:
    with visit(site.browser, site.base, viewport={"width": 700, "height": 400}) as found:
        found.open(f"/analyses/{site.scripted}")
        assert found.page.evaluate("getComputedStyle(document.querySelector('aside')).position") == "static"


def test_a_focused_link_is_not_covered_by_the_evidence(site: Site) -> None:
    with visit(site.browser, site.base, viewport={"width": 375, "height": 720}, reduced_motion="reduce") as found:
        _sampled(found)
        links = found.page.locator(".text mark a")
        for number in range(links.count()):
            links.nth(number).focus()
            link, aside = links.nth(number).bounding_box(), found.page.locator("aside").bounding_box()
            assert link is not None
            assert aside is not None
            assert link["y"] + link["height"] <= aside["y"]


EMOJI = re.compile("[\U0001f000-\U0001faff\u21a9\u21aa\u2194-\u2199\u2600-\u2712\u2728\u2753-\u2757\ufe0f]")


def test_no_sign_needs_a_font_with_emoji(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        for path in _views(site):
            found.open(path)
            assert EMOJI.findall(found.page.content().replace("😀", "")) == [], path
    assert EMOJI.findall(CSS.read_text(encoding="utf-8")) == []


def test_thumbs_are_drawn_and_have_names(site: Site, tmp_path: Path) -> None:
    app = create_app(settings(store=StoreSettings(database_url=f"sqlite:///{tmp_path}/kept.db")))
    with serve(app) as wire, visit(site.browser, f"http://127.0.0.1:{wire.port}") as found:
        _sampled(found)
        for name in ("Right", "Wrong"):
            box = found.page.get_by_role("button", name=name, exact=True).locator("svg").bounding_box()
            assert box is not None
            assert 12 <= box["width"] <= 24
        found.page.get_by_role("button", name="Right", exact=True).click()
        found.page.get_by_text("Thank you: your feedback is stored").wait_for()


def test_focus_is_always_to_be_seen(site: Site) -> None:
    with visit(site.browser, site.base) as found:
        for path in _views(site)[:5]:
            found.open(path)
            for _ in range(8):
                found.page.keyboard.press("Tab")
                style = found.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert style != "none", found.page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("path", ["/", "/compare", "/history?outlet=nobody"])
def test_a_page_with_its_assets_is_small(site: Site, path: str) -> None:
    with visit(site.browser, site.base) as found:
        found.open(path)
        sizes = found.page.evaluate(
            "performance.getEntries().map((entry) => entry.decodedBodySize ?? 0).filter(Boolean)"
        )
        assert len(sizes) == 3
        assert sum(sizes) <= BUDGET_BYTES


def test_articles_are_compared_by_form_without_scripts(site: Site) -> None:
    with visit(site.browser, site.base, java_script_enabled=False) as found:
        found.open(f"/compare?a={site.scripted}")
        found.page.fill("#text-1", "Orlan Freight dictates the terms. Nobody dares to challenge it, and all gave in.")
        found.page.click("button.main")
        found.page.wait_for_url("**/compare?a=*&a=*")
        assert found.page.locator("tbody tr").count() == 2
        assert found.page.locator("svg.strip .name").count() == 2


def test_what_a_model_has_written_is_shown_while_it_writes(site: Site) -> None:
    seen = threading.Event()

    async def answers_once_it_is_seen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        text = json.dumps(good_draft())
        writer.write(STREAM + b"".join(event({"content": letter}) for letter in text[:40]))
        await writer.drain()
        await asyncio.to_thread(seen.wait)
        writer.write(event({"content": text[40:]}) + event({}, "stop"))
        await writer.drain()

    with in_thread(answers_once_it_is_seen) as url:
        app = create_app(settings(llm=LLMSettings(base_url=url, model="m"), fallback="never"))
        with serve(app) as wire, visit(site.browser, f"http://127.0.0.1:{wire.port}") as found:
            found.open("/")
            found.page.fill("#article", TEXT)
            found.page.click("button.main")
            doing = found.page.locator(".steps .doing", has_text="40 tokens")
            try:
                doing.wait_for()
                assert doing.inner_text().startswith("Analysing the text: 40 tokens")
                assert found.page.locator("#live").inner_text() == "Analysing the text"
            finally:
                seen.set()
            found.page.wait_for_url("**/analyses/*")
            assert found.seen == []


@contextlib.contextmanager
def in_thread(fault: Fault) -> Iterator[str]:
    """The address of a server in a thread of its own: the browser's event loop owns this one."""
    ready, over, urls = threading.Event(), threading.Event(), list[str]()

    async def serve() -> None:
        async with fault_server(fault) as server:
            urls.append(server.url)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(GIVE_UP_S)
        yield urls[0]
    finally:
        over.set()
        thread.join(GIVE_UP_S)
