"""Run and follow batches of a remote service through its Python client."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from subtext.cli.batch_input import find_rejected, read_input, to_line
from subtext.cli.output import explain_unwritable
from subtext.cli.progress import show_bar
from subtext.cli.terminal import write_all
from subtext.client import operations
from subtext.client.call import StreamCall
from subtext.client.client import Client
from subtext.client.errors import CallFailed, InvalidOption, ProblemReceived, ServiceUnreachable, UnexpectedResponse
from subtext.client.exchange import Polling
from subtext.client.result_reader import LineSplitter
from subtext.client.retry_policy import RetryPolicy
from subtext.errors import EngineUnavailable, RequestInvalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    import httpx2

    from subtext.cli.batch_folder import RejectedFile
    from subtext.client.models.batch import Batch
    from subtext.client.models.problem import Problem
    from subtext.client.requests import EngineChoice

# Somebody waits at the terminal: a service that is not there is told soon, and the command can be run again.
_RETRIES = RetryPolicy(max_attempts=3)
_POLLING = Polling(first_s=0.2, max_s=2.0)


class LineReader:
    """Read the results as the lines that the service sends, unchanged."""

    def read(self, response: httpx2.Response) -> Iterator[bytes]:
        """Yield the lines, without their line feeds."""
        lines = LineSplitter()
        for piece in response.iter_bytes():
            yield from lines.split(piece)

    async def aread(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        """Yield the lines, without their line feeds."""
        lines = LineSplitter()
        async for piece in response.aiter_bytes():
            for line in lines.split(piece):
                yield line


@contextmanager
def open_client(server: str) -> Iterator[Client]:
    """Open a client of a service.

    Raises `EngineUnavailable` if the service cannot be reached, `RequestInvalid` if it refuses.
    """
    try:
        with Client(server, retries=_RETRIES) as client:
            yield client
    except ServiceUnreachable as error:
        raise EngineUnavailable(f"{server} does not answer: run the same command again to continue") from error
    except InvalidOption as error:
        raise RequestInvalid(f"--server cannot be used: {error}") from error
    except UnexpectedResponse as error:
        raise RequestInvalid("the response is not from Subtext: check --server") from error
    except ProblemReceived as error:
        raise RequestInvalid(f"the server refused: {_explain(error.problem)}") from error
    except CallFailed as error:
        raise RequestInvalid(f"the server refused: {error}") from error


def _explain(problem: Problem) -> str:
    """Return what is wrong with each field, which the detail only points to; else the detail."""
    return "; ".join(f"{field.pointer}: {field.message}" for field in problem.errors) or problem.detail


def run_batch(server: str, source: Path, out: Path, engine: EngineChoice | None) -> int:
    """Run a batch on a service; return how many lines failed.

    The batch id is stored beside `out` until then, so that a second run resumes. Raises as `open_client`, and as
    `read_input`.
    """
    id_file = out.with_name(f"{out.name}.batch")
    rejected = find_rejected(source)
    with open_client(server) as client:
        if not id_file.exists():
            batch = client.create_batch(map(to_line, read_input(source)), engine=engine)
            id_file.write_text(batch.id, encoding="utf-8")
        batch = _wait(client, id_file.read_text(encoding="utf-8"))
        write_results(client, batch.id, out, rejected)
    id_file.unlink()
    return batch.counts["failed"] + batch.counts["cancelled"]


def write_results(client: Client, batch_id: str, out: Path, rejected: Mapping[str, RejectedFile] | None = None) -> None:
    """Write the result lines of a batch to a file, in input order; raises `RequestInvalid` if that cannot be done.

    `rejected` are files that could not be read here, by the ids of their items.
    """
    with open_results(client, batch_id) as lines, out.open("wb", buffering=0) as file:
        for line in lines:
            with explain_unwritable(out):
                write_all(file, _explain_rejection(line, rejected or {}) + b"\n")


def _explain_rejection(line: bytes, rejected: Mapping[str, RejectedFile]) -> bytes:
    """Give the item of a rejected file the problem that was met here; the service knows only that it had no article."""
    if not rejected:
        return line
    result = json.loads(line)
    if result["state"] != "failed" or result["custom_id"] not in rejected:
        return line
    return json.dumps({**result, "problem": json.loads(rejected[result["custom_id"]].to_problem())}).encode()


def open_results(client: Client, batch_id: str) -> AbstractContextManager[Iterator[bytes]]:
    """Open the result lines of a batch, in input order."""
    return client.open_stream(StreamCall(operations.get_batch_results(batch_id).call, LineReader()))


def _wait(client: Client, batch_id: str) -> Batch:
    with show_bar() as bar:
        bar.begin("articles", None)

        def show(batch: Batch) -> None:
            bar.update(batch.counts["done"] + batch.counts["failed"], batch.counts["failed"], batch.total)

        return client.wait_for_batch(batch_id, on_progress=show, polling=_POLLING)
