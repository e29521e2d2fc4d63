"""For whom a tool is called: the person at this machine over stdio, the owner of the API key over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context
from starlette.requests import Request

from subtext.errors import InsufficientScope
from subtext.http.state import get_request_state
from subtext.http.strict_requests import get_request_id
from subtext.ids import new_request_id
from subtext.services.analyses import RequestContext

SCOPE = "analyse"
GetCaller = Callable[[Context[Any, Any]], RequestContext]


def get_local_caller(_: Context[Any, Any]) -> RequestContext:
    """Return the context of a call over stdio: the process belongs to the person who started it."""
    return RequestContext(request_id=new_request_id())


def get_http_caller(context: Context[Any, Any]) -> RequestContext:
    """Return the context of a call over HTTP, which was authenticated already; raises `InsufficientScope`."""
    request = context.request_context.request
    if not isinstance(request, Request):
        raise TypeError("a call over HTTP has a request")
    state = get_request_state(request.scope)
    if SCOPE not in state.caller.scopes:
        raise InsufficientScope(f"this key was not made for that: it needs the scope `{SCOPE}`")
    return RequestContext(state.caller.owner, get_request_id(request), meter=state.meter)
