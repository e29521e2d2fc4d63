from __future__ import annotations

import asyncio
import gzip
import shutil
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from subtext.errors import (
    FetchFailed,
    FetchTimedOut,
    ForbiddenUrl,
    PageTooLarge,
    PageUnavailable,
    SubtextError,
    UnsupportedContent,
)
from subtext.intake.limits import FetchLimits, IntakeLimits
from subtext.intake.loader import ArticleLoader
from tests.support.intake import ARTICLE, http_response, loopback_loader, play_responses, redirect, site
from tests.support.requirements import require_or_skip
from tests.support.servers.fault_server import fault_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.servers.fault_server import Fault


@dataclass(frozen=True)
class Answered:
    """What a site answers, and the failure that a caller sees."""

    id: str
    answer: bytes
    error: type[SubtextError]
    word: str = ""
    is_retryable: bool = False
    retry_after_s: float | None = None


def status(line: str, *headers: str) -> bytes:
    return http_response("<p>no</p>", *headers, status=line)


@pytest.mark.parametrize(
    "case",
    [
        Answered("401", status("401 Unauthorized"), PageUnavailable, "sign in"),
        Answered("402", status("402 Payment Required"), PageUnavailable, "pay"),
        Answered("403", status("403 Forbidden"), PageUnavailable, "refuses"),
        Answered("404", status("404 Not Found"), PageUnavailable, "no such page"),
        Answered("410", status("410 Gone"), PageUnavailable, "gone"),
        Answered("418", status("418 Teapot"), PageUnavailable, "418"),
        Answered("451", status("451 Unavailable"), PageUnavailable, "legal"),
        Answered("204", status("204 No Content"), PageUnavailable, "204"),
        Answered("304", status("304 Not Modified"), PageUnavailable, "304"),
        Answered("302 to nowhere", status("302 Found"), PageUnavailable, "302"),
        Answered("429", status("429 Slow", "Retry-After: 30"), FetchFailed, "slow down", True, 30.0),
        Answered("429 without a time", status("429 Slow"), FetchFailed, "429", True),
        Answered("429 for days", status("429 Slow", "Retry-After: 99999999"), FetchFailed, "429", True),
        Answered("429 with a bad time", status("429 Slow", "Retry-After: -5"), FetchFailed, "429", True),
        Answered("500", status("500 Oops"), FetchFailed, "500", True),
        Answered("503", status("503 Busy", "Retry-After: 7"), FetchFailed, "overloaded", True, 7.0),
        Answered("599", status("599 Odd"), FetchFailed, "599", True),
        Answered("PDF", http_response("%PDF", "Content-Type: application/pdf"), UnsupportedContent, "PDF"),
        Answered("image", http_response("x", "Content-Type: image/png"), UnsupportedContent, "picture"),
        Answered("film", http_response("x", "Content-Type: video/mp4"), UnsupportedContent, "film"),
        Answered("archive", http_response("x", "Content-Type: application/zip"), UnsupportedContent, "file"),
        Answered("bytes", http_response("x", "Content-Type: application/octet-stream"), UnsupportedContent, "file"),
        Answered("JSON", http_response("{}", "Content-Type: application/json"), UnsupportedContent, "data"),
        Answered("feed", http_response("<rss/>", "Content-Type: application/rss+xml"), UnsupportedContent, "feed"),
        Answered("PDF in disguise", http_response("%PDF-1.7 x"), UnsupportedContent, "file"),
        Answered("brotli", http_response("x", "Content-Encoding: br"), UnsupportedContent, "compressed"),
        Answered("double gzip", http_response("x", "Content-Encoding: gzip, gzip"), UnsupportedContent, "compressed"),
        Answered(
            "broken gzip", http_response("no gzip at all", "Content-Encoding: gzip"), FetchFailed, "unpacked", True
        ),
        Answered("short body", http_response("x", "Content-Length: 100"), FetchFailed, "broke off", True),
        Answered("declared too long", http_response("x", "Content-Length: 99999999"), PageTooLarge, "bytes"),
        Answered(
            "lengths that differ", http_response("x", "Content-Length: 1", "Content-Length: 2"), FetchFailed, "", True
        ),
        Answered("a length that is none", http_response("x", "Content-Length: one"), FetchFailed, "", True),
        Answered("no HTTP", b"SSH-2.0-OpenSSH_9.0\r\n", FetchFailed, "not HTTP", True),
        Answered("nothing", b"", FetchFailed, "broke off", True),
        Answered(
            "huge headers", http_response("x", *(f"X-{n}: {'y' * 9_000}" for n in range(30))), FetchFailed, "", True
        ),
        Answered("folded location", redirect("http://a.example\n /b"), ForbiddenUrl, "no URL"),
        Answered("broken location", redirect("http://a.example\rX: y"), FetchFailed, "", True),
        Answered("redirect to itself", redirect("/article"), ForbiddenUrl, "circle"),
        Answered("redirect to a file", redirect("file:///etc/passwd"), ForbiddenUrl, "http"),
        Answered("redirect to a password", redirect("http://a:b@127.0.0.1/"), ForbiddenUrl, "password"),
    ],
    ids=lambda case: case.id,
)
async def test_what_a_site_answers_becomes_a_clear_failure(case: Answered) -> None:
    async with site(play_responses(case.answer)) as url, loopback_loader() as reader:
        with pytest.raises(case.error) as failure:
            await reader.from_url(url)
    assert type(failure.value) is case.error
    assert case.word in failure.value.detail
    assert failure.value.retryable is case.is_retryable
    assert failure.value.retry_after_s == case.retry_after_s
    assert "127.0.0.1" not in failure.value.detail


