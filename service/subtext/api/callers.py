"""Who asks, and what they may: everybody and everything, as long as no keys are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

SCOPES = frozenset({"analyse", "read", "batch", "admin"})
_STATE_KEY = "subtext_caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose the work is (`owner` is in every query and every key of a cache), and what may be asked for."""

    owner: str = ""
    scopes: frozenset[str] = SCOPES
    key_id: str | None = None


ANYBODY = Caller()


def caller_of(request: Request) -> Caller:
    """Who sent this request."""
    return cast("Caller", request.scope.get(_STATE_KEY, ANYBODY))


async def _caller(request: Request) -> Caller:
    return caller_of(request)


CallerDep = Annotated[Caller, Depends(_caller)]
