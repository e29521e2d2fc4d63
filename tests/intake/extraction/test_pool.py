"""The pool with real processes: ours, and stand-ins that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.processes import read_children
from subtext.cli.exit_codes import ExitCode, exit_code
from subtext.errors import ExtractionFailed, ExtractorUnavailable, PageTooLarge
from subtext.intake.extraction.page import ATTRIBUTES_MAX, TAGS_MAX, Page
from subtext.intake.extraction.pool import ExtractorPool
from subtext.intake.limits import ExtractLimits
from subtext.schemas.problem import http_status
from tests.support.article_pages import FIRST, article_page
from tests.support.intake import ARTICLE
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable

ROOMY = ExtractLimits(deadline_s=GIVE_UP_S, workers=1)
TIGHT = ExtractLimits(deadline_s=1.0, workers=1)
# A stand-in says that it is ready, then does one thing with each page; it writes its number into a file when it starts.
STAND_IN = """
import json, os, struct, sys, time
def send(value):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    os.write(1, struct.pack(">I", len(body)) + body)
def take():
    length = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
    return json.loads(sys.stdin.buffer.read(length))
PAGE = dict(text="found", title=None, byline=None, site=None, published_at=None, language=None, wall=None,
            paywalled=False, declared=False, hidden_passages=0, hidden_characters=0)
open({log!r}, "a").write(str(os.getpid()) + chr(10))
{start}
while True:
    html = take()["html"]
    if html == "fine":
        send({{"page": PAGE}})
        continue
    {act}
"""


@dataclass(frozen=True)
class Misbehaviour:
    id: str
    act: str
    word: str
    limits: ExtractLimits = ROOMY


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """A command that starts a stand-in."""

    def made(act: str = "pass", start: str = 'send({"ready": True})') -> tuple[str, ...]:
        path = tmp_path / "stand_in.py"
        path.write_text(STAND_IN.format(log=str(tmp_path / "started"), start=start, act=act))
        return sys.executable, str(path)

    return made


def read_memory_kb(pid: int) -> tuple[int, int]:
    """Return the most memory that a process ever had, and what it has now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peak, resident = (int(status.partition(f"{name}:")[2].split()[0]) for name in ("VmHWM", "VmRSS"))
    return peak, resident


async def test_a_process_gives_the_memory_of_a_large_page_back() -> None:
    """The second page is answered after the first one's memory was returned."""
    pool = ExtractorPool(ROOMY)
    before = set(read_children(os.getpid()))
    await pool.page(article_page("".join(f"<div><p>{FIRST} <b>{at}</b>.</p></div>" for at in range(6_000))))
    await pool.page(ARTICLE)
    (pid,) = set(read_children(os.getpid())) - before
    peak, resident = read_memory_kb(pid)
    await pool.aclose()
    assert resident < 0.7 * peak


def started(tmp_path: Path) -> list[str]:
    log = tmp_path / "started"
    return log.read_text().split() if log.exists() else []


@pytest.mark.parametrize(
    "case",
    [
        Misbehaviour("dies", "os._exit(1)", "broke"),
        Misbehaviour("is killed", "os.kill(os.getpid(), 9)", "broke"),
        Misbehaviour("answers with half a header", 'os.write(1, b"ab"); os._exit(0)', "broke"),
        Misbehaviour("answers with no JSON", 'send(b"{")', "broke"),
        Misbehaviour("answers with a list", "send([])", "broke"),
        Misbehaviour("announces too much", 'os.write(1, struct.pack(">I", 2**31)); time.sleep(600)', "broke"),
        Misbehaviour("never answers", "time.sleep(600)", "longer than 1 s", TIGHT),
        Misbehaviour("never listens", 'os.write(1, b""); time.sleep(600)', "longer than 1 s", TIGHT),
        Misbehaviour(
            "answers half", 'os.write(1, struct.pack(">I", 9) + b"{"); time.sleep(600)', "longer than 1 s", TIGHT
        ),
        Misbehaviour("runs out of memory", 'send({"failed": "memory"})', "memory"),
        Misbehaviour("fails", 'send({"failed": "RecursionError"})', "fail"),
    ],
    ids=lambda case: case.id,
)
async def test_a_process_that_misbehaves_is_replaced(
    case: Misbehaviour, stand_in: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    pool = ExtractorPool(case.limits, command=stand_in(case.act))
    with pytest.raises(ExtractionFailed, match=case.word) as failure:
        await pool.page("bad")
    assert not failure.value.retryable
    page, late = await good_page(pool, tries=60 if case.limits is TIGHT else 1)
    assert page.text == "found"
    await pool.aclose()
    assert len(set(started(tmp_path))) == 2 + late


async def good_page(pool: ExtractorPool, tries: int) -> tuple[Page, int]:
    """A page that is fine, and how often a busy machine made even that late, which ended a process each time."""
    for late in range(tries):
        with contextlib.suppress(ExtractionFailed):
            return await pool.page("fine"), late
    pytest.fail("no page comes")


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("os._exit(3)", "exit code 3"),
        ('send(b"?")', "exit code -9"),
        ('raise ImportError("lxml.html.clean is now lxml_html_clean.\\nInstall it.")', "ImportError: lxml.html.clean"),
        ('os.write(2, b"x" * 1_000_000 + b"\\nno memory\\x1b[31m"); os._exit(1)', r"\(no memory\[31m\)"),
    ],
)
async def test_a_process_that_does_not_start_is_our_failure_and_says_why(
    start: str, reason: str, stand_in: Callable[..., tuple[str, ...]]
) -> None:
    pool = ExtractorPool(ROOMY, command=stand_in(start=start))
    with pytest.raises(ExtractorUnavailable, match=reason) as failure:
        await pool.page("fine")
    await pool.aclose()
    assert (exit_code(type(failure.value)), http_status(type(failure.value))) == (ExitCode.FAILURE, 503)


