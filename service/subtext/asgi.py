"""The ASGI application: `create_app(settings)`; its lifespan only opens the runtime."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from subtext.api import documentation, health, openapi, problems
from subtext.api.auth import Door
from subtext.api.envelope import Envelope
from subtext.api.load import Threshold
from subtext.api.v1 import analyses, batches, catalogue, comparisons, webhooks
from subtext.batches.batch import BATCHES_PATH
from subtext.lifespan import running
from subtext.logs import configure_logs
from subtext.runtime import VERSION
from subtext.settings import load_settings
from subtext.web import routes

if TYPE_CHECKING:
    from fastapi import FastAPI

    from subtext.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, not yet started; raises `SettingsInvalid`."""
    settings = settings or load_settings()
    configure_logs(settings.log.level, settings.log.format)
    app = openapi.DescribedAPI(
        title="Subtext",
        version=VERSION,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        lifespan=partial(running, settings),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
    )
    app.state.gatekeeping, app.state.is_draining = None, False
    app.add_middleware(Door)
    app.add_middleware(Threshold)
    app.add_middleware(
        Envelope,
        max_body_bytes=settings.max_body_bytes,
        body_deadline_s=settings.body_deadline_s,
        uploads={BATCHES_PATH: (settings.batches.max_bytes, settings.batches.upload_deadline_s)},
    )
    for router in (
        analyses.router,
        analyses.stored_router,
        *(part.router for part in (batches, webhooks, comparisons, catalogue)),
    ):
        app.include_router(router, prefix="/v1")
    app.include_router(health.router)
    problems.install(app)
    documentation.install(app)
    routes.install(app)
    return app
