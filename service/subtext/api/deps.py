"""What endpoints ask for in their signatures."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from subtext.api.requests import request_id_of
from subtext.runtime import Runtime


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


RuntimeDep = Annotated[Runtime, Depends(_runtime)]
RequestId = Annotated[str, Depends(request_id_of)]
