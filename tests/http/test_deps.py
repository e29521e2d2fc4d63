"""Dependencies of endpoints: each is a coroutine, since FastAPI calls anything else in a thread."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute

from subtext.api import health
from subtext.api.v1 import analyses, batches, catalogue, comparisons, webhooks

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTERS = [module.router for module in (analyses, batches, webhooks, comparisons, catalogue, health)]


def calls(dependant: Any) -> Iterator[Any]:
    """Yield what a route depends on, and what that depends on."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from calls(dependency)


def test_no_dependency_costs_a_thread() -> None:
    routes = [route for router in ROUTERS for route in flatten(router.routes)]
    called = {call for route in routes for call in calls(route.dependant)}

    assert len(called) > len(ROUTERS)
    assert [call for call in called if not iscoroutinefunction(call)] == []


def flatten(routes: list[Any]) -> Iterator[APIRoute]:
    """Yield the routes of a router, those of the routers that it includes among them."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from flatten(route.original_router.routes)
