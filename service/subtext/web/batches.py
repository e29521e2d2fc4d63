"""Serve the batches page and the download of a batch's results."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from subtext.domain.batch import FINAL
from subtext.http.deps import BatchServiceDep, CallerDep, get_services, require_scope
from subtext.web.responses import HEADERS, PageRoute, render_page

router = APIRouter(include_in_schema=False, route_class=PageRoute, dependencies=[require_scope("batch")])
SHOWN_MAX = 50


@router.get("/batches")
async def get_batches(request: Request, caller: CallerDep) -> Response:
    """Render the caller's newest batches; a script refreshes the page while one is open."""
    service = get_services(request).batches
    batches = (
        [] if service is None else await service.repository.list_batches(caller.owner, before=None, limit=SHOWN_MAX)
    )
    is_open = any(batch.state not in FINAL for batch in batches)
    return render_page(
        "batches.html.j2", batches=batches, is_open=is_open, now=datetime.now(UTC), enabled=service is not None
    )


@router.get("/batches/{batch_id}.ndjson")
async def download_results(
    batch_id: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")], service: BatchServiceDep, caller: CallerDep
) -> Response:
    """Download the results of a batch as NDJSON."""
    batch = await service.repository.get(batch_id, caller.owner)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{batch.id}.ndjson"'}
    return StreamingResponse(service.iter_result_lines(batch.id), headers=headers, media_type="application/x-ndjson")
