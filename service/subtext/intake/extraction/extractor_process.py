"""The extracting process: takes pages on standard input, gives articles on standard output, one at a time.

It ends when its parent does (standard input closes), and by an alarm when a page takes too long, parent or not.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from subtext.intake.extraction.page import encode_frame, read_frame

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from subtext.intake.extraction.page import Page

OUT_OF_MEMORY = "memory"


def main(memory_bytes: int, alarm_s: float) -> None:
    """Serve until standard input closes. `alarm_s` is how long one page may take before the process ends itself."""
    limit_memory(memory_bytes)
    replies = _reserve_stdout()
    from subtext.intake.extraction.extractor import extract_page  # noqa: PLC0415 - lxml is loaded under the memory limit

    # What a library prints goes nowhere: standard output belongs to the replies.
    _send(replies, {"ready": True})
    while (request := read_frame(sys.stdin.buffer)) is not None:
        _alarm(alarm_s)
        reply = handle_request(request, extract_page)
        _alarm(0)
        _send(replies, reply)
        if reply.get("failed") == OUT_OF_MEMORY:
            return
        trim_heap()


def handle_request(request: dict[str, Any], page_of: Callable[[str, str | None], Page]) -> dict[str, Any]:
    """Return the reply to one request: `page`, or `failed` with a word for why. The process outlives a failing page."""
    try:
        return {"page": page_of(request["html"], request["url"]).as_json()}
    except MemoryError:
        return {"failed": OUT_OF_MEMORY}
    except Exception as error:  # noqa: BLE001 - a process edge: whatever a page does to the parsers, say so and go on
        return {"failed": type(error).__name__}


def limit_memory(memory_bytes: int) -> None:
    """Let further memory than this fail, and leave no core behind."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def trim_heap() -> None:
    """Return freed memory to the system, where the C library can (glibc); else the largest page sets what is held.

    For a page of 1.9 MB that is 159 MB, and 49 MB afterwards; it takes 2 to 14 ms, after the reply.
    """
    if malloc_trim := getattr(ctypes.CDLL(None) if sys.platform == "linux" else None, "malloc_trim", None):
        malloc_trim(0)


def _alarm(seconds: float) -> None:
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _reserve_stdout() -> BinaryIO:
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _send(replies: BinaryIO, value: dict[str, Any]) -> None:
    replies.write(encode_frame(value))
    replies.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
