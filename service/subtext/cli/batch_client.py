"""Run a batch on a remote service: upload it, wait for it, download the results."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import httpx2

from subtext.cli.progress import show_bar
from subtext.domain.batch import BATCHES_PATH
from subtext.errors import EngineUnavailable, RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_S = 1.0
_ENDED = {"done", "partial", "cancelled"}


def run_batch(server: str, lines: Iterator[bytes], out: Path, engine: str | None) -> int:
    """Run a batch on a service; return how many lines failed.

    The batch id is stored beside `out` until then, so that a second run resumes. Raises `RequestInvalid` if the service
    refuses, `EngineUnavailable` if it cannot be reached.
    """
    id_file = out.with_name(f"{out.name}.batch")
    key = os.environ.get("SUBTEXT_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx2.Client(base_url=server, headers=headers, timeout=60.0) as client:
            if not id_file.exists():
                id_file.write_text(_submit(client, lines, engine), encoding="utf-8")
            failed = _wait(client, id_file.read_text(encoding="utf-8"))
            _fetch(client, id_file.read_text(encoding="utf-8"), out)
    except httpx2.HTTPError as error:
        raise EngineUnavailable(f"{server} does not answer: run the same command again to continue") from error
    id_file.unlink()
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
    with show_bar() as bar:
        bar.begin("articles", None)
        while True:
            batch = _json_or_error(client.get(f"{BATCHES_PATH}/{batch_id}"))
            counts = batch["counts"]
            bar.update(counts["done"] + counts["failed"], counts["failed"], batch["total"])
            if batch["state"] in _ENDED:
                return int(counts["failed"] + counts["cancelled"])
            time.sleep(_POLL_S)


def _fetch(client: httpx2.Client, batch_id: str, out: Path) -> None:
    with client.stream("GET", f"{BATCHES_PATH}/{batch_id}/results") as response, out.open("wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)


def _json_or_error(response: httpx2.Response) -> dict[str, Any]:
    try:
        document: dict[str, Any] = response.json()
    except json.JSONDecodeError as error:
        raise RequestInvalid("the response is not from Subtext: check --server") from error
    if response.is_error:
        raise RequestInvalid(f"the server refused: {document.get('detail', response.status_code)}")
    return document
