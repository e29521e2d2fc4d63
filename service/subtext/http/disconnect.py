"""Cancel work when the client disconnects, and with it every call to a model that the work has made."""

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
    """Return the result of the work; cancel it and raise `HTTPProblem` (499) as soon as the client disconnects.

    The request's body must have been read: the next message from the client then is the disconnect.
    """
    task = asyncio.create_task(work)
    disconnect = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({task, disconnect}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise HTTPProblem(CLIENT_GONE, "the client went away before the answer was there")
        return task.result()
    finally:
        for pending in (task, disconnect):
            pending.cancel()
        await asyncio.wait({task, disconnect})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
