"""A batch answered by a service elsewhere: uploaded as it is read, waited for, its answers written as they come."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import httpx2

from subtext.cli.terminal import console
from subtext.domain.batch import BATCHES_PATH
from subtext.errors import EngineUnavailable, RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_S = 1.0
_ENDED = {"done", "partial", "cancelled"}


def run_batch(server: str, lines: Iterator[bytes], out: Path, engine: str | None) -> int:
    """How many lines failed; the batch's id stands beside `out` until then, so that a second run only waits for it.

    Raises `RequestInvalid` where the service refuses, `EngineUnavailable` where it cannot be reached.
    """
    note = out.with_name(f"{out.name}.batch")
    key = os.environ.get("SUBTEXT_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx2.Client(base_url=server, headers=headers, timeout=60.0) as client:
            if not note.exists():
                note.write_text(_submit(client, lines, engine), encoding="utf-8")
            failed = _wait(client, note.read_text(encoding="utf-8"))
            _fetch(client, note.read_text(encoding="utf-8"), out)
    except httpx2.HTTPError as error:
        raise EngineUnavailable(f"{server} does not answer: run the same command again to go on") from error
    note.unlink()
    return failed


def _submit(client: httpx2.Client, lines: Iterator[bytes], engine: str | None) -> str:
    response = client.post(
        BATCHES_PATH,
        content=(line + b"\n" for line in lines),
        headers={"Content-Type": "application/x-ndjson"},
        params={"engine": engine} if engine else {},
    )
    return str(_json_or_error(response)["id"])


def _wait(client: httpx2.Client, batch_id: str) -> int:
    with console(stderr=True).status("waiting") as shown:
        while True:
            batch = _json_or_error(client.get(f"{BATCHES_PATH}/{batch_id}"))
            counts = batch["counts"]
            if batch["state"] in _ENDED:
                return int(counts["failed"] + counts["cancelled"])
            shown.update(f"{counts['done']:,} of {batch['total']:,} answered, {counts['failed']:,} failed")
            time.sleep(_POLL_S)


def _fetch(client: httpx2.Client, batch_id: str, out: Path) -> None:
    with client.stream("GET", f"{BATCHES_PATH}/{batch_id}/results") as response, out.open("wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)


def _json_or_error(response: httpx2.Response) -> dict[str, Any]:
    try:
        found: dict[str, Any] = response.json()
    except json.JSONDecodeError as error:
        raise RequestInvalid("the server does not speak as Subtext does: check --server") from error
    if response.is_error:
        raise RequestInvalid(f"the server refused: {found.get('detail', response.status_code)}")
    return found
