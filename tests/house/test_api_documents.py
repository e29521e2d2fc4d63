"""What the API says of itself: the OpenAPI snapshot, and examples that are real; `make snapshots` writes both anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from subtext.asgi import create_app
from subtext.errors import (
    AnalysisNotFound,
    BatchesDisabled,
    BatchNotFound,
    CrossOriginRequest,
    DeliveryInProgress,
    DeliveryNotFound,
    EngineError,
    ExtractorUnavailable,
    IdempotencyDisabled,
    IdempotencyInProgress,
    InsufficientScope,
    IntakeError,
    InvalidApiKey,
    InvalidBatchTransition,
    InvalidInput,
    NotReady,
    Overloaded,
    RateLimited,
    ShuttingDown,
    StorageDisabled,
    StorageUnavailable,
    UntrustedHost,
    WebhookLimitReached,
    WebhookNotFound,
)
from subtext.schemas.problem import HTTP_PROBLEMS, iter_error_types
from subtext.settings import BatchSettings, StoreSettings
from tests.support.api import client, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = ROOT / "tests" / "api" / "openapi.json"
EXAMPLES = ROOT / "service" / "subtext" / "api" / "v1" / "examples"
UPDATING = bool(os.environ.get("SUBTEXT_UPDATE_SNAPSHOTS"))
# Clients are generated from these names: one that is here may never change.
OPERATIONS = {
    "analyzeArticle": ("POST", "/v1/analyses"),
    "summarizeArticle": ("POST", "/v1/summaries"),
    "assessStance": ("POST", "/v1/stances"),
    "listAnalyses": ("GET", "/v1/analyses"),
    "getAnalysis": ("GET", "/v1/analyses/{analysis_id}"),
    "giveFeedback": ("POST", "/v1/analyses/{analysis_id}/feedback"),
    "verifyAnalysis": ("POST", "/v1/verify"),
    "compareArticles": ("POST", "/v1/comparisons"),
    "createBatch": ("POST", "/v1/batches"),
    "listBatches": ("GET", "/v1/batches"),
    "getBatch": ("GET", "/v1/batches/{batch_id}"),
    "getBatchResults": ("GET", "/v1/batches/{batch_id}/results"),
    "cancelBatch": ("POST", "/v1/batches/{batch_id}/cancel"),
    "retryBatch": ("POST", "/v1/batches/{batch_id}/retry"),
    "createWebhook": ("POST", "/v1/webhooks"),
    "listWebhooks": ("GET", "/v1/webhooks"),
    "getWebhook": ("GET", "/v1/webhooks/{webhook_id}"),
    "rotateSecret": ("POST", "/v1/webhooks/{webhook_id}/rotate"),
    "listDeliveries": ("GET", "/v1/webhooks/{webhook_id}/deliveries"),
    "redeliver": ("POST", "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"),
    "deleteWebhook": ("DELETE", "/v1/webhooks/{webhook_id}"),
    "listAxes": ("GET", "/v1/axes"),
    "listPrompts": ("GET", "/v1/prompts"),
    "listEngines": ("GET", "/v1/engines"),
    "getHealth": ("GET", "/healthz"),
    "getReadiness": ("GET", "/readyz"),
    "getVersion": ("GET", "/version"),
    "deleteAnalysis": ("DELETE", "/v1/analyses/{analysis_id}"),
}


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


# New in every answer: kept as recorded, so that a refresh shows only what has changed.
CHANGING = {"id", "analysis_id", "created_at", "ended_at", "duration_ms", "next_cursor", "secret", "old_secret_until"}
# What only a worker brings about: their examples are written by hand, and held to the schemas alone.
WORKED = {"getBatchResults", "retryBatch", "listDeliveries", "redeliver"}
PROBLEM = "application/problem+json"
# Whose id an address asks for: that of what was made first.
MAKERS = {"analyzeArticle": "{analysis_id}", "createBatch": "{batch_id}", "createWebhook": "{webhook_id}"}
ROOTS = (
    *(InvalidInput, IntakeError, EngineError, AnalysisNotFound, StorageDisabled, StorageUnavailable),
    *(
        BatchNotFound,
        InvalidBatchTransition,
        BatchesDisabled,
        WebhookNotFound,
        DeliveryNotFound,
        DeliveryInProgress,
        WebhookLimitReached,
    ),
    *(ExtractorUnavailable, UntrustedHost, CrossOriginRequest),
    *(
        InvalidApiKey,
        InsufficientScope,
        RateLimited,
        NotReady,
        Overloaded,
        ShuttingDown,
        IdempotencyInProgress,
        IdempotencyDisabled,
    ),
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service; where documents are being written, with answers recorded from it first."""
    store = StoreSettings(database_url=f"sqlite:///{tmp_path_factory.mktemp('store') / 'kept.db'}")
    batches = BatchSettings(enabled=True, work=False)
    with client(create_app(settings(store=store, batches=batches))) as found:
        if UPDATING:
            _record(found)
        yield found


