"""The client agrees with the OpenAPI document: its operations, and the fields of its objects and requests."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

from subtext.client import AsyncClient, Client, models, operations, requests
from subtext.client.models.base import ApiObject, Page

DOCUMENT = json.loads((Path(__file__).resolve().parents[1] / "api" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
REF = "#/components/schemas/"
# Objects of the client that stand for a union of the document: they have the fields of all its members.
UNIONS = {"BatchResult", "WebhookMessage"}
# The client has events as they are used, not as they are sent: their data is in the document.
EVENTS = {"StatusEvent": "StatusData", "PartialEvent": "PartialData", "ResultEvent": None}
# Methods that are no operation of their own.
CONVENIENCES = {
    *("close", "with_options", "send", "open_stream", "iterate"),
    *("stream_analysis", "iter_analyses", "iter_batches", "iter_deliveries", "wait_for_batch"),
}
BODIES = {
    "SummaryFields": ("SummaryRequest", set()),
    "AnalysisFields": ("AnalysisRequest", set()),
    "BatchItem": ("AnalysisRequest", {"custom_id"}),
    "BatchOptionFields": ("BatchOptions", set()),
    "ComparedSource": ("ComparedSource", set()),
    "ComparisonFields": ("ComparisonRequest", {"-sources"}),
}
QUERIES = {"AnalysisFilters": "listAnalyses", "PageFields": "listBatches", "DeliveryFilters": "listDeliveries"}


def _objects() -> dict[str, type[ApiObject]]:
    modules = [
        importlib.import_module(f"{models.__name__}.{item.name}") for item in pkgutil.iter_modules(models.__path__)
    ]
    classes = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    return {kind.__name__: kind for kind in classes if issubclass(kind, ApiObject) and "[" not in kind.__name__}


OBJECTS = {name: kind for name, kind in _objects().items() if kind not in (ApiObject, Page)}
PLAIN = sorted(OBJECTS.keys() - UNIONS - EVENTS.keys())


def _operations() -> dict[str, dict[str, Any]]:
    return {operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()}


def _keys(name: str) -> set[str]:
    fields = getattr(requests, name)
    return set(fields.__required_keys__ | fields.__optional_keys__)


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _kind(schema: Any) -> Any:
    """Reduce a schema to its type: references by name; enumerations are open for the client, so they are strings."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        target = SCHEMAS.get(name, {})
        return "string" if "enum" in target else name
    if "anyOf" in schema:
        return sorted((_kind(member) for member in schema["anyOf"]), key=str)
    if schema.get("type") == "array":
        return ["array", _kind(schema["items"])]
    if "additionalProperties" in schema and schema.get("type") == "object":
        return ["map", _kind(schema["additionalProperties"])]
    return schema.get("format", schema.get("type", "string" if "const" in schema else schema))


def _shape(schema: dict[str, Any]) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    return {name: (_kind(field), name in required) for name, field in schema.get("properties", {}).items()}


def _client_shape(kind: type[ApiObject]) -> dict[str, Any]:
    return _shape(kind.model_json_schema(ref_template=REF + "{model}", mode="serialization"))


def test_each_client_has_every_operation_under_its_name_and_nothing_unknown() -> None:
    for kind in (Client, AsyncClient):
        methods = {name for name in vars(kind) if not name.startswith("_")}
        assert {_camel(name) for name in methods - CONVENIENCES} == set(_operations())
        assert methods >= CONVENIENCES


@pytest.mark.parametrize("name", PLAIN)
def test_an_object_has_the_fields_of_its_schema(name: str) -> None:
    assert _client_shape(OBJECTS[name]) == _shape(SCHEMAS[name])


def test_every_schema_of_a_response_is_an_object_of_the_client() -> None:
    requests_ = {
        "BatchUpload",
        "ComparedSource",
        "WebhookCreate",
        *(name for name in SCHEMAS if name.endswith("Request")),
    }
    parts = {"BatchOptions", "TextSource", "HtmlSource", "UrlSource"}
    enums = {name for name, schema in SCHEMAS.items() if "enum" in schema}
    unions = {name for name, schema in SCHEMAS.items() if "discriminator" in schema}
    members = {member["$ref"].removeprefix(REF) for name in unions for member in SCHEMAS[name]["oneOf"]}
    data = {"StatusData", "PartialData", "DoneData"}

    assert SCHEMAS.keys() - requests_ - parts - enums - unions - members - data == set(PLAIN)


@pytest.mark.parametrize("name", sorted(UNIONS))
def test_an_object_has_the_fields_of_every_member_of_its_union(name: str) -> None:
    members = [SCHEMAS[member["$ref"].removeprefix(REF)] for member in SCHEMAS[name]["oneOf"]]
    shape = _client_shape(OBJECTS[name])

    assert [member["properties"].keys() for member in members] == [shape.keys()] * len(members)
    for member in members:
        for field, schema in member["properties"].items():
            kind = shape[field][0]
            assert _kind(schema) in ([kind] if isinstance(kind, str) else [*kind, kind]), field


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_has_the_fields_of_its_data(name: str) -> None:
    data = EVENTS[name]
    expected = {"analysis": ("Analysis", True)} if data is None else _shape(SCHEMAS[data])

    assert _client_shape(OBJECTS[name]) == expected


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_request_takes_the_fields_of_its_schema(name: str) -> None:
    schema, others = BODIES[name]
    added = {field for field in others if not field.startswith("-")}
    left_out = {field.removeprefix("-") for field in others - added}

    assert _keys(name) == SCHEMAS[schema]["properties"].keys() - left_out | added


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_filter_takes_the_parameters_of_its_operation(name: str) -> None:
    parameters = _operations()[QUERIES[name]]["parameters"]

    assert _keys(name) == {parameter["name"] for parameter in parameters if parameter["in"] == "query"}


def test_calls_with_an_idempotency_key_are_those_that_the_document_says() -> None:
    documented = {
        name
        for name, operation in _operations().items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    }
    calls = {
        "analyzeArticle": operations.analyze_article(text="a"),
        "summarizeArticle": operations.summarize_article(text="a"),
        "assessStance": operations.assess_stance(text="a"),
        "compareArticles": operations.compare_articles([{"text": "a"}]),
        "createBatch": operations.create_batch([{"custom_id": "a", "text": "a"}]),
        "verifyAnalysis": operations.verify_analysis({}),
        "retryBatch": operations.retry_batch("a"),
        "createWebhook": operations.create_webhook("a"),
    }

    assert {name for name, call in calls.items() if call.accepts_key} == documented
