from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pytest

from subtext.intake.extraction.extractor_process import handle_request
from subtext.intake.extraction.page import Page, decode_frame, encode_frame, read_frame
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = (sys.executable, "-P", "-m", "subtext.intake.extraction.extractor_process")
REQUEST = {"html": "<p>The line begged for help.</p>", "url": None}


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    yield from run_worker(GIVE_UP_S)


@pytest.fixture
def hasty_worker() -> Iterator[subprocess.Popen[bytes]]:
    yield from run_worker(1.0)


def run_worker(deadline_s: float) -> Iterator[subprocess.Popen[bytes]]:
    command = [*WORKER, "512000000", str(deadline_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def frame_of(process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
    assert process.stdout is not None
    return read_frame(cast("BinaryIO", process.stdout))


def send(process: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(encode_frame(request))
    process.stdin.flush()


def test_a_worker_serves_page_after_page_and_ends_with_its_parent(worker: subprocess.Popen[bytes]) -> None:
    assert frame_of(worker) == {"ready": True}
    for _ in range(2):
        send(worker, REQUEST)
        reply = frame_of(worker)
        assert reply is not None
        assert reply["page"]["text"] == "The line begged for help."
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(GIVE_UP_S) == 0


def test_a_worker_whose_page_takes_too_long_ends_itself(hasty_worker: subprocess.Popen[bytes]) -> None:
    assert frame_of(hasty_worker) == {"ready": True}
    send(hasty_worker, {"html": "<p>x" * 39_000, "url": None})
    assert hasty_worker.wait(GIVE_UP_S) < 0


def test_a_page_that_fails_is_answered() -> None:
    def failing(error: Exception) -> dict[str, Any]:
        def page_of(html: str, url: str | None) -> Page:
            raise error

        return handle_request(REQUEST, page_of)

    assert failing(RecursionError("deep")) == {"failed": "RecursionError"}
    assert failing(MemoryError()) == {"failed": "memory"}
    assert handle_request(REQUEST, lambda html, _: Page(html))["page"]["text"] == REQUEST["html"]


def test_frames_carry_any_text_and_tell_the_end() -> None:
    value = {"html": '😀 \u2028 \x00 "\\'}
    stream = io.BytesIO(encode_frame(value) + encode_frame({}))
    assert read_frame(stream) == value
    assert read_frame(stream) == {}
    assert read_frame(stream) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff"])
def test_what_is_no_object_is_no_frame(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|object|decode"):
        decode_frame(body)
