"""Extracting processes, kept warm: a few of them, each serving one page at a time, stopped when a page is too much."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from typing import TYPE_CHECKING, Any, Final, Self

from subtext.errors import ExtractionFailed, ExtractorUnavailable
from subtext.intake.extraction.page import (
    HEADER_BYTES,
    Page,
    decode_frame,
    encode_frame,
    frame_length,
    require_html_limits,
)
from subtext.telemetry.job_metrics import EXTRACTOR_LIMIT, EXTRACTOR_PROCESSES, observe_extraction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.intake.limits import ExtractLimits

_START_DEADLINE_S: Final = 30.0
_ALARM_GRACE_S: Final = 1.0
# Caches of the libraries, and the heap, grow with the pages seen.
_PAGES_MAX: Final = 500
# JSON doubles a backslash or a quote at worst; control characters take six bytes each.
_REPLY_FACTOR: Final = 8
# What a page's parser needs of the environment. Keys and passwords are not among it.
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
# The exception of a traceback: the only line that begins with its name.
_EXCEPTION: Final = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b")
_STDERR_CHARS: Final = 8_192
_REASON_CHARS: Final = 300
_STDERR_GRACE_S: Final = 2.0
_WORKER: Final = "subtext.intake.extraction.extractor_process"


class ExtractorPool:
    """The pool. Nothing starts before the first page; a process that fails is replaced when the next page comes."""

    def __init__(self, limits: ExtractLimits, *, command: Sequence[str] | None = None) -> None:
        self._limits = limits
        self._command = tuple(command or (sys.executable, "-P", "-m", _WORKER))
        # Warm processes lie on top: a quiet service keeps only as many as it uses.
        self._idle: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        for _ in range(limits.workers):
            self._idle.put_nowait(None)
        EXTRACTOR_LIMIT.set(limits.workers)

    async def page(self, html: str, url: str | None = None) -> Page:
        """Return the article of a page; raises `PageTooLarge`, `ExtractionFailed` or `ExtractorUnavailable`."""
        with observe_extraction():
            require_html_limits(html, self._limits.max_html_bytes)
            return await self._extract(html, url)

    async def _extract(self, html: str, url: str | None) -> Page:
        worker = await self._idle.get()
        try:
            worker = worker or await _Worker.start(self._command, self._limits)
            page = await worker.page(html, url)
        except BaseException:
            # Whatever it was, cancellation too, the process may be in the middle of a page: a new one is cleaner.
            self._idle.put_nowait(None)
            if worker is not None:
                await worker.kill()
            raise
        if worker.needs_recycling:
            self._idle.put_nowait(None)
            await worker.kill()
        else:
            self._idle.put_nowait(worker)
        return page

    async def aclose(self) -> None:
        """End every process."""
        while not self._idle.empty():
            if (worker := self._idle.get_nowait()) is not None:
                await worker.kill()


class _Worker:
    """One process, ready for a page."""

    def __init__(self, process: Process, limits: ExtractLimits) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a worker is spoken to through pipes")
        self._process, self._stdin, self._stdout = process, process.stdin, process.stdout
        self._limits, self._pages = limits, 0
        # Read all the time, as a full pipe would stop the process.
        self._errors = asyncio.create_task(_read_tail(process.stderr))

    @classmethod
    async def start(cls, command: Sequence[str], limits: ExtractLimits) -> Self:
        """Start a process; return it when it has loaded its libraries; raises `ExtractorUnavailable`."""
        arguments = (str(limits.memory_bytes), str(limits.deadline_s + _ALARM_GRACE_S))
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *command, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
        )
        EXTRACTOR_PROCESSES.inc()
        worker = cls(process, limits)
        try:
            async with asyncio.timeout(_START_DEADLINE_S):
                await worker._reply()
        except BaseException as error:
            if isinstance(error, EOFError):
                await worker._await_end()
            await worker.kill()
            if isinstance(error, (TimeoutError, EOFError, ValueError)):
                raise ExtractorUnavailable(
                    f"the extractor does not start ({await worker._reason()}): reinstall Subtext, or give it more "
                    "memory; `subtext doctor` tries it"
                ) from error
            raise
        return worker

    @property
    def needs_recycling(self) -> bool:
        """Return whether it has seen so many pages that a new process is cheaper than its memory, or has ended."""
        return self._pages >= _PAGES_MAX or self._process.returncode is not None

    async def page(self, html: str, url: str | None) -> Page:
        """Return what the process makes of a page; after an `ExtractionFailed` it is of no further use."""
        self._pages += 1
        try:
            async with asyncio.timeout(self._limits.deadline_s):
                await self._send({"html": html, "url": url})
                reply = await self._reply()
        except TimeoutError as error:
            raise ExtractionFailed(
                f"this page takes longer than {self._limits.deadline_s:g} s to extract: send the article's text instead"
            ) from error
        except (EOFError, OSError, ValueError) as error:
            raise ExtractionFailed("this page broke the extractor: send the article's text instead") from error
        if "failed" in reply:
            raise ExtractionFailed(_why(reply["failed"]))
        return Page.from_json(reply["page"])

    async def kill(self) -> None:
        """End the process, even if the caller is being cancelled."""
        if self._process.returncode is None:
            self._process.kill()
        self._stdin.close()
        EXTRACTOR_PROCESSES.dec()
        await asyncio.shield(asyncio.ensure_future(self._process.wait()))

    async def _await_end(self) -> None:
        """Wait a moment for a process that ends by itself: of one killed meanwhile asyncio loses the exit code."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STDERR_GRACE_S):
                await self._process.wait()

    async def _reason(self) -> str:
        """Return the last error that the ended process wrote; no page was in it yet, so it repeats none."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STDERR_GRACE_S):
                return find_last_error(await asyncio.shield(self._errors)) or f"exit code {self._process.returncode}"
        return f"exit code {self._process.returncode}"

    async def _send(self, request: dict[str, Any]) -> None:
        self._stdin.write(encode_frame(request))
        await self._stdin.drain()

    async def _reply(self) -> dict[str, Any]:
        length = frame_length(await self._stdout.readexactly(HEADER_BYTES))
        if length > _REPLY_FACTOR * self._limits.max_html_bytes:
            raise ValueError("a reply longer than any page")
        return decode_frame(await self._stdout.readexactly(length))


async def _read_tail(stream: asyncio.StreamReader | None) -> str:
    """Read a stream to its end, and return its last characters."""
    tail = b""
    while stream is not None and (chunk := await stream.read(_STDERR_CHARS)):
        tail = (tail + chunk)[-_STDERR_CHARS:]
    return tail.decode(errors="replace")


def find_last_error(stderr: str) -> str:
    """Return the last exception of a traceback in one line, or the last line if there is none."""
    lines = stderr.strip().splitlines()
    starts = [index for index, line in enumerate(lines) if _EXCEPTION.match(line)]
    message = " ".join(lines[starts[-1] if starts else -1 :])
    return "".join(char for char in message if char.isprintable())[:_REASON_CHARS]


def _why(failed: object) -> str:
    if failed == "memory":
        return "this page takes more memory than one extraction may: send the article's text instead"
    return "this page made the extractor fail: send the article's text instead"
