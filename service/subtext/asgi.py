"""Build the ASGI application: `create_app(settings)`; its lifespan opens the services."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from subtext.api import docs, health, metrics, openapi
from subtext.api.v1 import analyses, batches, catalogue, comparisons, webhooks
from subtext.bootstrap.hosts import host_policy, trusted_proxies
from subtext.bootstrap.lifespan import body_limits, lifespan, prepare_settings, upload_limits
from subtext.bootstrap.runtime import VERSION
from subtext.http import problems
from subtext.http.middleware.authentication import AuthenticationMiddleware
from subtext.http.middleware.header_check import HeaderCheckMiddleware
from subtext.http.middleware.host_check import HostCheckMiddleware
from subtext.http.middleware.load_shedding import LoadSheddingMiddleware
from subtext.http.middleware.proxy_headers import ProxyHeadersMiddleware
from subtext.http.middleware.request import RequestMiddleware
from subtext.http.state import AppState, set_app_state
from subtext.services.recent_analyses import RecentAnalyses
from subtext.web.analyses import install as install_pages
from subtext.web.responses import problem_page

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.telemetry import TelemetryConfig

    from subtext.settings import Settings


# Spans of requests only: metrics are Prometheus's, and FastAPI's log records have messages of errors in them.
TELEMETRY: TelemetryConfig = {
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
    "exclude": lambda scope: scope["path"] in {"/healthz", "/readyz", "/metrics"},
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application with its middleware and routes, not yet started; raises `SettingsInvalid`."""
    settings = prepare_settings(settings)
    app = openapi.SubtextAPI(
        title="Subtext",
        version=VERSION,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        lifespan=partial(lifespan, settings),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
        telemetry=TELEMETRY,
        # In the order in which a request passes them.
        middleware=[
            Middleware(ProxyHeadersMiddleware, proxies=trusted_proxies(settings)),
            Middleware(RequestMiddleware, limits=body_limits(settings), uploads=upload_limits(settings)),
            Middleware(HeaderCheckMiddleware),
            Middleware(LoadSheddingMiddleware),
            Middleware(AuthenticationMiddleware),
            Middleware(HostCheckMiddleware, render_error=problem_page),
        ],
    )
    set_app_state(app, AppState(RecentAnalyses(), host_policy(settings)))
    for part in (analyses, batches, webhooks, comparisons, catalogue):
        app.include_router(part.router, prefix="/v1")
    for part in (health, metrics, docs):
        app.include_router(part.router)
    problems.install_exception_handlers(app)
    install_pages(app)
    return app
