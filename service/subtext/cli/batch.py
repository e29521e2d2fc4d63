"""Implement `subtext batch run` and `subtext worker`: batches from files, and the worker of a service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections import deque
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from subtext.cli.deadline import Deadline, to_overrides
from subtext.cli.exit_codes import ExitCode
from subtext.cli.help_text import format_examples
from subtext.cli.output import AsJson  # noqa: TC001 - typer reads the annotation
from subtext.cli.terminal import console, print_data, print_note
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.batches.ports import ItemHandler
    from subtext.domain.batch import Item, NewItem

batch = typer.Typer(name="batch", help="Analyse many articles.", rich_markup_mode=None)

_PARALLEL = 8


@batch.callback()
def _batch() -> None:
    """Analyse many articles."""


@batch.command(
    short_help="Analyse every line of a file, or every file of a folder.",
    epilog=format_examples(
        "subtext batch run articles.jsonl -o answers.jsonl",
        "subtext batch run articles.csv -o answers.jsonl --engine local",
    ),
)
def run(
    source: Annotated[Path, typer.Argument(metavar="IN", help="NDJSON, CSV (column text or url) or a folder.")],
    out: Annotated[Path, typer.Option("--output", "--out", "-o", help="Output file, one JSON object per line.")],
    engine: Annotated[str | None, typer.Option(help="auto, llm or local, for lines that name none.")] = None,
    parallel: Annotated[
        int, typer.Option(min=1, max=1_000, help="Articles analysed at the same time, on this machine.")
    ] = _PARALLEL,
    server: Annotated[str | None, typer.Option(help="Use a service instead, such as http://host:8000.")] = None,
    deadline: Deadline = None,
    as_json: AsJson = False,
) -> None:
    """Analyse every line of IN, in order; run it again to continue where it stopped.

    Ctrl-C stops it after the articles in progress. Exit code 3: some lines failed; --json prints how many.
    """
    if server is not None and deadline is not None:
        raise RequestInvalid("--deadline applies only without --server: a service has its own time limit")
    failed, is_stopped = (
        asyncio.run(_run(source, out, engine, parallel, deadline))
        if server is None
        else _run_remote(server, source, out, engine)
    )
    if as_json:
        print_data(json.dumps({"output": str(out), "failed": failed, "stopped": is_stopped}))
    if is_stopped:
        print_note("stopped: run the same command again to continue")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if failed:
        print_note(f"{failed:,} lines failed: their problems are in {out}")
        raise typer.Exit(ExitCode.SOME_FAILED)


def _run_remote(server: str, source: Path, out: Path, engine: str | None) -> tuple[int, bool]:
    from subtext.cli.batch_client import run_batch
    from subtext.cli.batch_input import read_input

    return run_batch(server, read_input(source), out, engine), False


def worker() -> None:
    """Process the batches of a service until Ctrl-C or SIGTERM; items in progress are finished first."""
    from subtext.cli.startup import logged_process
    from subtext.settings import load_settings
    from subtext.worker import run_worker

    settings = load_settings()
    with logged_process(settings.log):
        asyncio.run(run_worker(settings))


async def _run(
    source: Path, out: Path, engine: str | None, parallel: int, deadline_s: float | None
) -> tuple[int, bool]:
    from subtext.batches.upload import UploadParser
    from subtext.batches.worker import BatchItemHandler
    from subtext.bootstrap.runtime import open_runtime
    from subtext.cli.batch_input import read_input
    from subtext.schemas.batch import BatchOptions
    from subtext.settings import load_settings

    done_count, failed = _resume_point(out)
    parser = UploadParser(BatchOptions.model_validate({"engine": engine}), "local")
    items = (parser.parse_line(line) for line in read_input(source))
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    async with open_runtime(load_settings(**to_overrides(deadline_s))) as analyses:
        failed += await _answer_all(items, done_count, out, BatchItemHandler(analyses), parallel, stop)
    return failed, stop.is_set()


async def _answer_all(
    items: Iterator[NewItem], done_count: int, out: Path, handler: ItemHandler, parallel: int, stop: asyncio.Event
) -> int:
    """Analyse the items and write one line for each in order, so the output is its own journal; return the failures."""
    failed = 0
    pending: deque[asyncio.Task[Item]] = deque()
    with out.open("ab") as file, console(stderr=True).status("reading") as status:
        for item in items:
            if item.position < done_count:
                continue
            if stop.is_set():
                break
            pending.append(asyncio.create_task(_answer(item, handler)))
            if len(pending) >= parallel:
                failed += _write(file, await pending.popleft())
                status.update(f"{item.position + 1 - len(pending):,} answered, {failed:,} failed")
        while pending:
            failed += _write(file, await pending.popleft())
    return failed


async def _answer(item: NewItem, handler: ItemHandler) -> Item:
    from subtext.domain.batch import Item, ItemState
    from subtext.domain.caller import NO_OWNER

    if item.problem:
        return Item(item.position, item.custom_id, ItemState.FAILED, None, None, item.problem)
    result = await handler(item.ask or "", NO_OWNER)
    done = result.state is ItemState.DONE
    documents = (result.document, None) if done else (None, result.document)
    return Item(item.position, item.custom_id, result.state, None, *documents)


def _write(file: BinaryIO, item: Item) -> bool:
    """Write the line of an item; return whether it failed."""
    from subtext.batches.service import to_result_line

    file.write(to_result_line(item))
    file.flush()
    return item.problem is not None


def _resume_point(out: Path) -> tuple[int, int]:
    """Return how many lines an earlier run wrote and how many failed; cut off an incomplete last line."""
    if not out.exists():
        return 0, 0
    size = done = failed = 0
    with out.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            size, done, failed = size + len(line), done + 1, failed + (json.loads(line)["state"] == "failed")
    with out.open("rb+") as file:
        file.truncate(size)
    return done, failed
