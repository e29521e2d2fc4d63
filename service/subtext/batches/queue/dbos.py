"""Durable job queue on DBOS Transact; only this module knows it.

It runs on a SQLite file without a server, and on PostgreSQL with many replicas. Two properties of DBOS shape it: a
queue's limits are rows of its database, and a worker claims jobs as soon as it is launched, so the queue is registered
first; the jobs of a dead replica stay assigned to it until they are resumed, which is what the reaper does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from subtext.batches.queue.leases import AdvisoryLeases, FileLeases, Leases
from subtext.domain.batch import CHUNK_SIZE, chunk_starts
from subtext.errors import StorageUnavailable
from subtext.logs import log_failure
from subtext.storage.database import SQLITE_OPTIONS, configure_sqlite, is_outage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from dbos import EnqueueOptions
    from sqlalchemy import URL, Engine

    from subtext.batches.ports import QueueLimits
    from subtext.domain.batch import Batch
    from subtext.domain.caller import Owner

    ChunkHandler = Callable[[str, Owner, int], Awaitable[None]]

# Both are in the rows of jobs that wait: another name would leave them to nobody.
QUEUE, _WORKFLOW = "batches", "answer_portion"
# Fixed: by default it is a hash of the source, and no worker of a new deployment would run older jobs.
_VERSION = "1"
_NAME = "subtext"
# A job that kills its process also costs the jobs beside it an attempt.
_ATTEMPTS_MAX = 20
_THREADS_MAX = 32
_RETRY_S = 1.0
_PRUNE_EVERY_S, _PAGE = 3_600.0, 500
# A batch that is enqueued again after its jobs were deleted finds nothing to do.
_JOB_RETENTION = timedelta(days=1)
# Older ones know no 'subsec' and return NULL for it; Debian 12 has 3.40.
_SUBSECONDS_SINCE = (3, 42, 0)
_log = structlog.get_logger("subtext.jobs")


class DbosBatchQueue:
    """Enqueue chunks of batches and process them on all replicas; one instance per process."""

    def __init__(self, url: URL, limits: QueueLimits) -> None:
        self._url, self._limits = queue_url(url), limits
        self._connections: Engine = create_queue_engine(self._url)
        self._client: DBOSClient | None = None
        self._name = f"worker-{os.getpid()}-{secrets.token_hex(6)}"
        folder = lease_dir(url)
        self._leases: Leases = AdvisoryLeases(url) if folder is None else FileLeases(folder)
        self._free_since: dict[str, float] = {}
        self._reaper: asyncio.Task[None] | None = None
        self._prune_at = time.monotonic()
        self._launched = False

    async def open(self) -> None:
        """Create DBOS's tables and register the queue, so that batches can be enqueued."""
        library = logging.getLogger("dbos")
        library.setLevel(logging.CRITICAL)
        # DBOS adds a handler of its own, in plain text, unless there is one.
        library.addHandler(logging.NullHandler())
        self._client = await asyncio.to_thread(self._prepare)

    def _prepare(self) -> DBOSClient:
        DBOS.migrate(self._url.render_as_string(hide_password=False))
        client = DBOSClient(
            system_database_engine=self._connections, serializer=DBOSPortableJSONSerializer(), application_name=_NAME
        )
        limits = self._limits
        rate = limits.per_second
        client.register_queue(
            QUEUE,
            worker_concurrency=_to_chunks(limits.parallel) + 1,
            global_concurrency=None if limits.parallel_over_all is None else _to_chunks(limits.parallel_over_all),
            limiter=None if rate is None else {"limit": 1, "period": CHUNK_SIZE / rate},
            polling_interval_sec=limits.poll_s,
        )
        return client

    async def enqueue(self, batch: Batch) -> None:
        """Enqueue the chunks of a batch that have no job yet. Raises `StorageUnavailable`.

        A chunk whose job ended in an error gets a new one, since DBOS resumes no such job.
        """
        await asyncio.to_thread(self._enqueue, batch)

    def _enqueue(self, batch: Batch) -> None:
        if self._client is None:
            raise RuntimeError("open the queue before enqueueing")
        prefix = f"{batch.id}:{batch.round}:"
        try:
            jobs = self._client.list_workflows(workflow_id_prefix=prefix, load_input=False, load_output=False)
            failed = {job.workflow_id for job in jobs if job.status == "ERROR"}
            if failed:
                self._client.delete_workflows(list(failed))
            known = {job.workflow_id for job in jobs} - failed
            chunks = {f"{prefix}{first}": first for first in chunk_starts(batch.total)}
            missing = {job_id: first for job_id, first in chunks.items() if job_id not in known}
            self._enqueue_chunks(self._client, batch, missing)
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            raise StorageUnavailable("the database of the jobs does not answer: try again later") from error

    def _enqueue_chunks(self, client: DBOSClient, batch: Batch, chunks: Mapping[str, int]) -> None:
        """Enqueue chunks, each under its workflow id, which makes a second enqueueing of it do nothing."""
        with self._connections.begin() as connection:
            for job_id, first in chunks.items():
                options: EnqueueOptions = {
                    "workflow_name": _WORKFLOW,
                    "queue_name": QUEUE,
                    "workflow_id": job_id,
                    "app_version": _VERSION,
                }
                client.enqueue_in_transaction(connection, options, batch.id, batch.owner, first)

    async def start_worker(self, handler: ChunkHandler) -> None:
        """Start a worker in this event loop, and the reaper that resumes jobs of dead workers."""
        await asyncio.to_thread(self._leases.acquire, self._name)
        DBOS(
            config={
                "name": _NAME,
                "system_database_url": self._url.render_as_string(hide_password=False),
                "system_database_engine": self._connections,
                "application_version": _VERSION,
                "executor_id": self._name,
                "serializer": DBOSPortableJSONSerializer(),
                "max_executor_threads": _THREADS_MAX,
                "log_level": "CRITICAL",
                "notification_listener_polling_interval_sec": 1.0,
            }
        )

        async def answer_portion(batch_id: str, owner: Owner, first: int) -> None:
            await retry_until_stored(handler, batch_id, owner, first)

        DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_ATTEMPTS_MAX)(answer_portion)
        # In the loop's own thread: DBOS runs jobs in the event loop that it is launched from.
        DBOS.launch()
        self._launched = True
        self._reaper = asyncio.create_task(run_reaper(self._reap_and_prune))

    async def delete_jobs_before(self, moment: datetime) -> None:
        """Delete the jobs that were done earlier, a page at a time; DBOS itself keeps them for ever."""
        while await asyncio.to_thread(self._delete_page, moment.isoformat()):
            pass

    def _delete_page(self, before: str) -> int:
        if self._client is None:
            return 0
        done: Any = {"status": "SUCCESS", "queue_name": QUEUE, "completed_before": before, "limit": _PAGE}
        jobs = self._client.list_workflows(load_input=False, load_output=False, **done)
        if jobs:
            self._client.delete_workflows([job.workflow_id for job in jobs])
        return len(jobs)

    async def close(self, drain_s: float = 20.0) -> None:
        """Stop claiming jobs, drain running ones for up to `drain_s` seconds, and leave the rest to other workers."""
        if self._reaper is not None:
            self._reaper.cancel()
            await asyncio.gather(self._reaper, return_exceptions=True)
        if self._launched:
            await asyncio.to_thread(DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=round(drain_s))
        if self._client is not None:
            await asyncio.to_thread(self._client.destroy)
        await asyncio.to_thread(self._leases.close)
        self._connections.dispose()

    async def _reap_and_prune(self) -> None:
        await asyncio.to_thread(self._leases.acquire, self._name)
        await asyncio.to_thread(self._reap)
        if time.monotonic() >= self._prune_at:
            self._prune_at = time.monotonic() + _PRUNE_EVERY_S
            await self.delete_jobs_before(datetime.now(UTC) - _JOB_RETENTION)

    def _reap(self) -> None:
        """Resume the jobs of workers whose lease has been free for longer than the grace period."""
        if self._client is None:
            return
        pending = self._client.list_workflows(status="PENDING", queue_name=QUEUE, load_input=False, load_output=False)
        owners = {job.executor_id for job in pending if job.executor_id} - {self._name}
        now = time.monotonic()
        free = {owner for owner in owners if self._leases.is_free(owner)}
        self._free_since = {owner: self._free_since.get(owner, now) for owner in free}
        dead = {owner for owner, since in self._free_since.items() if now - since >= self._leases.grace_s}
        orphaned = [job.workflow_id for job in pending if job.executor_id in dead]
        if orphaned:
            _log.info("jobs_resumed", jobs=len(orphaned), workers=len(dead))
            self._client.resume_workflows(orphaned, queue_name=QUEUE)


