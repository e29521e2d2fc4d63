"""Operations of the API, each as a call; the methods of both clients are made of these functions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, Unpack
from urllib.parse import quote

from pydantic_core import to_json, to_jsonable_python

from subtext.client.call import Call, StreamCall
from subtext.client.event_reader import EventReader
from subtext.client.models.analysis import Analysis, AnalysisPage, Feedback, Verification
from subtext.client.models.base import ApiObject
from subtext.client.models.batch import Batch, BatchPage, BatchResult
from subtext.client.models.catalogue import AxisList, EngineList, Health, PromptList, Readiness, Version
from subtext.client.models.comparison import Comparison
from subtext.client.models.webhook import Delivery, DeliveryPage, Webhook, WebhookList, WebhookWithSecret
from subtext.client.responses import parse_json
from subtext.client.result_reader import ResultReader
from subtext.client.upload import NdjsonUpload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from subtext.client.models.event import AnalysisEvent
    from subtext.client.requests import (
        AnalysisFields,
        AnalysisFilters,
        BatchEvent,
        BatchItem,
        BatchOptionFields,
        ComparedSource,
        ComparisonFields,
        DeliveryFilters,
        PageFields,
        SummaryFields,
    )

T = TypeVar("T", bound=ApiObject)
_ANALYSES, _BATCHES, _WEBHOOKS = "/v1/analyses", "/v1/batches", "/v1/webhooks"
_JSON = {"Content-Type": "application/json"}


def analyze_article(**article: Unpack[AnalysisFields]) -> Call[Analysis]:
    """Analyze an article: its summary and its framing, in one pass."""
    return _post(_ANALYSES, Analysis, article, accepts_key=True)


def stream_analysis(**article: Unpack[AnalysisFields]) -> StreamCall[AnalysisEvent]:
    """Analyze an article, and follow the work: status, what is certain already, then the result."""
    headers = {**_JSON, "Accept": "text/event-stream"}
    call = Call("POST", _ANALYSES, _ignore, content=to_json(article), headers=headers, is_stream=True)
    return StreamCall(call, EventReader())


def summarize_article(**article: Unpack[SummaryFields]) -> Call[Analysis]:
    """Summarize an article: an analysis without framing."""
    return _post("/v1/summaries", Analysis, article, accepts_key=True)


def assess_stance(**article: Unpack[AnalysisFields]) -> Call[Analysis]:
    """Assess how an article frames its target: an analysis without a summary."""
    return _post("/v1/stances", Analysis, article, accepts_key=True)


def compare_articles(sources: Sequence[ComparedSource], **options: Unpack[ComparisonFields]) -> Call[Comparison]:
    """Compare 2 to 20 articles about one story on one axis."""
    return _post("/v1/comparisons", Comparison, {"sources": sources, **options}, accepts_key=True)


def verify_analysis(analysis: Analysis | Mapping[str, Any], *, text: str | None = None) -> Call[Verification]:
    """Check every claim of an analysis against its text again, without a model; `text` unless the analysis has it."""
    return _post("/v1/verify", Verification, {"analysis": analysis, "text": text}, is_repeatable=True)


def list_analyses(**filters: Unpack[AnalysisFilters]) -> Call[AnalysisPage]:
    """List your analyses that match every filter, one page of them."""
    return _get(_ANALYSES, AnalysisPage, filters)


def get_analysis(analysis_id: str) -> Call[Analysis]:
    """Return a stored analysis as it was answered."""
    return _get(_at(_ANALYSES, analysis_id), Analysis)


def delete_analysis(analysis_id: str) -> Call[None]:
    """Delete a stored analysis, and its feedback."""
    return Call("DELETE", _at(_ANALYSES, analysis_id), _ignore, is_repeatable=True)


def give_feedback(
    analysis_id: str, verdict: str, *, label: str | None = None, comment: str | None = None
) -> Call[Feedback]:
    """Say whether an analysis is `right` or `wrong`, and which label is right."""
    feedback = {"verdict": verdict, "label": label, "comment": comment}
    return _post(_at(_ANALYSES, analysis_id, "feedback"), Feedback, feedback)


def create_batch(items: Iterable[BatchItem | bytes], **options: Unpack[BatchOptionFields]) -> Call[Batch]:
    """Upload up to 50,000 articles as a batch; the options hold for all items that do not say otherwise.

    Bytes are an item's line of JSON, which is sent as it is.
    """
    upload = NdjsonUpload(items)
    headers = {"Content-Type": "application/x-ndjson", "Content-Length": str(upload.size)}
    parse = partial(parse_json, Batch)
    return Call("POST", _BATCHES, parse, params=_query(options), content=upload, headers=headers, accepts_key=True)


def list_batches(**page: Unpack[PageFields]) -> Call[BatchPage]:
    """List your batches, one page of them."""
    return _get(_BATCHES, BatchPage, page)


def get_batch(batch_id: str) -> Call[Batch]:
    """Return the state and the counts of a batch."""
    return _get(_at(_BATCHES, batch_id), Batch)


def get_batch_results(batch_id: str) -> StreamCall[BatchResult]:
    """Return every item of a batch in input order: its analysis, its problem, or its state so far."""
    call = Call("GET", _at(_BATCHES, batch_id, "results"), _ignore, is_repeatable=True, is_stream=True)
    return StreamCall(call, ResultReader())


def cancel_batch(batch_id: str) -> Call[Batch]:
    """Cancel the items of a batch that have not been started."""
    return _post(_at(_BATCHES, batch_id, "cancel"), Batch, is_repeatable=True)


def retry_batch(batch_id: str) -> Call[Batch]:
    """Retry the failed items of a batch, and only those."""
    return _post(_at(_BATCHES, batch_id, "retry"), Batch)


def create_webhook(
    url: str, *, events: Sequence[BatchEvent] | None = None, description: str | None = None
) -> Call[WebhookWithSecret]:
    """Register a webhook for the end of batches; only this response has its secret."""
    return _post(_WEBHOOKS, WebhookWithSecret, {"url": url, "events": events, "description": description})


def list_webhooks() -> Call[WebhookList]:
    """List your webhooks."""
    return _get(_WEBHOOKS, WebhookList)


def get_webhook(webhook_id: str) -> Call[Webhook]:
    """Return a webhook."""
    return _get(_at(_WEBHOOKS, webhook_id), Webhook)


def delete_webhook(webhook_id: str) -> Call[None]:
    """Delete a webhook, and the messages to it."""
    return Call("DELETE", _at(_WEBHOOKS, webhook_id), _ignore, is_repeatable=True)


def rotate_secret(webhook_id: str) -> Call[WebhookWithSecret]:
    """Rotate the secret of a webhook; the old one signs as well for 24 hours."""
    return _post(_at(_WEBHOOKS, webhook_id, "rotate"), WebhookWithSecret)


def list_deliveries(webhook_id: str, **filters: Unpack[DeliveryFilters]) -> Call[DeliveryPage]:
    """List the messages to a webhook of the last 30 days, one page of them."""
    return _get(_at(_WEBHOOKS, webhook_id, "deliveries"), DeliveryPage, filters)


def redeliver(webhook_id: str, delivery_id: str) -> Call[Delivery]:
    """Deliver a message again; its id and its bytes stay the same."""
    return _post(_at(_WEBHOOKS, webhook_id, "deliveries", delivery_id, "redeliver"), Delivery)


def list_axes() -> Call[AxisList]:
    """List the axes of framing that are loaded, every version."""
    return _get("/v1/axes", AxisList)


def list_prompts() -> Call[PromptList]:
    """List the released prompts with their digests."""
    return _get("/v1/prompts", PromptList)


def list_engines() -> Call[EngineList]:
    """List the engines that requests can name, the preferred one first."""
    return _get("/v1/engines", EngineList)


def get_health() -> Call[Health]:
    """Report that the service is alive."""
    return _get("/healthz", Health)


def get_readiness() -> Call[Readiness]:
    """Report whether the service can answer requests, and what it has loaded."""
    return _get("/readyz", Readiness)


def get_version() -> Call[Version]:
    """Return the versions that are running."""
    return _get("/version", Version)


def _get(path: str, kind: type[T], params: Mapping[str, Any] | None = None) -> Call[T]:
    return Call("GET", path, partial(parse_json, kind), params=_query(params or {}), is_repeatable=True)


def _post(
    path: str,
    kind: type[T],
    body: Mapping[str, Any] | None = None,
    *,
    accepts_key: bool = False,
    is_repeatable: bool = False,
) -> Call[T]:
    content, headers = (None, {}) if body is None else (to_json(body), _JSON)
    parse = partial(parse_json, kind)
    return Call(
        "POST", path, parse, content=content, headers=headers, accepts_key=accepts_key, is_repeatable=is_repeatable
    )


def _query(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in to_jsonable_python(fields).items() if value is not None}


def _at(collection: str, *parts: str) -> str:
    return "/".join((collection, *(quote(part, safe="") for part in parts)))


def _ignore(_: bytes) -> None:
    return None
