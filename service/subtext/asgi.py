"""The ASGI application: `create_app(settings)`; its lifespan only opens the runtime."""

from __future__ import annotations

import gc
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from subtext.api import documentation, health, openapi, problems
from subtext.api.auth import Door
from subtext.api.envelope import Envelope
from subtext.api.gate import KeyPlan, gatekeeping
from subtext.api.v1 import analyses, batches, comparisons, listings, stored
from subtext.api.v1.batching import open_desk
from subtext.api.v1.records import records_in
from subtext.runtime import VERSION, batch_plan, open_runtime, open_store
from subtext.settings import load_settings, requires_keys
from subtext.slack.plan import SlackPlan, slack_app
from subtext.telemetry.logs import configure_logs
from subtext.web import routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from subtext.settings import Settings

# Collecting less often costs a little memory and saves a sixth of the CPU time under load.
_GC_THRESHOLD = 50_000


@asynccontextmanager
async def _running(settings: Settings, app: FastAPI) -> AsyncIterator[None]:
    async with open_runtime(settings) as runtime, open_store(settings) as store, AsyncExitStack() as stack:
        app.state.runtime = runtime
        app.state.records = records_in(store)
        keys = None if settings.auth == "off" else KeyPlan(requires_keys(settings), **dict(settings.keys))
        app.state.gatekeeping = await gatekeeping(keys, runtime, store)
        app.state.batches = await stack.enter_async_context(open_desk(batch_plan(settings), runtime, store))
        if settings.slack.is_configured:
            plan = SlackPlan(**dict(settings.slack), public_url=settings.public_url)
            app.include_router(await stack.enter_async_context(slack_app(plan, runtime, store)))
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD)
        yield


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, not yet started; raises `SettingsInvalid`."""
    settings = settings or load_settings()
    configure_logs(settings.log.level, settings.log.format)
    app = openapi.DescribedAPI(
        title="Subtext",
        version=VERSION,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        lifespan=partial(_running, settings),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
    )
    app.state.gatekeeping = None
    app.add_middleware(Door)
    app.add_middleware(
        Envelope,
        max_body_bytes=settings.max_body_bytes,
        body_deadline_s=settings.body_deadline_s,
        uploads={"/v1/batches": (settings.batches.max_bytes, settings.batches.upload_deadline_s)},
    )
    for part in (analyses, stored, batches, comparisons, listings):
        app.include_router(part.router, prefix="/v1")
    app.include_router(health.router)
    problems.install(app)
    documentation.install(app)
    routes.install(app)
    return app
