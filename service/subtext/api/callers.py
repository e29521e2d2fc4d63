"""Who asks, and what they may: everybody and everything, as long as no keys are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Request

from subtext.domain.errors import ScopeMissing

Scope = Literal["analyse", "read", "batch", "admin"]
SCOPES: frozenset[str] = frozenset({"analyse", "read", "batch", "admin"})
CALLER = "subtext_caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose the work is (`owner` is in every query and every key of a cache), and what may be asked for.

    `requests_per_minute` and `tokens_per_day` are the key's own limits, None where it has none of its own.
    """

    owner: str = ""
    scopes: frozenset[str] = SCOPES
    key_id: str | None = None
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None


ANYBODY = Caller()


def caller_of(request: Request) -> Caller:
    """Who sent this request."""
    return cast("Caller", request.scope.get(CALLER, ANYBODY))


async def _caller(request: Request) -> Caller:
    return caller_of(request)


CallerDep = Annotated[Caller, Depends(_caller)]


def needs(scope: Scope) -> Any:
    """What an endpoint declares that only keys with this scope may use; raises `ScopeMissing`."""

    async def require(caller: CallerDep) -> None:
        if scope not in caller.scopes:
            raise ScopeMissing(f"this key was not made for that: it needs the scope `{scope}`")

    return Depends(require)
