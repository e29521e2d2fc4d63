"""`subtext batch run --server`: uploaded, waited for and fetched from a service on a socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI

from subtext.asgi import create_app
from subtext.client.client import Client
from tests.support.api import TEXT, serve
from tests.support.batches import batch_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

pytest.importorskip("dbos", reason="the extra `batch` is not installed")


def test_a_service_answers_and_a_bad_line_fails_alone(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text(f'{json.dumps({"custom_id": "a", "text": TEXT})}\n{{"custom_id": "b"}}\n', encoding="utf-8")
    with serve(create_app(batch_settings(tmp_path))) as wire:
        server = f"http://127.0.0.1:{wire.port}"
        ran = subtext("batch", "run", str(given), "-o", str(out), "--server", server, "--engine", "local")
    assert ran.code == 3, ran.err
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(line["custom_id"], line["state"]) for line in found] == [("a", "done"), ("b", "failed")]
    assert not (tmp_path / "out.jsonl.batch").exists()


def test_a_server_that_is_not_there_is_said(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    given = tmp_path / "in.jsonl"
    given.write_text('{"custom_id": "a", "text": "x"}', encoding="utf-8")
    ran = subtext("batch", "run", str(given), "-o", str(tmp_path / "out"), "--server", "http://127.0.0.1:9")
    assert ran.code == 4
    assert "again" in ran.err


def test_a_batch_is_followed_fetched_and_cancelled_by_its_id(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    with serve(create_app(batch_settings(tmp_path))) as wire:
        server = ("--server", f"http://127.0.0.1:{wire.port}")
        with Client(server[1]) as client:
            batch = client.create_batch([{"custom_id": "a", "text": TEXT, "engine": "local"}, b'{"custom_id": "b"}'])
            client.wait_for_batch(batch.id)
        shown = subtext("batch", "status", batch.id, *server)
        listed = subtext("batch", "results", batch.id, *server, "--json")
        lines = subtext("batch", "results", batch.id, *server)
        subtext("batch", "results", batch.id, *server, "-o", str(tmp_path / "out.jsonl"))
        cancelled = subtext("batch", "cancel", batch.id, *server)
        unknown = subtext("batch", "status", "none", *server)

    assert (shown.code, shown.out) == (0, f"{batch.id} partial: 1 done, 1 failed of 2\n")
    results = json.loads(listed.out)
    assert [(line["custom_id"], line["state"]) for line in results] == [("a", "done"), ("b", "failed")]
    assert [json.loads(line) for line in lines.out.splitlines()] == results
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()] == results
    assert (cancelled.code, cancelled.out) == (2, "")
    assert (unknown.code, unknown.out) == (2, "")
    assert "the server refused: " in unknown.err


def test_an_id_that_is_none_is_refused_with_the_field_and_the_reason(
    tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    with serve(create_app(batch_settings(tmp_path))) as wire:
        ran = subtext("batch", "status", "x", "--server", f"http://127.0.0.1:{wire.port}")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "subtext: the server refused: batch_id: must match pattern '^bat_[0-9a-f]{1,36}$'\n"


@pytest.mark.parametrize("server", ["http://[::1", "nohost"])
def test_an_address_that_is_none_is_told(server: str, subtext: Callable[..., CliResult]) -> None:
    ran = subtext("batch", "status", "x", "--server", server)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"subtext: --server cannot be used: {server!r} is no address")


@pytest.mark.parametrize("command", ["status", "results", "cancel"])
def test_a_page_that_is_no_service_is_told(command: str, subtext: Callable[..., CliResult]) -> None:
    with serve(FastAPI()) as wire:
        ran = subtext("batch", command, "x", "--server", f"http://127.0.0.1:{wire.port}")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "subtext: the response is not from Subtext: check --server\n"
