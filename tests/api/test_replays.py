"""Idempotency-Key: one upstream call and equal answers, whatever comes at once, twice, or from a dead process."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

from subtext.asgi import create_app
from subtext.domain.caller import NO_OWNER
from subtext.errors import EngineError, IdempotencyInProgress, IdempotencyMismatch
from subtext.http.idempotency import Fingerprint, IdempotencyService, IdempotencyTimeouts
from subtext.http.state import get_request_state
from subtext.ids import derive_uuid7
from subtext.settings import BatchSettings, LLMSettings, StoreSettings
from subtext.storage.database import open_database
from subtext.storage.idempotency import Claimed, IdempotencyKey, InProgress, SqlIdempotencyRepository, StoredResponse
from tests.support.api import ASK, TEXT, client, settings
from tests.support.batches import NDJSON, ndjson
from tests.support.cli import PROGRAM
from tests.support.examples import examples
from tests.support.fakes import START, FakeClock
from tests.support.patience import GIVE_UP_S
from tests.support.processes import Service
from tests.support.repository import ROOT
from tests.support.servers.fault_server import FaultServer, fault_server
from tests.support.servers.gate import Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from subtext.clock import Clock
    from subtext.storage.database import Database

KEY = {"Idempotency-Key": "7f1c"}
MODEL = {"text": TEXT, "language": "en", "fallback": "never", "cache": "no-store"}


@asynccontextmanager
async def asked_by(folder: Path, model: FaultServer) -> AsyncIterator[httpx2.AsyncClient]:
    store = StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}")
    app = create_app(settings(llm=LLMSettings(base_url=model.url, model="m"), store=store))
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as found:
            yield found


async def test_fifty_at_once_make_one_call_and_get_one_answer(tmp_path: Path) -> None:
    gate = Gate()
    async with fault_server(gate) as model, asked_by(tmp_path, model) as service:
        asking = [asyncio.create_task(service.post("/v1/analyses", json=MODEL, headers=KEY)) for _ in range(50)]
        gate.opened.set()
        answers = await asyncio.gather(*asking)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 49
    assert len(model.requests) == 1


async def test_over_two_processes_it_is_still_one_call(tmp_path: Path) -> None:
    async with (
        fault_server(Gate(opened=_set())) as model,
        httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as caller,
    ):
        llm = {"SUBTEXT_LLM_BASE_URL": model.url, "SUBTEXT_LLM_MODEL": "m"}
        # So long that no heartbeat is late on a busy machine.
        services = [Service(tmp_path, SUBTEXT_IDEMPOTENCY_LEASE_S="600", **llm) for _ in range(2)]
        for service in services:
            await service.start()
        asking = [caller.post(f"{services[n % 2].url}/v1/analyses", json=MODEL, headers=KEY) for n in range(50)]
        answers = await asyncio.gather(*asking)
        for service in services:
            await service.kill()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(model.requests) == 1


async def test_who_dies_while_answering_is_taken_over_from(tmp_path: Path) -> None:
    gate = Gate()
    async with fault_server(gate) as model, httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as caller:
        service = Service(
            tmp_path,
            SUBTEXT_LLM_BASE_URL=model.url,
            SUBTEXT_LLM_MODEL="m",
            SUBTEXT_IDEMPOTENCY_LEASE_S="5",
        )
        await service.start()
        first = asyncio.create_task(caller.post(f"{service.url}/v1/analyses", json=MODEL, headers=KEY))
        await asyncio.wait_for(gate.is_full.wait(), GIVE_UP_S)
        await service.kill()
        with pytest.raises(httpx2.TransportError):
            await first
        gate.opened.set()
        await service.start()
        answers = [await ask_until_answered(caller, f"{service.url}/v1/analyses") for _ in range(2)]
        await service.kill()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert len(model.requests) == 2


async def test_a_kill_after_the_analysis_was_stored_leaves_no_second_one(tmp_path: Path) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as caller:
        service = Service(tmp_path, SUBTEXT_IDEMPOTENCY_LEASE_S="2", PYTHONPATH=str(ROOT))
        service.program = (sys.executable, "-m", "tests.support.dying_process", "analysis committed", "1")
        await service.start()
        with pytest.raises(httpx2.TransportError):
            await caller.post(f"{service.url}/v1/analyses", json=MODEL, headers=KEY)
        assert await service.ended() == -signal.SIGKILL
        service.program = PROGRAM
        await service.start()
        answer = await ask_until_answered(caller, f"{service.url}/v1/analyses")
        stored = (await caller.get(f"{service.url}/v1/analyses")).json()["analyses"]
        await service.kill()
    assert [analysis["id"] for analysis in stored] == [answer.json()["id"]]


async def ask_until_answered(caller: httpx2.AsyncClient, url: str) -> httpx2.Response:
    """Ask again after Retry-After for as long as the service says that a process of before may be answering."""
    async with asyncio.timeout(GIVE_UP_S):
        while True:
            response = await caller.post(url, json=MODEL, headers=KEY)
            if response.json().get("code") != "idempotency_in_progress":
                return response
            await asyncio.sleep(float(response.headers["retry-after"]))


def idempotency_service(database: Database, clock: Clock, lease_s: float) -> IdempotencyService:
    limits = IdempotencyTimeouts(wait_s=GIVE_UP_S, lease_s=lease_s)
    return IdempotencyService(SqlIdempotencyRepository(database, clock), limits)


async def test_an_overdue_lease_of_another_process_is_told_at_once_and_when_to_ask_again(tmp_path: Path) -> None:
    clock, key = FakeClock(), IdempotencyKey(NO_OWNER, "POST /v1/analyses", "k")

    async def run() -> Response:
        return Response(get_request_state(request.scope).repeatable_id or "")

    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        service = idempotency_service(database, clock, lease_s=12)
        dead = SqlIdempotencyRepository(database, clock)
        await dead.claim(key, "dead", None, timedelta(seconds=12))
        await clock.sleep(7)
        request, fingerprint = asked("k", b"1")
        with pytest.raises(IdempotencyInProgress, match="does not react") as refused:
            await service.run_once(request, fingerprint, run, compare_first=True)
        assert refused.value.retry_after_s == 5
        await clock.sleep(5)
        request, fingerprint = asked("k", b"1")
        response = await service.run_once(request, fingerprint, run, compare_first=True)
    assert bytes(response.body).decode() == derive_uuid7(START, NO_OWNER, "POST /v1/analyses", "k")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the first ends first", "the second ends first"])
async def test_a_request_whose_lease_ran_out_is_taken_over_in_its_own_process_too(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    clock, runs = FakeClock(), asyncio.Queue[asyncio.Event]()

    async def run() -> Response:
        finish = asyncio.Event()
        runs.put_nowait(finish)
        await finish.wait()
        return Response(b"answer")

    async def ask(service: IdempotencyService) -> Response:
        request, fingerprint = asked("k", b"1")
        return await service.run_once(request, fingerprint, run, compare_first=True)

    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        service = idempotency_service(database, clock, lease_s=GIVE_UP_S)
        asking, finishes = [], []
        for _ in range(2):
            asking.append(asyncio.create_task(ask(service)))
            finishes.append(await asyncio.wait_for(runs.get(), GIVE_UP_S))
            # As if the database had taken no renewal of the lease.
            await clock.sleep(GIVE_UP_S)
        for number in order:
            finishes[number].set()
            assert bytes((await asking[number]).body) == b"answer"


@pytest.mark.parametrize("failure", [None, EngineError("the request's own")])
async def test_a_mistake_of_ours_in_the_table_of_keys_changes_no_outcome_of_a_request(
    tmp_path: Path, failure: EngineError | None
) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        service = idempotency_service(database, FakeClock(), lease_s=GIVE_UP_S)

        async def run() -> Response:
            async with database.transaction() as connection:
                await connection.exec_driver_sql("DROP TABLE idempotency")
            if failure is not None:
                raise failure
            return Response(b"answer")

        request, fingerprint = asked("k", b"1")
        with capture_logs() as logged:
            [outcome] = await asyncio.gather(
                service.run_once(request, fingerprint, run, compare_first=True), return_exceptions=True
            )

    assert outcome is failure if failure else isinstance(outcome, Response)
    assert [line["event"] for line in logged] == ["key_not_released" if failure else "response_not_stored"]
    assert all(line["at"] for line in logged)


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path_factory.mktemp('store') / 'kept.db'}")
    with client(create_app(settings(store=store, batches=BatchSettings(enabled=True)))) as found:
        yield found


@pytest.fixture
def fresh() -> dict[str, str]:
    """A key that no test before has used."""
    return {"Idempotency-Key": uuid4().hex}


@pytest.mark.parametrize("path", ["/v1/analyses", "/v1/summaries", "/v1/stances"])
def test_the_same_request_is_answered_as_before(keeping: TestClient, fresh: dict[str, str], path: str) -> None:
    first, second = (keeping.post(path, json={**ASK, "cache": "no-store"}, headers=fresh) for _ in range(2))
    other = keeping.post(path, json={**ASK, "cache": "no-store"}, headers={"Idempotency-Key": "other"})
    assert (first.status_code, first.headers.get("idempotency-replayed")) == (200, None)
    assert (second.content, second.headers["idempotency-replayed"]) == (first.content, "true")
    assert second.headers["content-type"] == first.headers["content-type"]
    assert other.json()["id"] != first.json()["id"]


def test_a_key_of_one_address_is_free_at_another(keeping: TestClient, fresh: dict[str, str]) -> None:
    keeping.post("/v1/analyses", json=ASK, headers=fresh)
    assert "idempotency-replayed" not in keeping.post("/v1/stances", json=ASK, headers=fresh).headers


def test_a_request_whose_analysis_was_deleted_is_processed_anew(keeping: TestClient, fresh: dict[str, str]) -> None:
    first = keeping.post("/v1/analyses", json=ASK, headers=fresh).json()
    assert keeping.delete(f"/v1/analyses/{first['id']}").status_code == 204

    again = keeping.post("/v1/analyses", json=ASK, headers=fresh)

    assert (again.status_code, again.headers.get("idempotency-replayed")) == (200, None)
    assert again.json()["id"] != first["id"]


def test_another_request_under_the_same_key_is_refused(keeping: TestClient, fresh: dict[str, str]) -> None:
    keeping.post("/v1/analyses", json=ASK, headers=fresh)
    refused = keeping.post("/v1/analyses", json={**ASK, "target": "x"}, headers=fresh)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_mismatch")


def test_after_a_failure_the_key_is_free(keeping: TestClient, fresh: dict[str, str]) -> None:
    failed = keeping.post("/v1/analyses", json={"text": "", "engine": "local"}, headers=fresh)
    assert failed.status_code == 422
    assert keeping.post("/v1/analyses", json=ASK, headers=fresh).status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 256])
def test_what_is_no_key_is_refused(keeping: TestClient, key: str) -> None:
    response = keeping.post("/v1/analyses", json=ASK, headers={b"Idempotency-Key": key.encode()})
    assert (response.status_code, response.json()["code"]) == (422, "request_invalid")


def test_events_take_no_key(keeping: TestClient, fresh: dict[str, str]) -> None:
    response = keeping.post("/v1/analyses", json=ASK, headers={**fresh, "Accept": "text/event-stream"})
    assert response.status_code == 422
    assert "events" in response.json()["detail"]


def test_where_nothing_is_kept_a_key_is_not_ignored(api: TestClient) -> None:
    response = api.post("/v1/analyses", json=ASK, headers=KEY)
    assert (response.status_code, response.json()["code"]) == (501, "idempotency_unavailable")


def test_a_batch_under_a_key_is_handed_in_once(keeping: TestClient, fresh: dict[str, str]) -> None:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    body, other = ndjson({"text": TEXT}, {"text": TEXT}), ndjson({"text": TEXT})
    headers = {**NDJSON, **fresh}
    first, second = (keeping.post("/v1/batches", content=body, headers=headers) for _ in range(2))
    refused = keeping.post("/v1/batches", content=other, headers=headers)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.content == first.content
    assert second.headers["location"] == first.headers["location"]
    assert refused.json()["code"] == "idempotency_mismatch"
    assert len(keeping.get("/v1/batches").json()["batches"]) == 1


class Memory:
    """Requests in memory."""

    def __init__(self) -> None:
        self.kept: dict[IdempotencyKey, tuple[str, InProgress | StoredResponse]] = {}

    async def claim(
        self, request: IdempotencyKey, claim_id: str, fingerprint: str | None, lease: timedelta
    ) -> Claimed | InProgress | StoredResponse:
        if request in self.kept:
            return self.kept[request][1]
        self.kept[request] = claim_id, InProgress(fingerprint, lease)
        return Claimed(START)

    async def extend(self, request: IdempotencyKey, claim_id: str, lease: timedelta) -> None:
        """Nothing dies here."""

    async def complete(self, request: IdempotencyKey, claim_id: str, answered: StoredResponse) -> None:
        assert self.kept[request][0] == claim_id
        self.kept[request] = claim_id, answered

    async def release(self, request: IdempotencyKey, claim_id: str) -> None:
        assert self.kept.pop(request)[0] == claim_id


def asked(key: str, body: bytes) -> tuple[Request, Fingerprint]:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/v1/analyses",
        "query_string": b"",
        "headers": [(b"idempotency-key", key.encode())],
    }
    request = Request(scope)

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return request, Fingerprint(request, chunks())


class Histories(RuleBasedStateMachine):
    """Requests in any order against a dictionary: an answer is made once for each key, and never for another body."""

    keys, bodies = st.sampled_from(["a", "b", "c"]), st.sampled_from([b"1", b"2"])

    @initialize()
    def begin(self) -> None:
        self.replays = IdempotencyService(Memory(), IdempotencyTimeouts(wait_s=GIVE_UP_S, lease_s=GIVE_UP_S))
        self.model: dict[str, tuple[bytes, bytes]] = {}
        self.made = 0

    @rule(key=keys, body=bodies, fails=st.booleans(), compare_first=st.booleans())
    def ask(self, key: str, body: bytes, fails: bool, compare_first: bool) -> None:
        request, fingerprint = asked(key, body)

        async def run() -> Response:
            self.made += 1
            if fails:
                raise RuntimeError
            return Response(b"%d" % self.made)

        asking = self.replays.run_once(request, fingerprint, run, compare_first=compare_first)
        known = self.model.get(key)
        if known is not None and known[0] != body:
            with pytest.raises(IdempotencyMismatch):
                asyncio.run(asking)
        elif known is not None:
            assert asyncio.run(asking).body == known[1]
        elif fails:
            with pytest.raises(RuntimeError):
                asyncio.run(asking)
        else:
            answer = bytes(asyncio.run(asking).body)
            self.model[key] = body, answer
            assert answer == b"%d" % self.made

    @rule(key=keys, body=bodies, count=st.integers(2, 6))
    def ask_at_once(self, key: str, body: bytes, count: int) -> None:
        before = self.made

        async def run() -> Response:
            self.made += 1
            await asyncio.sleep(0)
            return Response(b"%d" % self.made)

        async def ask() -> list[Response | BaseException]:
            asking = [self.replays.run_once(*asked(key, body), run, compare_first=True) for _ in range(count)]
            return await asyncio.gather(*asking, return_exceptions=True)

        answers = asyncio.run(ask())
        known = self.model.get(key)
        if known is not None and known[0] != body:
            assert all(isinstance(answer, IdempotencyMismatch) for answer in answers)
            return
        bodies = {bytes(answer.body) for answer in answers if isinstance(answer, Response)}
        assert len(bodies) == 1
        assert self.made - before == (known is None)
        self.model.setdefault(key, (body, bodies.pop()))

    @invariant()
    def nothing_is_still_held(self) -> None:
        assert self.replays._in_progress == {}  # noqa: SLF001 - nothing outside shows what is held


TestHistories = Histories.TestCase
TestHistories.settings = profile(max_examples=examples(2), stateful_step_count=15, deadline=None)
