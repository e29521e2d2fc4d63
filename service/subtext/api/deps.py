"""What endpoints ask for in their signatures."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from subtext.api.callers import CallerDep
from subtext.api.requests import request_id_of
from subtext.api.state import Services, get_app_state, get_request_state
from subtext.services.analyses import AnalysisService, RequestContext
from subtext.services.feedback import FeedbackService


def get_services(request: Request) -> Services:
    """Return what the lifespan has opened."""
    return get_app_state(request.app).require_services()


# Coroutines, though nothing is awaited: a plain function would be run in a thread, at the price of a whole check.
async def get_analyses(request: Request) -> AnalysisService:
    """Return the service that analyzes articles."""
    return get_services(request).analyses


AnalysesDep = Annotated[AnalysisService, Depends(get_analyses)]


async def get_stored_analyses(analyses: AnalysesDep) -> AnalysisService:
    """Return the same service; raises `AnalysesNotKept` if it stores nothing."""
    analyses.require_repository()
    return analyses


StoredAnalysesDep = Annotated[AnalysisService, Depends(get_stored_analyses)]


async def get_feedback(analyses: StoredAnalysesDep) -> FeedbackService:
    """Return the service that stores feedback."""
    return FeedbackService(analyses)


async def get_request_id(request: Request) -> str:
    """Return the request's id."""
    return request_id_of(request)


RequestId = Annotated[str, Depends(get_request_id)]


async def get_context(request: Request, caller: CallerDep, request_id: RequestId) -> RequestContext:
    """Return on whose behalf this request is answered; its headers may ask for a new analysis (RFC 9111, 5.2.1)."""
    directives = request.headers.get("cache-control", "").lower().split(",")
    use_cache = not any(directive.strip() in {"no-store", "no-cache"} for directive in directives)
    return RequestContext(caller.owner, request_id, use_cache=use_cache, meter=get_request_state(request.scope).meter)


FeedbackDep = Annotated[FeedbackService, Depends(get_feedback)]
ContextDep = Annotated[RequestContext, Depends(get_context)]
