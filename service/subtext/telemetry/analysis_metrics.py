"""Analysis metrics: labels, grounding of quotes, labels that the evidence changed, repairs, and the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter

from subtext.telemetry.request_record import current_record

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis
    from subtext.telemetry.request_record import RequestRecord

NO_LABEL = "none"
_LABEL_CHANGED = "label_replaced"

CACHE_REQUESTS = Counter("subtext_cache_requests", "Questions to the cache of analyses, by result.", ["result"])
STANCES = Counter("subtext_stance", "Analyses with a framing, by label and engine.", ["label", "engine"])
ABSTENTIONS = Counter("subtext_abstain", "Analyses whose label was withheld, by engine.", ["engine"])
LABELS_CHANGED = Counter(
    "subtext_label_changed",
    "Labels of an engine that the evidence replaced, by the label that it gives.",
    ["engine", "label"],
)
QUOTES_KEPT = Counter("subtext_quotes_kept", "Quotes of an engine that are in the text.", ["engine", "match"])
QUOTES_REJECTED = Counter(
    "subtext_quotes_rejected", "Quotes of an engine that were rejected, by reason.", ["engine", "reason"]
)
OUTPUT_REPAIRS = Counter("subtext_output_repairs", "Repairs to the form of a model's answers, by kind.", ["kind"])
for _result in ("hit", "miss", "coalesced"):
    CACHE_REQUESTS.labels(_result)
for _engine in ("llm", "local"):
    ABSTENTIONS.labels(_engine)


def record_analysis(analysis: Analysis, cache_status: str) -> None:
    """Record an analysis for the metrics and the request's log line; one from the cache is not counted again."""
    CACHE_REQUESTS.labels(cache_status).inc()
    if (record := current_record()) is not None:
        _describe(record, analysis, cache_status)
    if cache_status != "miss":
        return
    engine = analysis.provenance.engine.kind
    _record_grounding(analysis, engine)
    if analysis.framing is not None:
        label = analysis.framing.overall.label
        STANCES.labels(label or NO_LABEL, engine).inc()
        if label is None:
            ABSTENTIONS.labels(engine).inc()
        elif any(warning.code == _LABEL_CHANGED for warning in analysis.warnings):
            LABELS_CHANGED.labels(engine, label).inc()


def _record_grounding(analysis: Analysis, engine: str) -> None:
    grounding = analysis.grounding
    QUOTES_KEPT.labels(engine, "exact").inc(grounding.kept - grounding.folded)
    QUOTES_KEPT.labels(engine, "folded").inc(grounding.folded)
    for item in grounding.rejected_items:
        QUOTES_REJECTED.labels(engine, item.reason).inc()
    for repair in grounding.repairs:
        OUTPUT_REPAIRS.labels(repair.kind).inc(repair.count)


def _describe(record: RequestRecord, analysis: Analysis, cache_status: str) -> None:
    engine, prompt = analysis.provenance.engine, analysis.provenance.prompt
    record.engine, record.model, record.cache = engine.kind, engine.model, cache_status
    record.prompt_version = None if prompt is None else f"{prompt.id}@{prompt.version}"
    degraded = engine.degraded_from is not None
    record.outcome = "degraded" if degraded else "ok" if analysis.status == "complete" else analysis.status
