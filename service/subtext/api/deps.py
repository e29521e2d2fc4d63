"""What endpoints ask for in their signatures."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from subtext.api.requests import request_id_of
from subtext.runtime import Runtime


# Coroutines, though nothing is awaited: a plain function would be run in a thread, at the price of a whole check.
async def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


async def _request_id(request: Request) -> str:
    return request_id_of(request)


RuntimeDep = Annotated[Runtime, Depends(_runtime)]
RequestId = Annotated[str, Depends(_request_id)]
