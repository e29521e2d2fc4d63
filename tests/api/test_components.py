from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from subtext.batches.service import to_result_line
from subtext.domain.batch import Item, ItemState
from subtext.domain.webhook import Event, build_payload
from tests.support.api import ASK

if TYPE_CHECKING:
    from starlette.testclient import TestClient

EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def document(api: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = api.get("/openapi.json").json()
    return document


def failures(document: dict[str, Any], schema: str, value: Any) -> list[str]:
    reference = {"components": document["components"], "$ref": f"#/components/schemas/{schema}"}
    return [error.message for error in Draft202012Validator(reference).iter_errors(value)]


def iter_schemas(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from iter_schemas(value)


@pytest.mark.parametrize(
    ("article", "names"),
    [
        ({**ASK, "cache": "no-store"}, ["status", "partial", "status", "result", "done"]),
        ({"html": "<html><body></body></html>"}, ["status", "error", "done"]),
    ],
    ids=["an article", "no article"],
)
def test_every_event_of_a_stream_is_an_analysis_event(
    article: dict[str, Any], names: list[str], api: TestClient, document: dict[str, Any]
) -> None:
    body = api.post("/v1/analyses", json=article, headers=EVENTS).text
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in body.strip().split("\n\n")]

    assert [block["event"] for block in blocks] == names
    for block in blocks:
        event = {"event": block["event"], "data": json.loads(block["data"])}
        assert failures(document, "AnalysisEvent", event) == []
        assert failures(document, "AnalysisEvent", {**event, "event": "novel"}) != []


@pytest.mark.parametrize("state", list(ItemState))
def test_every_line_of_results_is_a_batch_result(state: ItemState, api: TestClient, document: dict[str, Any]) -> None:
    analysis = api.post("/v1/analyses", json=ASK).text if state is ItemState.DONE else None
    problem = api.get("/none").text if state is ItemState.FAILED else None
    line = json.loads(to_result_line(Item(0, "a", state, None, result=analysis, problem=problem)))

    assert failures(document, "BatchResult", line) == []
    assert failures(document, "BatchResult", {**line, "state": "novel"}) != []


def test_no_default_is_an_object_which_generators_of_clients_refuse(document: dict[str, Any]) -> None:
    schemas = iter_schemas(document["components"]["schemas"])

    assert [schema for schema in schemas if isinstance(schema.get("default"), dict)] == []


@pytest.mark.parametrize("event", list(Event))
def test_every_message_is_a_webhook_message(event: Event, document: dict[str, Any]) -> None:
    payload = json.loads(build_payload(event, "bat_1", {ItemState.DONE: 1}, datetime.now(UTC)))

    assert failures(document, "WebhookMessage", payload) == []
    assert failures(document, "WebhookMessage", {**payload, "type": "ping"}) != []


def test_the_webhook_shows_a_message(document: dict[str, Any]) -> None:
    content = document["webhooks"]["batchEnd"]["post"]["requestBody"]["content"]["application/json"]

    assert failures(document, "WebhookMessage", content["examples"]["completed"]["value"]) == []


def test_every_reference_leads_somewhere_and_no_name_is_ours_alone(document: dict[str, Any]) -> None:
    names = document["components"]["schemas"].keys()
    references = {schema["$ref"] for schema in iter_schemas(document) if isinstance(schema.get("$ref"), str)}

    assert {reference.rpartition("/")[2] for reference in references} <= names
    assert [name for name in names if name.endswith(("View", "Body", "-Input", "-Output"))] == []


def test_no_response_and_no_request_has_a_schema_without_a_name(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    bodies = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    responses = [response for operation in operations for response in operation["responses"].values()]
    contents = [content for body in (*bodies, *responses) for content in body.get("content", {}).values()]

    assert [
        content["schema"] for content in contents if content["schema"].keys() & {"properties", "anyOf", "oneOf"}
    ] == []


def test_every_union_of_objects_has_a_discriminator(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    unions = [schema for schema in schemas.values() if "oneOf" in schema and "properties" not in schema]

    assert len(unions) == 3
    for union in unions:
        mapping = union["discriminator"]["mapping"]
        assert set(mapping.values()) == {member["$ref"] for member in union["oneOf"]}
