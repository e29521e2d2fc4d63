"""Who asks, and what they may: everybody and everything, as long as no keys are asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, params

from subtext.api.state import get_request_state
from subtext.domain.caller import Caller, Scope
from subtext.domain.errors import ScopeMissing


def caller_of(request: Request) -> Caller:
    """Who sent this request."""
    return get_request_state(request.scope).caller


async def _caller(request: Request) -> Caller:
    return caller_of(request)


CallerDep = Annotated[Caller, Depends(_caller)]


def needs(scope: Scope) -> params.Depends:
    """What an endpoint declares that only keys with this scope may use; raises `ScopeMissing`."""

    async def require(caller: CallerDep) -> None:
        if scope not in caller.scopes:
            raise ScopeMissing(f"this key was not made for that: it needs the scope `{scope}`")

    return params.Depends(require)