async def run_reaper(reap: Callable[[], Awaitable[None]]) -> None:
    """Reap until cancelled, with a pause after each time; an error is logged, whatever it is."""
    while True:
        try:
            await reap()
        except Exception as error:  # noqa: BLE001 - without a reaper nobody resumes the jobs of a dead worker
            if isinstance(error, (SQLAlchemyError, OSError)) and is_outage(error):
                _log.warning("reaper_failed", error=type(error).__name__)
            else:
                log_failure("reaper_failed", error)
        await asyncio.sleep(_RETRY_S)


async def retry_until_stored(handler: ChunkHandler, batch_id: str, owner: Owner, first: int) -> None:
    """Retry the work for as long as its database is unavailable, as DBOS does not run a failed job again.

    Any other error ends the job, and is logged here, as DBOS's own log is off.
    """
    while True:
        try:
            return await handler(batch_id, owner, first)
        except* StorageUnavailable:
            await asyncio.sleep(_RETRY_S)
        except* Exception as errors:
            log_failure("chunk_failed", errors.exceptions[0], batch=batch_id)
            raise


def _to_chunks(items: int) -> int:
    return max(1, -(-items // CHUNK_SIZE))


def queue_url(url: sa.URL) -> sa.URL:
    """Return the URL of DBOS's tables: a SQLite file beside the batches' own, so that neither locks the other."""
    return url.set(database=f"{url.database}.jobs") if url.drivername == "sqlite" else url


def create_queue_engine(url: sa.URL) -> sa.Engine:
    """Create DBOS's SQLAlchemy engine, with WAL on SQLite, which DBOS leaves off, and with what it needs of SQLite."""
    if url.drivername != "sqlite":
        return sa.create_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, pool_timeout=30)
    engine = sa.create_engine(url, connect_args=SQLITE_OPTIONS)
    sa.event.listen(engine, "connect", configure_sqlite)
    if sqlite3.sqlite_version_info < _SUBSECONDS_SINCE:
        sa.event.listen(engine, "connect", _define_unixepoch)
    return engine


def _define_unixepoch(connection: Any, _: object) -> None:
    """Define `unixepoch('subsec')`, with which DBOS stamps rows from Python 3.12 on: milliseconds, in seconds."""
    connection.create_function("unixepoch", 1, lambda _: round(time.time(), 3))


def lease_dir(url: sa.URL) -> Path | None:
    """Return the directory of the workers' lock files beside a SQLite file; None on PostgreSQL."""
    return Path(f"{url.database}.workers") if url.drivername == "sqlite" else None