@pytest.fixture(scope="module")
def document(api: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


def _record(api: TestClient) -> None:
    """Write the answer to each operation's first example beside it; what is verified is the first answer."""
    for name, response in _answers(api):
        file = EXAMPLES / f"{name}.json"
        example = json.loads(file.read_text(encoding="utf-8"))
        example["response"] = _steady(response, example["response"])
        file.write_text(json.dumps(example, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _answers(api: TestClient) -> Iterator[tuple[str, Any]]:
    """Each operation's answer to its first example, about the first article that was analysed."""
    # By operation: the id of what it made now.
    ids: dict[str, str] = {}
    for name, (method, path) in OPERATIONS.items():
        if name in WORKED:
            continue
        requests = _read(name).get("requests", {})
        body: Any = next(iter(requests.values()), None)
        if name == "verifyAnalysis":
            body = {**body, "analysis": _read("analyzeArticle")["response"]}
        for maker, place in MAKERS.items():
            path = path.replace(place, ids.get(maker, place))  # noqa: PLW2901 - the address of this very example
        response = api.request(method, path, json=body, headers={"X-Request-ID": "req-0198c0de"})
        assert response.is_success, response.text
        found: Any = response.json() if response.content else None
        if method == "POST" and "id" in found:
            ids[name] = found["id"]
        yield name, _with_recorded_ids(found, ids)


def _with_recorded_ids(found: Any, ids: dict[str, str]) -> Any:
    text = json.dumps(found)
    for name, found_id in ids.items():
        text = text.replace(found_id, _read(name)["response"]["id"])
    return json.loads(text)


def _steady(new: Any, old: Any) -> Any:
    """What is new, but for what is new in every answer."""
    if isinstance(new, dict) and isinstance(old, dict):
        return {key: old[key] if key in CHANGING & old.keys() else _steady(new[key], old.get(key)) for key in new}
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [_steady(one, other) for one, other in zip(new, old, strict=True)]
    return new


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _examples(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example with its schema; each content must have at least one."""
    for method, path, operation in _operations(document):
        contents = [("request", operation.get("requestBody", {}).get("content", {}))]
        contents += [(status, response.get("content", {})) for status, response in operation["responses"].items()]
        for what, content in contents:
            for media_type, described in content.items():
                assert described["examples"], f"{method} {path} {what} {media_type} has no example"
                for name, example in described["examples"].items():
                    yield f"{method} {path} {what} {name}", described["schema"], example["value"]


def test_the_openapi_document_is_as_it_was(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if UPDATING:
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert SNAPSHOT.read_text(encoding="utf-8") == text, "the API has changed: look at it, then run `make snapshots`"


def test_operation_ids_are_as_promised(document: dict[str, Any]) -> None:
    found = {operation["operationId"]: (method, path) for method, path, operation in _operations(document)}

    assert found == OPERATIONS


def test_every_example_is_valid(document: dict[str, Any]) -> None:
    schemas = {"components": document["components"]}

    wrong = {
        name: error.message
        for name, schema, value in _examples(document)
        for error in Draft202012Validator({**schemas, **schema}).iter_errors(value)
    }

    assert wrong == {}


def test_every_error_has_an_example_with_its_status(document: dict[str, Any]) -> None:
    shown: dict[str, set[int]] = {}
    for _, _, value in _examples(document):
        if isinstance(value, dict) and "retryable" in value:
            shown.setdefault(value["code"], set()).add(value["status"])
    # What fails at start never answers.
    kinds = [kind for root in ROOTS for kind in iter_error_types(root)]
    expected = {kind.code for kind in kinds if not kind.__subclasses__()}
    # Nobody is left to read 499.
    expected |= {code for status, (code, _) in HTTP_PROBLEMS.items() if status != 499}

    assert set(shown) == expected
    assert all(len(statuses) == 1 for statuses in shown.values())


def test_every_operation_says_how_it_fails(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        statuses = {int(status) for status in operation["responses"]}
        assert {400, 403, 405, 408, 421, 431, 500} < statuses, path
        assert ({413, 415, 422} <= statuses) is (method == "POST"), path
        assert ({401, 429} <= statuses) is path.startswith("/v1/"), path
        problems = [response["content"] for status, response in operation["responses"].items() if int(status) >= 400]
        assert all(set(content) == {PROBLEM} for content in problems), path


@pytest.mark.parametrize("name", ["analyzeArticle", "summarizeArticle", "assessStance", "verifyAnalysis"])
def test_every_request_of_the_examples_is_answered(name: str, api: TestClient) -> None:
    method, path = OPERATIONS[name]

    statuses = {
        example: api.request(method, path, json=body).status_code for example, body in _read(name)["requests"].items()
    }

    assert set(statuses.values()) == {200}, statuses


def test_the_recorded_answer_still_holds(api: TestClient) -> None:
    response = api.post("/v1/verify", json={"analysis": _read("analyzeArticle")["response"]})

    assert response.json()["failures"] == []
    assert response.json()["valid"] is True


def test_examples_have_every_field_that_answers_have(api: TestClient) -> None:
    for name, answer in _answers(api):
        example = _read(name)["response"]
        assert (example or {}).keys() == (answer or {}).keys(), name
