"""Presence: work for a client ends when the client goes away, and with it every call that the work has made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from subtext.schemas.problem import HTTPProblem

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive

CLIENT_GONE = 499
_Result = TypeVar("_Result")


async def cancel_on_disconnect(receive: Receive, work: Coroutine[None, None, _Result]) -> _Result:
    """What the work comes to; raises `HTTPProblem` (499) as soon as the client is gone, and cancels the work.

    The request's body must have been read: what then comes from the client is that it goes away.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HTTPProblem(CLIENT_GONE, "the client went away before the answer was there")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait({working, leaving})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