async def test_a_date_to_retry_after_is_passed_on_in_seconds() -> None:
    answer = status("503 Busy", f"Retry-After: {formatdate(time.time() + 600, usegmt=True)}")
    async with site(play_responses(answer)) as url, loopback_loader() as reader:
        with pytest.raises(FetchFailed) as failure:
            await reader.from_url(url)
    assert failure.value.retry_after_s == pytest.approx(600, abs=60)


async def test_redirects_are_followed_and_the_last_address_is_told() -> None:
    steps = [redirect(f"/{step}") for step in range(5)]
    async with site(play_responses(*steps, http_response())) as url, loopback_loader() as reader:
        article = await reader.from_url(url)
    assert article.source.url == url
    assert article.source.final_url == url.replace("/article", "/4")


async def test_one_redirect_more_is_too_many() -> None:
    steps = [redirect(f"/{step}") for step in range(6)]
    async with site(play_responses(*steps, http_response())) as url, loopback_loader() as reader:
        with pytest.raises(ForbiddenUrl, match="more than 5"):
            await reader.from_url(url)


async def test_a_meta_refresh_is_not_followed() -> None:
    page = ARTICLE.replace("<head>", '<head><meta http-equiv="refresh" content="0; url=http://127.0.0.1:1/">')
    async with site(play_responses(http_response(page))) as url, loopback_loader() as reader:
        assert (await reader.from_url(url)).source.final_url == url


async def test_cookies_are_not_kept_and_nothing_of_this_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    answers = play_responses(
        http_response("", "Location: /second", "Set-Cookie: id=1", "Content-Length: 0", status="302 Found"),
        http_response(),
    )
    async with fault_server(answers) as server, loopback_loader() as reader:
        await reader.from_url(f"http://127.0.0.1:{server.port}/first")
    heads = [head.lower() for head, _ in server.requests]
    assert len(heads) == 2
    assert all(b"cookie" not in head and b"referer" not in head and b"authorization" not in head for head in heads)
    assert all(b"user-agent: subtext/" in head for head in heads)


@dataclass(frozen=True)
class Page:
    id: str
    answer: bytes
    part: str = "cap in hand"


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = ARTICLE.encode()


@pytest.mark.parametrize(
    "case",
    [
        Page("plain", http_response()),
        Page("203", http_response(status="203 Non-Authoritative")),
        Page("XHTML", http_response(ARTICLE, "Content-Type: application/xhtml+xml")),
        Page("no type", http_response(ARTICLE, "Content-Type: ")),
        Page("gzip", http_response(gzip.compress(CHUNK), "Content-Encoding: gzip")),
        Page("chunked", CHUNKED + f"{len(CHUNK):x}\r\n".encode() + CHUNK + b"\r\n0\r\n\r\n"),
        Page("until the end", b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + CHUNK),
        Page("after 100 and 103", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + http_response()),
        Page(
            "EUC-JP",
            http_response(
                ARTICLE.replace("Creditors", "債権者").encode("euc-jp"), "Content-Type: text/html; charset=euc-jp"
            ),
            "債権者",
        ),
        Page("text", http_response("The line went cap in hand.", "Content-Type: text/plain; charset=utf-8")),
    ],
    ids=lambda case: case.id,
)
async def test_a_page_is_read_however_it_is_sent(case: Page) -> None:
    async with site(play_responses(case.answer)) as url, loopback_loader() as reader:
        article = await reader.from_url(url)
    assert case.part in article.text
    assert article.source.kind == "url"
    assert article.source.fetched_at is not None
    assert article.source.fetched_at.endswith("Z")