async def test_a_process_that_writes_many_warnings_goes_on(stand_in: Callable[..., tuple[str, ...]]) -> None:
    pool = ExtractorPool(ROOMY, command=stand_in('os.write(2, b"x" * 1_000_000); send({"page": PAGE})'))
    assert (await pool.page("a page")).text == "found"
    await pool.aclose()


async def test_nothing_starts_before_the_first_page(stand_in: Callable[..., tuple[str, ...]], tmp_path: Path) -> None:
    pool = ExtractorPool(ROOMY, command=stand_in())
    assert started(tmp_path) == []
    await pool.page("fine")
    assert len(started(tmp_path)) == 1
    await pool.aclose()


async def test_one_after_another_pages_take_the_warm_process(
    stand_in: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    pool = ExtractorPool(replace(ROOMY, workers=4), command=stand_in())
    for _ in range(5):
        await pool.page("fine")
    await pool.aclose()
    assert len(started(tmp_path)) == 1


async def test_at_most_so_many_processes_serve_any_number_of_pages(
    stand_in: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    pool = ExtractorPool(replace(ROOMY, workers=2), command=stand_in())
    pages = await asyncio.gather(*(pool.page("fine") for _ in range(50)))
    await pool.aclose()
    assert len(pages) == 50
    assert len(started(tmp_path)) <= 2


async def test_a_caller_that_leaves_takes_its_process_along(
    stand_in: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    reached = tmp_path / "reached"
    os.mkfifo(reached)
    pool = ExtractorPool(ROOMY, command=stand_in(f"open({str(reached)!r}, 'w').close(); time.sleep(600)"))
    task = asyncio.create_task(pool.page("bad"))
    # Reading a pipe waits until the stand-in, with the page in hand, has opened and closed it.
    await asyncio.to_thread(reached.read_bytes)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pool.page("fine")).text == "found"
    await pool.aclose()
    assert len(started(tmp_path)) == 2


async def test_real_processes_take_many_pages_at_once() -> None:
    pool = ExtractorPool(replace(ROOMY, workers=2))
    pages = await asyncio.gather(*(pool.page(ARTICLE.replace("five", str(number))) for number in range(20)))
    await pool.aclose()
    assert [f"two of its {number} ships" in page.text for number, page in enumerate(pages)] == [True] * 20


@dataclass(frozen=True)
class Bomb:
    id: str
    html: Callable[[], str]


@pytest.mark.parametrize(
    "bomb",
    [
        Bomb("tags", lambda: "<p>" * (TAGS_MAX + 1)),
        Bomb("nested", lambda: "<div>" * 100_000),
        Bomb("attributes", lambda: "<p " + " ".join(f"a{n}=1" for n in range(ATTRIBUTES_MAX + 2)) + ">x"),
        Bomb("attributes without values", lambda: "<p" + " a" * 40_000 + ">x"),
        Bomb("bytes", lambda: "x" * 2_000_001),
        Bomb("bytes of other scripts", lambda: "\u3042" * 700_000),
    ],
    ids=lambda bomb: bomb.id,
)
async def test_a_page_built_to_exhaust_is_refused_before_any_process(
    bomb: Bomb, stand_in: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    pool = ExtractorPool(TIGHT, command=stand_in())
    with pytest.raises(PageTooLarge):
        await pool.page(bomb.html())
    assert started(tmp_path) == []
    await pool.aclose()


async def test_a_page_that_slips_through_is_stopped_and_the_pool_goes_on() -> None:
    pool = ExtractorPool(ExtractLimits(deadline_s=0.2, workers=1))
    with pytest.raises(ExtractionFailed, match="2 s"):
        await pool.page("<p>x" * (TAGS_MAX - 1))
    await pool.aclose()


async def test_memory_is_bounded_and_the_pool_goes_on() -> None:
    small = ExtractorPool(replace(ROOMY, memory_bytes=180_000_000))
    assert (await small.page(ARTICLE)).title == "Ferry line begs for a rescue"
    with pytest.raises(ExtractionFailed, match="memory"):
        await small.page("<p a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8>w</p>" * 19_900)
    assert (await small.page(ARTICLE)).title == "Ferry line begs for a rescue"
    await small.aclose()


async def test_a_worker_sees_no_secret(
    monkeypatch: pytest.MonkeyPatch, stand_in: Callable[..., tuple[str, ...]]
) -> None:
    monkeypatch.setenv("SUBTEXT_LLM_API_KEY", "canary")
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    pool = ExtractorPool(ROOMY, command=stand_in('PAGE["text"] = repr(dict(os.environ)); send({"page": PAGE})'))
    assert "canary" not in (await pool.page("environment")).text
    await pool.aclose()
