from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from structlog.testing import capture_logs

from subtext.errors import StorageUnavailable
from subtext.services.database_check import DatabaseCheck
from tests.support.fakes import FakeClock


@dataclass
class Server:
    """Database that may be away, or answer only when it is let."""

    error: Exception | None = None
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    questions: int = 0

    async def require_writable(self) -> None:
        self.questions += 1
        await self.answers.wait()
        if self.error is not None:
            raise self.error


async def test_probes_that_come_together_or_soon_ask_once() -> None:
    server, clock = Server(), FakeClock()
    server.answers.set()
    check = DatabaseCheck(server.require_writable, clock)

    together = await asyncio.gather(*(check.is_up() for _ in range(5)))
    await clock.sleep(9.9)
    soon, asked = await check.is_up(), server.questions
    await clock.sleep(0.2)
    later = await check.is_up()

    assert (together, soon, later) == ([True] * 5, True, True)
    assert (asked, server.questions) == (1, 2)


async def test_an_outage_is_seen_and_so_is_its_end() -> None:
    server, clock = Server(StorageUnavailable("away")), FakeClock()
    server.answers.set()
    check = DatabaseCheck(server.require_writable, clock)

    away = await check.is_up()
    server.error = None
    await clock.sleep(10.1)

    assert (away, await check.is_up()) == (False, True)


async def test_a_database_that_never_answers_holds_neither_probes_nor_more_than_one_connection() -> None:
    server, clock = Server(), FakeClock()
    check = DatabaseCheck(server.require_writable, clock, wait_s=0.01)

    silent = []
    for _ in range(3):
        silent.append(await check.is_up())
        await clock.sleep(20.0)
    asked = server.questions
    server.answers.set()

    assert (silent, asked) == ([False] * 3, 1)
    assert await check.is_up()


async def test_an_unexpected_error_is_logged_with_its_place() -> None:
    server = Server(ValueError("no such column"))
    server.answers.set()

    with capture_logs() as lines:
        is_up = await DatabaseCheck(server.require_writable, FakeClock()).is_up()

    assert not is_up
    assert [line["event"] for line in lines] == ["database_check_failed"]


async def test_a_probe_that_hangs_up_ends_no_question_of_others() -> None:
    server = Server()
    check = DatabaseCheck(server.require_writable, FakeClock())
    first = asyncio.create_task(check.is_up())
    await asyncio.sleep(0)
    first.cancel()
    server.answers.set()

    assert await check.is_up()
    assert server.questions == 1


async def test_the_end_of_the_service_waits_for_the_question() -> None:
    server = Server()
    check = DatabaseCheck(server.require_writable, FakeClock(), wait_s=0.01)
    assert not await check.is_up()

    closing = asyncio.create_task(check.close())
    await asyncio.sleep(0)
    early = closing.done()
    server.answers.set()
    await closing

    assert not early
    assert await check.is_up()
    assert server.questions == 1
