"""FastAPI dependencies of endpoints: services, the caller and its scopes, the request's context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request, params

from subtext.batches.service import BatchService
from subtext.domain.caller import Caller
from subtext.errors import BatchesDisabled, InsufficientScope
from subtext.http.state import Services, get_app_state, get_request_state
from subtext.http.strict_requests import get_request_id
from subtext.services.analyses import AnalysisService, RequestContext
from subtext.services.feedback import FeedbackService
from subtext.webhooks.service import WebhookService

if TYPE_CHECKING:
    from subtext.domain.caller import Scope


def get_services(request: Request) -> Services:
    """Return the services that the lifespan opened."""
    return get_app_state(request.app).require_services()


# Coroutines, though nothing is awaited: a plain function would be run in a thread, at the price of a whole check. They
# take the request, not each other: FastAPI spends as much on each further dependency as on the endpoint itself.
async def get_caller(request: Request) -> Caller:
    """Return the authenticated caller of the request, or the anonymous one."""
    return get_request_state(request.scope).caller


CallerDep = Annotated[Caller, Depends(get_caller)]


def require_scope(scope: Scope) -> params.Depends:
    """Authorize an endpoint: return a dependency that raises `InsufficientScope` unless the key has this scope."""

    async def require(request: Request) -> None:
        if scope not in get_request_state(request.scope).caller.scopes:
            raise InsufficientScope(f"this key was not made for that: it needs the scope `{scope}`")

    return params.Depends(require)


async def _get_request_id(request: Request) -> str:
    return get_request_id(request)


RequestId = Annotated[str, Depends(_get_request_id)]


async def get_analyses(request: Request) -> AnalysisService:
    """Return the service that analyzes articles."""
    return get_services(request).analyses


AnalysesDep = Annotated[AnalysisService, Depends(get_analyses)]


async def get_stored_analyses(analyses: AnalysesDep) -> AnalysisService:
    """Return the analysis service if it stores analyses; raises `StorageDisabled` otherwise."""
    analyses.require_repository()
    return analyses


StoredAnalysesDep = Annotated[AnalysisService, Depends(get_stored_analyses)]


async def get_feedback(analyses: StoredAnalysesDep) -> FeedbackService:
    """Return the service that stores feedback; raises `StorageDisabled` if nothing is stored."""
    return FeedbackService(analyses)


FeedbackDep = Annotated[FeedbackService, Depends(get_feedback)]


async def get_batch_service(request: Request) -> BatchService:
    """Return the batch service; raises `BatchesDisabled` if batches are switched off."""
    service = get_services(request).batches
    if service is None:
        raise BatchesDisabled("this service takes no batches: set SUBTEXT_BATCHES_ENABLED=true")
    return service


BatchServiceDep = Annotated[BatchService, Depends(get_batch_service)]


async def get_webhook_service(request: Request) -> WebhookService:
    """Return the webhook service; raises `BatchesDisabled` if batches, and so their events, are switched off."""
    service = get_services(request).webhooks
    if service is None:
        raise BatchesDisabled(
            "this service takes no batches, so there is nothing to tell: set SUBTEXT_BATCHES_ENABLED=true"
        )
    return service


WebhookServiceDep = Annotated[WebhookService, Depends(get_webhook_service)]


async def get_context(request: Request) -> RequestContext:
    """Build the request's context; `Cache-Control: no-cache` or `no-store` bypasses the cache (RFC 9111, 5.2.1)."""
    directives = request.headers.get("cache-control", "").lower().split(",")
    use_cache = not any(directive.strip() in {"no-store", "no-cache"} for directive in directives)
    state = get_request_state(request.scope)
    return RequestContext(
        state.caller.owner,
        get_request_id(request),
        use_cache=use_cache,
        meter=state.meter,
        analysis_id=state.repeatable_id,
    )


ContextDep = Annotated[RequestContext, Depends(get_context)]
