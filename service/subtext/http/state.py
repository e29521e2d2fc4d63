"""Typed state of the application and of one request; only this module reads Starlette's untyped ones."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from subtext.domain.caller import ANONYMOUS
from subtext.services.token_meter import TokenMeter

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from starlette.applications import Starlette

    from subtext.batches.service import BatchService
    from subtext.domain.caller import Caller
    from subtext.engines.bulkhead import Bulkhead
    from subtext.http.host_policy import HostPolicy
    from subtext.http.idempotency import IdempotencyService
    from subtext.http.middleware.authentication import Authenticator
    from subtext.services.analyses import AnalysisService
    from subtext.services.database_check import DatabaseCheck
    from subtext.services.recent_analyses import RecentAnalyses
    from subtext.telemetry.exposition import MetricsExposition
    from subtext.webhooks.service import WebhookService

_REQUEST = "subtext"


@dataclass(slots=True)
class Services:
    """Hold the services that the lifespan opened; None means switched off."""

    analyses: AnalysisService
    bulkhead: Bulkhead
    authenticator: Authenticator | None = None
    idempotency: IdempotencyService | None = None
    batches: BatchService | None = None
    webhooks: WebhookService | None = None
    database_check: DatabaseCheck | None = None
    metrics: MetricsExposition | None = None


@dataclass(slots=True)
class AppState:
    """Hold what the requests of one application share; `services` is None until the lifespan has opened them.

    `loaded` is set once the models are loaded, or cannot be: then `loading_failure` says why. Until then, requests that
    need one wait for it.
    """

    recent_analyses: RecentAnalyses
    host_policy: HostPolicy
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    loading_failure: str | None = None
    is_draining: bool = False
    services: Services | None = None

    def require_services(self) -> Services:
        """Return the services; raises `RuntimeError` before the lifespan has opened them."""
        if self.services is None:
            raise RuntimeError("the application has not started: its lifespan opens the services")
        return self.services


@dataclass(slots=True)
class RequestState:
    """Hold what the layers of one request share: id, caller, tokens spent, and headers of the response.

    `has_key_header` says that the caller is known by a key in a header, `forwarded_host` is what a trusted proxy says.
    `headers` are those that any response to it has, as ASGI has them: names in lower case, all in bytes.
    `repeatable_id` is a UUID version 7 that the request gets again if it is repeated under its Idempotency-Key after a
    crash; None without a key.
    """

    request_id: str | None = None
    caller: Caller = ANONYMOUS
    has_key_header: bool = False
    forwarded_host: str | None = None
    meter: TokenMeter = field(default_factory=TokenMeter)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    repeatable_id: str | None = None


def set_app_state(app: Starlette, state: AppState) -> None:
    """Attach the state to an application."""
    app.state.subtext = state


def get_app_state(app: Starlette) -> AppState:
    """Return the state of an application."""
    return cast("AppState", app.state.subtext)


def get_request_state(scope: MutableMapping[str, Any]) -> RequestState:
    """Return the state of a request by its ASGI scope; create it on first use."""
    state = scope.get(_REQUEST)
    if state is None:
        state = scope[_REQUEST] = RequestState()
    return cast("RequestState", state)
