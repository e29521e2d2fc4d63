"""Endpoints of batches: upload many articles at once, and read their results later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from subtext.api.components import REF
from subtext.api.openapi import CHANGE_PROBLEMS, NDJSON, READ_PROBLEMS
from subtext.batches.upload import UploadParser, iter_groups, split_lines, to_line
from subtext.domain.batch import BATCHES_PATH, LINES_MAX
from subtext.errors import RequestInvalid
from subtext.http.deps import AnalysesDep, BatchServiceDep, CallerDep, RequestId, require_scope
from subtext.http.idempotency import KEY_HEADER, Fingerprint, get_idempotency
from subtext.http.pagination import PageParams, paginate
from subtext.http.state import get_request_state
from subtext.http.strict_requests import StrictRoute, plain_media_type
from subtext.schemas.batch import BatchesView, BatchOptions, BatchView, JsonUpload
from subtext.schemas.bounded_json import parse_json
from subtext.schemas.problem import HTTPProblem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.domain.batch import NewItem
    from subtext.services.analyses import AnalysisService

router = APIRouter(tags=["batches"], route_class=StrictRoute, dependencies=[require_scope("batch")])
_LINE_MAX = 6_000_000
# Six values for each item; NDJSON has no such bound.
_JSON_VALUES_MAX = 6 * LINES_MAX


class NdjsonResponse(StreamingResponse):
    """Stream lines of JSON (NDJSON)."""

    media_type = NDJSON


BatchId = Annotated[str, Path(pattern=r"^bat_[0-9a-f]{1,36}$", description="As in `id` of a batch.")]
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": REF.format(model=JsonUpload.__name__)}},
            NDJSON: {
                "schema": {
                    "type": "string",
                    "description": f"One object a line, as in `items` of BatchUpload; {LINES_MAX:,} at most.",
                }
            },
        },
    }
}
_RESULTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            NDJSON: {
                "schema": {
                    "type": "string",
                    "description": "One BatchResult a line.",
                }
            }
        }
    }
}


@router.post("/batches", status_code=202, response_model=BatchView, responses=CHANGE_PROBLEMS, openapi_extra=_UPLOAD)
async def create_batch(
    request: Request,
    service: BatchServiceDep,
    caller: CallerDep,
    analyses: AnalysesDep,
    request_id: RequestId,
    options: Annotated[BatchOptions, Query()],
) -> Response:
    """Create a batch of articles, as NDJSON (one object a line) or as one JSON object with `items`.

    The options hold for all items.
    """
    fingerprint = Fingerprint(request, request.stream())

    async def submit() -> Response:
        parser, lines = await _parse_upload(request, fingerprint.stream(), options, request_id)
        items = _iter_items(request, analyses, parser, lines)
        repeatable_id = get_request_state(request.scope).repeatable_id
        view = BatchView.of(await service.submit(caller.owner, iter_groups(items), repeatable_id))
        headers = {"Location": f"{BATCHES_PATH}/{view.id}"}
        return Response(view.model_dump_json(), 202, headers, "application/json")

    if KEY_HEADER in request.headers:
        return await get_idempotency(request).run_once(request, fingerprint, submit, compare_first=False)
    return await submit()


@router.get("/batches", responses=READ_PROBLEMS)
async def list_batches(
    params: Annotated[PageParams, Query()], service: BatchServiceDep, caller: CallerDep, response: Response
) -> BatchesView:
    """List your batches, newest first."""
    batches = await service.repository.list_batches(caller.owner, before=params.after_id, limit=params.limit + 1)
    page, next_cursor = paginate(batches, params, BATCHES_PATH, response)
    return BatchesView(batches=[BatchView.of(batch) for batch in page], next_cursor=next_cursor)


@router.get("/batches/{batch_id}", responses=READ_PROBLEMS)
async def get_batch(batch_id: BatchId, service: BatchServiceDep, caller: CallerDep) -> BatchView:
    """Return a batch, with its state and counts."""
    return BatchView.of(await service.repository.get(batch_id, caller.owner))


@router.get("/batches/{batch_id}/results", response_class=NdjsonResponse, responses={**READ_PROBLEMS, **_RESULTS})
async def get_batch_results(batch_id: BatchId, service: BatchServiceDep, caller: CallerDep) -> Response:
    """Return every item in input order, one JSON object a line: its analysis, its problem, or its state so far."""
    batch = await service.repository.get(batch_id, caller.owner)
    return NdjsonResponse(service.iter_result_lines(batch.id))


@router.post("/batches/{batch_id}/cancel", responses=CHANGE_PROBLEMS)
async def cancel_batch(batch_id: BatchId, service: BatchServiceDep, caller: CallerDep) -> BatchView:
    """Cancel the items of a batch that have not been started."""
    return BatchView.of(await service.cancel(batch_id, caller.owner))


@router.post("/batches/{batch_id}/retry", status_code=202, responses=CHANGE_PROBLEMS)
async def retry_batch(batch_id: BatchId, service: BatchServiceDep, caller: CallerDep) -> BatchView:
    """Retry the failed items of a batch, and only those."""
    return BatchView.of(await service.retry(batch_id, caller.owner))


async def _parse_upload(
    request: Request, chunks: AsyncIterator[bytes], options: BatchOptions, request_id: str
) -> tuple[UploadParser, AsyncIterator[bytes | None]]:
    """Return the parser of an upload and its lines, by its media type; raises `HTTPProblem` (413, 415)."""
    media_type = plain_media_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
    if media_type in {NDJSON, "application/jsonl", "application/x-jsonlines"}:
        return UploadParser(options, request_id), split_lines(chunks, _LINE_MAX)
    if media_type == "application/json":
        upload = await asyncio.to_thread(_parse_json_upload, await _read_limited(chunks))
        merged_options = BatchOptions(**options.merged_with(upload.options.model_dump(exclude_none=True)))
        return UploadParser(merged_options, request_id), _json_lines(upload)
    raise HTTPProblem(
        415,
        f"send the batch as {NDJSON}, one JSON object a line, or as application/json, in UTF-8 without a "
        "Content-Encoding",
    )


async def _iter_items(
    request: Request, analyses: AnalysisService, parser: UploadParser, lines: AsyncIterator[bytes | None]
) -> AsyncIterator[NewItem]:
    """Yield the items, then reserve the tokens that they may spend; raises `RateLimited` if these are too many."""
    async for line in lines:
        yield await parser.parse(line)
    has_model = any(engine.name != "local" for engine in analyses.engines)
    paid_engines = {
        engine for engine in parser.tokens if has_model and analyses.build_request(engine=engine).engine != "local"
    }
    tokens = sum(parser.tokens[engine] for engine in paid_engines)
    await get_request_state(request.scope).meter.reserve(tokens)


async def _read_limited(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > _LINE_MAX:
            raise HTTPProblem(413, f"as one object a batch may have {_LINE_MAX:,} bytes: send it as {NDJSON}")
    return bytes(body)


def _parse_json_upload(body: bytes) -> JsonUpload:
    value = parse_json(body, _JSON_VALUES_MAX)
    items = value.get("items") if isinstance(value, dict) else None
    if isinstance(items, list) and len(items) > LINES_MAX:
        raise HTTPProblem(413, f"a batch has at most {LINES_MAX:,} items: send the others as another batch")
    try:
        return JsonUpload.model_validate(value)
    except ValidationError as error:
        raise RequestInvalid("send an object with `items`, a list of objects, and perhaps `options`") from error


async def _json_lines(upload: JsonUpload) -> AsyncIterator[bytes]:
    for item in upload.items:
        yield to_line(item)
