"""The page of batches: how far each is, and its results to take along."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from subtext.api.callers import CallerDep, needs
from subtext.api.deps import get_services
from subtext.api.v1.batches import DeskDep, results_of
from subtext.batches.batch import ENDED
from subtext.web.pages import HEADERS, PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute, dependencies=[needs("batch")])
SHOWN_MAX = 50


@router.get("/batches")
async def get_batches(request: Request, caller: CallerDep) -> Response:
    """The newest batches of the caller; with scripts, kept up to date while one is open."""
    desk = get_services(request).batches
    found = [] if desk is None else await desk.store.listed(caller.owner, before=None, limit=SHOWN_MAX)
    is_open = any(batch.state not in ENDED for batch in found)
    return page("batches.html.j2", batches=found, is_open=is_open, now=datetime.now(UTC), takes=desk is not None)


@router.get("/batches/{batch_id}.ndjson")
async def take_results(
    batch_id: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")], desk: DeskDep, caller: CallerDep
) -> Response:
    """The results of a batch as a file."""
    batch = await desk.store.get(batch_id, caller.owner)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{batch.id}.ndjson"'}
    return StreamingResponse(results_of(desk, batch.id), headers=headers, media_type="application/x-ndjson")
