"""Implement `subtext batch run` and `subtext worker`: batches from files, and the worker of a service."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from subtext.cli.analyze import EngineName
from subtext.cli.deadline import Deadline, to_overrides
from subtext.cli.exit_codes import ExitCode
from subtext.cli.help_text import format_examples
from subtext.cli.interruption import stop_on_signals
from subtext.cli.output import AsJson, OutputFile, explain_unwritable, open_json_list, open_output, require_writable
from subtext.cli.terminal import escape_json, print_data, print_note, sanitize, write_all
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.batches.ports import ItemHandler
    from subtext.batches.upload import UploadParser
    from subtext.cli.batch_folder import RejectedFile
    from subtext.cli.progress import ProgressBar
    from subtext.client.models.batch import Batch
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
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help="NDJSON, CSV (column text or url) or a folder of .txt, .md and .html files."),
    ],
    out: Annotated[
        Path, typer.Option("--output", "--out", "-o", metavar="FILE", help="Write to a file: one JSON object per line.")
    ],
    engine: Annotated[EngineName | None, typer.Option(help="Engine for lines that name none.")] = None,
    parallel: Annotated[
        int, typer.Option(min=1, max=1_000, help="Articles analysed at the same time, on this machine.")
    ] = _PARALLEL,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Address of a service to use instead; the key is SUBTEXT_API_KEY.")
    ] = None,
    deadline: Deadline = None,
    as_json: AsJson = False,
) -> None:
    """Analyse every line of IN, in order; run it again to continue where it stopped.

    Ctrl-C stops it after the articles in progress. Exit code 3: some lines failed; --json prints how many.
    """
    if server is not None and deadline is not None:
        raise RequestInvalid("--deadline applies only without --server: a service has its own time limit")
    require_writable(out)
    _note_omissions(source)
    failed, is_stopped = (
        asyncio.run(_run(source, out, None if engine is None else engine.value, parallel, deadline))
        if server is None
        else _run_remote(server, source, out, engine)
    )
    if as_json:
        print_data(json.dumps({"output": str(out), "failed": failed, "stopped": is_stopped}))
    if is_stopped:
        print_note("stopped: run the same command again to continue")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if failed:
        subject = (
            "1 article failed: its problem is" if failed == 1 else f"{failed:,} articles failed: their problems are"
        )
        print_note(f"{subject} in {out}")
        raise typer.Exit(ExitCode.SOME_FAILED)
    print_note(f"the results are in {out}")


def _note_omissions(source: Path) -> None:
    from subtext.cli.batch_folder import list_folder

    if source.is_dir() and (omissions := list_folder(source).describe_omissions()):
        print_note(f"left out of {source}: {omissions}")


def _run_remote(server: str, source: Path, out: Path, engine: EngineName | None) -> tuple[int, bool]:
    from subtext.cli.batch_client import run_batch

    return run_batch(server, source, out, None if engine is None else engine.value), False


BatchId = Annotated[str, typer.Argument(metavar="ID", help="Id of the batch.", show_default=False)]
Server = Annotated[str, typer.Option(metavar="URL", help="Address of the service; the key is SUBTEXT_API_KEY.")]
_SERVER = "http://127.0.0.1:8000"


@batch.command(
    short_help="Show how far a batch of a service is.",
    epilog=format_examples("subtext batch status bat_01a2… --server https://subtext.example"),
)
def status(batch_id: BatchId, server: Server = _SERVER, as_json: AsJson = False) -> None:
    """Show the state and the counts of a batch of a service."""
    from subtext.cli.batch_client import open_client

    with open_client(server) as client:
        _print_batch(client.get_batch(batch_id), as_json=as_json)


@batch.command(
    short_help="Fetch the results of a batch of a service.",
    epilog=format_examples("subtext batch results bat_01a2… -o answers.jsonl"),
)
def results(batch_id: BatchId, server: Server = _SERVER, output: OutputFile = None, as_json: AsJson = False) -> None:
    """Fetch the results of a batch so far, one JSON object per line, in input order; with --json as one list."""
    from subtext.cli.batch_client import open_client, open_results, write_results

    require_writable(output)
    if as_json and output is not None:
        raise RequestInvalid("--json prints one list on standard output: omit --output")
    with open_client(server) as client:
        if output is not None:
            write_results(client, batch_id, output)
            return
        with open_results(client, batch_id) as lines:
            _print_results(lines, as_list=as_json)


def _print_results(lines: Iterator[bytes], *, as_list: bool) -> None:
    if not as_list:
        for line in lines:
            print_data(escape_json(line.decode()))
        return
    with open_output(None) as stream, open_json_list(stream) as write:
        for line in lines:
            write(line.decode())


@batch.command(
    short_help="Cancel what a batch of a service has not begun.",
    epilog=format_examples("subtext batch cancel bat_01a2…"),
)
def cancel(batch_id: BatchId, server: Server = _SERVER, as_json: AsJson = False) -> None:
    """Cancel the articles of a batch that have not been begun; those in progress are finished."""
    from subtext.cli.batch_client import open_client

    with open_client(server) as client:
        _print_batch(client.cancel_batch(batch_id), as_json=as_json)


def _print_batch(state: Batch, *, as_json: bool) -> None:
    if as_json:
        print_data(escape_json(state.model_dump_json(indent=2)))
        return
    counts = ", ".join(f"{count:,} {name}" for name, count in state.counts.items() if count)
    print_data(sanitize(f"{state.id} {state.state}: {counts or 'no items'} of {state.total:,}"))


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
    from subtext.cli.progress import show_bar
    from subtext.schemas.batch import BatchOptions
    from subtext.settings import load_settings

    resume_point = _read_resume_point(out)
    parser = UploadParser(BatchOptions.model_validate({"engine": engine}), "local")
    items = (_parse_line(line, parser) for line in read_input(source))
    stop = stop_on_signals()
    async with open_runtime(load_settings(**to_overrides(deadline_s))) as analyses:
        with show_bar() as bar, out.open("ab", buffering=0) as file:
            total = sum(1 for _ in read_input(source)) if bar.is_shown else None
            journal = ResultJournal(file, bar, *resume_point)
            bar.begin("articles", total, journal.written)
            await _answer_all(items, journal, BatchItemHandler(analyses), parallel, stop)
    return journal.failed, stop.is_set()


def _parse_line(line: bytes | RejectedFile, parser: UploadParser) -> NewItem:
    from subtext.cli.batch_input import to_line

    item = parser.parse_line(to_line(line))
    return item if isinstance(line, bytes) else replace(item, problem=line.to_problem())


async def _answer_all(
    items: Iterator[NewItem], journal: ResultJournal, handler: ItemHandler, parallel: int, stop: asyncio.Event
) -> None:
    """Analyse the items that the journal lacks, and write one line for each, in order."""
    pending: deque[asyncio.Task[Item]] = deque()
    for item in islice(items, journal.written, None):
        if stop.is_set():
            break
        pending.append(asyncio.create_task(_answer(item, handler)))
        if len(pending) >= parallel:
            journal.write(await pending.popleft())
    while pending:
        journal.write(await pending.popleft())


async def _answer(item: NewItem, handler: ItemHandler) -> Item:
    from subtext.domain.batch import Item, ItemState
    from subtext.domain.caller import NO_OWNER

    if item.problem:
        return Item(item.position, item.custom_id, ItemState.FAILED, None, None, item.problem)
    result = await handler(item.ask or "", NO_OWNER)
    done = result.state is ItemState.DONE
    documents = (result.document, None) if done else (None, result.document)
    return Item(item.position, item.custom_id, result.state, None, *documents)


@dataclass(slots=True)
class ResultJournal:
    """Output file of a batch, which is its own journal: one line for each item, in order.

    `written` counts its lines, `failed` those of failed items. The file is not buffered: a line is written or reported.
    """

    file: BinaryIO
    bar: ProgressBar
    written: int = 0
    failed: int = 0

    def write(self, item: Item) -> None:
        """Write the line of an item."""
        from subtext.batches.service import to_result_line

        with explain_unwritable(Path(self.file.name)):
            write_all(self.file, to_result_line(item))
        self.written += 1
        self.failed += item.problem is not None
        self.bar.update(self.written, self.failed)


def _read_resume_point(out: Path) -> tuple[int, int]:
    """Return how many lines an earlier run wrote and how many failed; cut off an incomplete last line."""
    if not out.is_file():
        return 0, 0
    size = done = failed = 0
    with explain_unwritable(out), out.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            size, done, failed = size + len(line), done + 1, failed + (json.loads(line)["state"] == "failed")
    with explain_unwritable(out), out.open("rb+") as file:
        file.truncate(size)
    return done, failed
