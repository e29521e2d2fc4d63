"""The heartbeat of a worker, and what a health check makes of it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from subtext.bootstrap.heartbeat import STALE_S, is_alive, keep_heartbeat
from subtext.logs import configure_logs
from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from pathlib import Path


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def until_alive(path: Path) -> None:
    """Look until the heartbeat is there: it is a file, so there is no event to wait for."""
    async with asyncio.timeout(GIVE_UP_S):
        while not is_alive(path):  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.01)


async def test_a_worker_is_alive_while_it_writes_and_not_after_its_end(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat"
    assert not is_alive(path)
    async with keep_heartbeat(path, every_s=0.001):
        assert is_alive(path)
        assert path.read_text() == f"{os.getpid()}\n"
        os.utime(path, (1, 1))
        await until_alive(path)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(("age_s", "alive"), [(0, True), (STALE_S - 10, True), (STALE_S + 1, False)])
def test_a_heartbeat_goes_stale(tmp_path: Path, age_s: float, alive: bool) -> None:
    path, moment = tmp_path / "heartbeat", time.time() - age_s
    path.touch()
    os.utime(path, (moment, moment))
    assert is_alive(path) is alive


async def test_a_link_of_somebody_else_is_replaced_and_not_followed(tmp_path: Path) -> None:
    theirs, path = tmp_path / "theirs", tmp_path / "heartbeat"
    theirs.write_text("untouched")
    path.symlink_to(theirs)
    async with keep_heartbeat(path):
        assert not path.is_symlink()
    assert theirs.read_text() == "untouched"


async def test_a_worker_that_may_not_write_works_on_and_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs("info", "json")
    async with keep_heartbeat(tmp_path / "nowhere" / "heartbeat"):
        pass
    assert "heartbeat_not_written" in capfd.readouterr().err


async def test_a_folder_in_the_place_of_the_file_is_said_so_and_nothing_is_left_beside_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs("info", "json")
    path = tmp_path / "heartbeat"
    path.mkdir()
    async with keep_heartbeat(path):
        pass
    assert "heartbeat_not_written" in capfd.readouterr().err
    assert names_in(tmp_path) == [path.name]


async def test_a_worker_is_healthy_from_its_start_to_its_end(tmp_path: Path) -> None:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    known = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
    environment = known | {
        "SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{tmp_path / 'kept.db'}",
        "SUBTEXT_BATCHES_ENABLED": "true",
        "SUBTEXT_BATCHES_HEARTBEAT_FILE": str(tmp_path / "heartbeat"),
        "SUBTEXT_LOCAL_SCORER": "words",
    }

    async def run(*args: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *PROGRAM, *args, env=environment, cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL
        )

    async def check() -> int:
        return await (await run("healthcheck", "--worker")).wait()

    assert await check() == 1
    worker = await run("worker")
    try:
        await until_alive(tmp_path / "heartbeat")
        assert await check() == 0
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
        assert await check() == 1
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
