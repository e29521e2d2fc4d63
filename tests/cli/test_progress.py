"""The status line while a model answers: its words, and that it is drawn on a terminal and nowhere else."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from subtext.analysis.ports import Progress
from subtext.cli.progress import ProgressLine, show_bar, show_progress
from subtext.cli.terminal import QUIET
from tests.support.cli import PROGRAM
from tests.support.engines import TEXT, completion, good_draft
from tests.support.fakes import FakeClock
from tests.support.servers.fault_server import fault_server, reply, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult
    from tests.support.servers.fault_server import FaultServer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def test_the_line_says_who_writes_how_much_and_for_how_long() -> None:
    clock = FakeClock()
    line = ProgressLine("qwen\x1b[31m2.5", clock)
    clock.elapsed = 41.2
    reading = line.text()
    line.update(Progress("qwen2.5", 1_412, 53.0))
    clock.elapsed = 53.4
    answering = line.text()
    line.update(Progress("other", 1_412, 53.0, 2, 5))

    assert reading == "qwen2.5 is reading: 41 s"
    assert answering == "qwen2.5 is answering: 1,412 tokens, 53 s"
    assert line.text() == "other is answering: 2 of 5 passages read, 1,412 tokens, 53 s"


@pytest.mark.parametrize(("model", "is_terminal"), [(None, True), ("m", False)], ids=["no model", "no terminal"])
def test_nobody_listens_where_nothing_is_shown(model: str | None, is_terminal: bool) -> None:
    out = Console(file=io.StringIO(), force_terminal=is_terminal)

    with show_progress(model, FakeClock(), out) as on_progress:
        assert on_progress is None
    assert out.file.getvalue() == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_bar_counts_to_its_end_on_a_terminal_alone(is_terminal: bool) -> None:
    out = Console(file=io.StringIO(), force_terminal=is_terminal, width=100, no_color=True)

    with show_bar(out) as bar:
        bar.begin("articles\x1b[31m", 3, completed=1)
        bar.advance()
        bar.update(3, 1)
        bar.begin("names changed", 2)
        bar.advance()

    drawn = out.file.getvalue().rpartition("articles")[2]  # type: ignore[attr-defined]
    assert bar.is_shown is is_terminal
    assert bool(drawn) is is_terminal
    assert not is_terminal or ("3/3" in drawn and "1 failed" in drawn and "names changed" in drawn and "1/2" in drawn)


def test_quiet_shows_no_bar() -> None:
    quiet = QUIET.set(True)
    try:
        with show_bar(Console(file=io.StringIO(), force_terminal=True)) as bar:
            assert not bar.is_shown
    finally:
        QUIET.reset(quiet)


def pieces(*parts: str, reason: str | None = None) -> bytes:
    choices: list[dict[str, Any]] = [{"delta": {"content": part}, "finish_reason": None} for part in parts]
    choices += [{"delta": {}, "finish_reason": reason}] if reason else []
    return b"".join(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n" for choice in choices)


async def test_a_terminal_shows_it_and_standard_output_has_the_answer_alone(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(TEXT, encoding="utf-8")
    text, shown = json.dumps(good_draft()), asyncio.Event()

    async def answers_once_it_is_seen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + pieces(*text[:3]))
        await writer.drain()
        await shown.wait()
        writer.write(pieces(text[3:], reason="stop"))
        await writer.drain()

    async with fault_server(answers_once_it_is_seen) as server:
        process, terminal = _on_a_terminal(server)
        drawn = await asyncio.to_thread(_read_until, terminal, b"m-1 is answering: 3 tokens, ")
        shown.set()
        out, _ = await asyncio.to_thread(process.communicate)
        os.close(terminal)

    assert b"m-1 is answering: 3 tokens, " in drawn
    assert process.returncode == 0
    assert json.loads(out)["framing"]["label"] == "desperation"


def _on_a_terminal(server: FaultServer) -> tuple[subprocess.Popen[bytes], int]:
    """The command line whose standard error is a terminal, and the terminal's other end."""
    master, slave = pty.openpty()
    llm = {"SUBTEXT_LLM_BASE_URL": server.url, "SUBTEXT_LLM_MODEL": "m-1", "SUBTEXT_FALLBACK": "never"}
    command = [*PROGRAM, "analyze", "article.txt", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, env={**os.environ, **llm})
    os.close(slave)
    return process, master


def _read_until(terminal: int, wanted: bytes) -> bytes:
    """What a terminal was sent until these bytes came, or until the program ended."""
    drawn = b""
    while wanted not in drawn:
        try:
            drawn += os.read(terminal, 4_096)
        except OSError:
            break
    return drawn


async def test_a_deadline_of_the_command_line_stands_in_for_the_setting(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "article.txt").write_text(TEXT, encoding="utf-8")
    async with fault_server(send(reply(json.dumps(completion(good_draft())).encode()))) as server:
        llm = {"LLM_BASE_URL": server.url, "LLM_MODEL": "m-1", "FALLBACK": "never", "DEADLINE_S": "0.000001"}
        for name, value in llm.items():
            monkeypatch.setenv(f"SUBTEXT_{name}", value)
        cut = await asyncio.to_thread(subtext, "analyze", "article.txt")
        ran = await asyncio.to_thread(subtext, "analyze", "article.txt", "--deadline", "86400")
        streamed = [b'"stream"' in body for _, body in server.requests]

    assert (cut.code, ran.code, ran.err) == (4, 0, "")
    assert "raise SUBTEXT_DEADLINE_S" in cut.err
    assert not any(streamed), "away from a terminal nobody watches"


@pytest.mark.parametrize("seconds", ["0", "86401", "nan", "inf", "soon"])
def test_a_deadline_that_is_none_is_refused(seconds: str, subtext: Callable[..., CliResult]) -> None:
    ran = subtext("analyze", "article.txt", "--deadline", seconds)

    assert ran.code == 2
    assert "--deadline" in ran.err


def test_a_service_elsewhere_keeps_its_own_deadline(subtext: Callable[..., CliResult], tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("{}", encoding="utf-8")

    ran = subtext("batch", "run", "in.jsonl", "-o", "out", "--server", "http://127.0.0.1:9", "--deadline", "60")

    assert ran.code == 2
    assert "--deadline applies only without --server" in ran.err
