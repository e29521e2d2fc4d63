"""Open the service from its settings, in order, and close it in reverse."""

from __future__ import annotations

import gc
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.synonyms import load_thesaurus
from subtext.bootstrap.auth import open_authenticator
from subtext.bootstrap.batches import open_batches
from subtext.bootstrap.engines import preload_engines
from subtext.bootstrap.preload import load_until_ready
from subtext.bootstrap.runtime import attach, open_runtime, open_storage
from subtext.bootstrap.telemetry import build_exposition, configure_process_logs, export_traces, serve_metrics
from subtext.bootstrap.webhooks import open_webhooks
from subtext.domain.batch import BATCHES_PATH
from subtext.errors import SettingsInvalid
from subtext.http.idempotency import IdempotencyService, IdempotencyTimeouts
from subtext.http.middleware.load_shedding import request_bulkhead
from subtext.http.middleware.request import BodyLimits
from subtext.http.state import Services, get_app_state
from subtext.services.database_check import DatabaseCheck
from subtext.settings import load_settings
from subtext.storage.background import background_task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from fastapi import APIRouter, FastAPI
    from starlette.routing import Route

    from subtext.bootstrap.runtime import Storage
    from subtext.services.analyses import AnalysisService
    from subtext.settings import Settings

# Collecting less often costs a little memory and saves a sixth of the CPU time under load.
_GC_THRESHOLD = 50_000
# For how long a thread waits until it interrupts another (s): one that writes to the database asks for the interpreter
# back after each row, and by default would wait 5 ms each time while the event loop is busy.
_SWITCH_INTERVAL_S = 0.0005


def prepare_settings(settings: Settings | None) -> Settings:
    """Return the settings, loaded if none are given, and configure the logs; raises `SettingsInvalid`."""
    settings = settings or load_settings()
    configure_process_logs(settings.log)
    return settings


def body_limits(settings: Settings) -> BodyLimits:
    """Return the limits of request bodies."""
    return BodyLimits(settings.max_body_bytes, settings.body_deadline_s)


def upload_limits(settings: Settings) -> dict[str, BodyLimits]:
    """Return the body limits of the paths that accept uploads."""
    return {BATCHES_PATH: BodyLimits(settings.batches.max_bytes, settings.batches.upload_deadline_s)}


@asynccontextmanager
async def lifespan(settings: Settings, app: FastAPI) -> AsyncIterator[None]:
    """Run the service until the context is left; raises `SettingsInvalid`."""
    async with export_traces(), open_app_state(settings, app, start_workers=True):
        gc.set_threshold(_GC_THRESHOLD)
        if not gc.isenabled():
            # Frozen first, or the next allocation would look through all that the imports have made.
            gc.freeze()
            gc.enable()
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        # Beside the first requests: a probe does not wait for it, and who needs a part of it waits for that part.
        async with background_task(load_until_ready(partial(_load, settings), get_app_state(app))):
            yield


def _load(settings: Settings) -> None:
    # The thesaurus first: what its reading leaves free is used by the rest, two megabytes.
    load_thesaurus()
    preload_engines(settings)


@asynccontextmanager
async def open_app_state(settings: Settings, app: FastAPI, *, start_workers: bool) -> AsyncIterator[None]:
    """Open every service that requests need, until the context is left; raises `SettingsInvalid`.

    Without `start_workers`, no work that waits in the database is started: enough to find errors in the settings.
    """
    starts_worker = settings.batches.work and start_workers
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings))
        storage = await stack.enter_async_context(open_storage(settings))
        bulkhead = request_bulkhead(settings.load.in_flight, settings.load.queue, settings.load.queue_wait_s)
        analyses, clock = attach(runtime, storage, bulkhead), runtime.clock
        services = Services(analyses, bulkhead, idempotency=_build_idempotency(settings, storage))
        if storage is not None:
            services.database_check = DatabaseCheck(storage.database.require_writable, clock)
            stack.push_async_callback(services.database_check.close)
        services.authenticator = await stack.enter_async_context(open_authenticator(settings, storage, clock))
        webhooks = open_webhooks(settings, storage, clock, start_workers=starts_worker)
        services.webhooks = await stack.enter_async_context(webhooks)
        batches = open_batches(settings, analyses, storage, start_worker=starts_worker)
        services.batches = await stack.enter_async_context(batches)
        exposition = build_exposition(analyses, storage)
        await stack.enter_async_context(serve_metrics(settings, exposition))
        services.metrics = exposition if settings.metrics.address is None else None
        get_app_state(app).services = services
        if settings.slack.is_configured:
            slack = _open_slack(settings, analyses, storage, start_workers=start_workers)
            app.include_router(await stack.enter_async_context(slack))
        if settings.mcp.enabled:
            app.router.routes.append(await stack.enter_async_context(_open_mcp(analyses)))
        yield


def _build_idempotency(settings: Settings, storage: Storage | None) -> IdempotencyService | None:
    if storage is None:
        return None
    return IdempotencyService(storage.requests, IdempotencyTimeouts(settings.deadline_s, settings.idempotency.lease_s))


def _open_slack(
    settings: Settings, analyses: AnalysisService, storage: Storage | None, *, start_workers: bool
) -> AbstractAsyncContextManager[APIRouter]:
    try:
        from subtext.bootstrap.slack import open_slack  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise SettingsInvalid("Slack needs what the extra has: pip install 'subtext[slack]'") from error
    return open_slack(settings, analyses, storage, start_workers=start_workers)


def _open_mcp(analyses: AnalysisService) -> AbstractAsyncContextManager[Route]:
    try:
        from subtext.bootstrap.mcp import open_mcp_route  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise SettingsInvalid("MCP needs what the extra has: pip install 'subtext[mcp]'") from error
    return open_mcp_route(analyses)
