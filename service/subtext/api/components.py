"""Components of the OpenAPI document: schemas under names that read well in a generated client.

A schema has the name of its class without `View`, or a better one of a table. What no endpoint returns as one JSON
object has a schema too: lines of results, events, and the messages of webhooks.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from subtext.schemas.batch import BatchResult, JsonUpload
from subtext.schemas.event import AnalysisEvent
from subtext.schemas.problem import Problem
from subtext.schemas.requests import SOURCE_SCHEMAS
from subtext.schemas.webhook import WebhookMessage

# JSON pointer of a model's schema in the document.
REF = "#/components/schemas/{model}"
_PREFIX = REF.format(model="")
_UNIONS: dict[str, TypeAdapter[Any]] = {
    "AnalysisEvent": TypeAdapter(AnalysisEvent),
    "BatchResult": TypeAdapter(BatchResult),
    "WebhookMessage": TypeAdapter(WebhookMessage),
}
# Of FastAPI: this service answers with problems.
_UNUSED = ("HTTPValidationError", "ValidationError")
# Names of schemas that are not our names of their classes without `View`.
_NAMES = {
    "ByVoiceView": "FramingByVoice",
    "RangeView": "TextRange",
    "WarningView": "AnalysisWarning",
    "SourceView": "DocumentSource",
    "LanguageView": "DocumentLanguage",
    "NewWebhookView": "WebhookWithSecret",
    "WebhooksView": "WebhookList",
    "DeliveriesView": "DeliveryPage",
    "AnalysisRequestBody": "AnalysisRequest",
    "BatchesView": "BatchPage",
    "JsonUpload": "BatchUpload",
    "FailureView": "VerificationFailure",
    "CheckedView": "VerificationCounts",
    "SentenceView": "SummarySentence",
    "RejectedView": "RejectedQuote",
    "InjectionView": "InjectionCheck",
    "CacheView": "CacheStatus",
    "AnalysesView": "AnalysisPage",
    "AxesView": "AxisList",
    "PromptsView": "PromptList",
    "EnginesView": "EngineList",
    "Event": "WebhookEvent",
}
_MESSAGE = {
    "type": "batch.completed",
    "timestamp": "2026-11-25T13:36:20+00:00",
    "data": {
        "id": "bat_0198c0de",
        "counts": {"done": 2, "failed": 0},
        "url": "/v1/batches/bat_0198c0de",
        "results": "/v1/batches/bat_0198c0de/results",
    },
}
_WEBHOOK = {
    "post": {
        "operationId": "receiveBatchEnd",
        "tags": ["webhooks"],
        "summary": "Receive Batch End",
        "description": "A batch has ended. Verify the signature first (Standard Webhooks), and answer with any 2xx.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": REF.format(model="WebhookMessage")},
                    "examples": {"completed": {"value": _MESSAGE}},
                }
            },
        },
        "responses": {"204": {"description": "The message has arrived."}},
    }
}


def add_components(document: dict[str, Any]) -> None:
    """Add the schemas that the endpoints do not bring, and rename all."""
    schemas = document["components"]["schemas"]
    for name in _UNUSED:
        schemas.pop(name, None)
    for name, schema in {**_extra_schemas(), **SOURCE_SCHEMAS}.items():
        schemas.setdefault(name, schema)
    names = {name: _public_name(name) for name in schemas}
    document["components"]["schemas"] = {names[name]: _titled(names[name], schema) for name, schema in schemas.items()}
    document["webhooks"] = {"batchEnd": _WEBHOOK}
    _rename_references(document, names)


def _extra_schemas() -> dict[str, Any]:
    _, definitions = models_json_schema([(Problem, "serialization"), (JsonUpload, "validation")], ref_template=REF)
    schemas: dict[str, Any] = definitions["$defs"]
    for name, adapter in _UNIONS.items():
        union = adapter.json_schema(mode="serialization", ref_template=REF)
        schemas |= union.pop("$defs") | {name: union}
    return schemas


def _public_name(name: str) -> str:
    return _NAMES.get(name, name.removesuffix("View"))


def _titled(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its name as title; a field needs none beside its own name."""
    for field in schema.get("properties", {}).values():
        field.pop("title", None)
    return {**schema, "title": name}


def _rename_references(node: Any, names: dict[str, str]) -> None:
    """Rename the references to schemas, also those of discriminators, in all of a document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str) and value.startswith(_PREFIX):
            name = value.removeprefix(_PREFIX)
            node[key] = _PREFIX + names.get(name, name)
        elif isinstance(value, dict | list):
            _rename_references(value, names)