async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def half_a_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-")
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def hints_for_ever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("fault", [stall, half_a_head, drip, hints_for_ever], ids=lambda fault: fault.__name__)
async def test_a_slow_site_is_left_at_the_deadline(fault: Fault) -> None:
    async with site(fault) as url, loopback_loader(deadline_s=0.3) as reader:
        with pytest.raises(FetchTimedOut) as failure:
            await reader.from_url(url)
    assert failure.value.retryable


@dataclass
class Endless:
    """A body without end, and how much of it went out."""

    head: bytes
    block: bytes
    sent: int = field(default=0)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.head)
        while not writer.is_closing():
            writer.write(self.block)
            await writer.drain()
            self.sent += len(self.block)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    "body",
    [
        Endless(HEAD + b"\r\n", b"x" * 10_000),
        Endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"2710\r\n" + b"x" * 10_000 + b"\r\n"),
    ],
    ids=["until the end", "chunked"],
)
async def test_an_endless_body_is_cut_at_the_limit(body: Endless) -> None:
    async with site(body) as url, loopback_loader(max_bytes=100_000) as reader:
        with pytest.raises(PageTooLarge, match="sends over 100,000 bytes"):
            await reader.from_url(url)
    # What the sockets between hold comes on top of the limit.
    assert body.sent < 20_000_000


async def test_a_bomb_is_cut_at_the_page_limit() -> None:
    bomb = http_response(gzip.compress(b"<p>" + bytes(30_000_000)), "Content-Encoding: gzip")
    async with site(play_responses(bomb)) as url, loopback_loader(max_html_bytes=50_000) as reader:
        with pytest.raises(PageTooLarge):
            await reader.from_url(url)


async def test_a_closed_port_and_a_reset_are_failures_to_try_again() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with site(reset) as url, loopback_loader() as reader:
        with pytest.raises(FetchFailed) as broken:
            await reader.from_url(url)
    async with loopback_loader() as reader:
        with pytest.raises(FetchFailed) as closed:
            await reader.from_url(url)
    assert broken.value.retryable
    assert closed.value.retryable
    assert "could not be reached" in closed.value.detail


async def test_a_plain_site_behind_https_could_not_be_reached() -> None:
    async with fault_server(play_responses(http_response()), read_request=False) as server, loopback_loader() as reader:
        with pytest.raises(FetchFailed, match="could not be reached"):
            await reader.from_url(f"https://127.0.0.1:{server.port}/")


async def test_a_handshake_that_nobody_answers_is_left_at_the_deadline() -> None:
    async with fault_server(stall, read_request=False) as server, loopback_loader(deadline_s=0.3) as reader:
        with pytest.raises(FetchTimedOut):
            await reader.from_url(f"https://127.0.0.1:{server.port}/")


@pytest.fixture
def vouched_by_nobody(tmp_path: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate of its own making."""
    require_or_skip("openssl", present=shutil.which("openssl") is not None, why="makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subject = ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*request, *subject, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_vouches_for_is_named(vouched_by_nobody: ssl.SSLContext) -> None:
    server = await asyncio.start_server(stall, "127.0.0.1", 0, ssl=vouched_by_nobody)
    async with server, loopback_loader() as reader:
        with pytest.raises(FetchFailed, match="certificate"):
            await reader.from_url(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


async def test_fetching_can_be_switched_off() -> None:
    limits = IntakeLimits(fetch=FetchLimits(enabled=False, private_hosts=("127.0.0.0/8",)))
    async with fault_server(play_responses(http_response())) as server, ArticleLoader(limits) as reader:
        with pytest.raises(ForbiddenUrl, match="switched off"):
            await reader.from_url(f"http://127.0.0.1:{server.port}/")
    assert server.requests == []


async def test_a_fetch_that_is_cancelled_leaves_no_connection() -> None:
    gone = asyncio.Event()
    came = asyncio.Event()

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read()
        gone.set()

    async with site(watch) as url, loopback_loader() as reader:
        task = asyncio.create_task(reader.from_url(url))
        await came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            await gone.wait()
