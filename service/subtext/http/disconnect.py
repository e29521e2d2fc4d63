"""Cancel work when the client disconnects, and with it every call to a model that the work has made."""

from __future__ import annotations

import asyncio
import contextlib
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
    # As `asyncio.timeout` does it: a task for the work would cost each answer four iterations of a busy event loop.
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("there is no task to cancel: call this from a coroutine")
    is_gone = is_finished = False

    def on_disconnect(ended: asyncio.Task[None]) -> None:
        nonlocal is_gone
        if not (is_finished or ended.cancelled()):
            is_gone = True
            task.cancel()

    watch = asyncio.create_task(_wait_for_disconnect(receive))
    watch.add_done_callback(on_disconnect)
    try:
        return await work
    except (asyncio.CancelledError, Exception) as error:
        # Not if it was cancelled from outside as well; an error of the cleanup is nobody's to read any more.
        if is_gone and task.uncancel() <= 0:
            raise HTTPProblem(CLIENT_GONE, "the client went away before the answer was there") from error
        raise
    finally:
        is_finished = True
        watch.cancel()


async def _wait_for_disconnect(receive: Receive) -> None:
    """Return once the client has disconnected, however the server tells it."""
    with contextlib.suppress(Exception):
        while (await receive())["type"] != "http.disconnect":
            pass
