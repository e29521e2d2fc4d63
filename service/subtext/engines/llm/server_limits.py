"""Server limits: ask a local model's server for its context and for how many requests it answers at a time.

The chat completions API has no place for either, so each kind of server tells it in its own: llama.cpp at /props, vLLM
in its list of models, Ollama at /api/ps for models that are loaded, LM Studio at /api/v0/models. A server that tells
nothing is not asked twice: nothing here is needed for an answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from subtext.engines.llm.client import build_http_client
from subtext.engines.llm.failures import AttemptFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.engines.llm.model_endpoint import ModelEndpoint

_TIMEOUT_S = 5.0
_MAX_BYTES = 2_000_000
# From the server's root; the first that has a number decides.
_PLACES = ("/props", "/v1/models", "/api/ps", "/api/v0/models")
_CONTEXT_FIELDS = ("n_ctx", "loaded_context_length", "max_model_len", "context_length")


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Tokens of context for one request, and requests that are answered at a time; None if the server does not say."""

    context_tokens: int | None = None
    slots: int | None = None


async def fetch_server_limits(
    endpoint: ModelEndpoint, client_class: type[httpx2.AsyncClient] = httpx2.AsyncClient
) -> ServerLimits:
    """Fetch what the provider's server says; a request that fails counts as silence."""
    root = endpoint.base_url.removesuffix("/v1")
    headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
    async with build_http_client(client_class, connect_timeout_s=_TIMEOUT_S, max_bytes=_MAX_BYTES) as client:
        documents = await asyncio.gather(*(_fetch(client, root + place, headers) for place in _PLACES))
    return read_limits([document for document in documents if isinstance(document, dict)], endpoint.model)


def read_limits(documents: list[dict[str, Any]], model: str) -> ServerLimits:
    """Parse the limits in these documents, of any shape; what they say of other models does not count."""
    entries = [entry for document in documents for entry in _entries(document, model)]
    contexts = (_count(entry.get(name)) for entry in entries for name in _CONTEXT_FIELDS)
    slots = (_count(document.get("total_slots")) for document in documents)
    return ServerLimits(next(filter(None, contexts), None), next(filter(None, slots), None))


async def _fetch(client: httpx2.AsyncClient, url: str, headers: dict[str, str]) -> object:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            response = await client.get(url, headers=headers)
        return orjson.loads(response.content) if response.status_code == HTTPStatus.OK else None
    except (httpx2.HTTPError, httpx2.InvalidURL, AttemptFailed, TimeoutError, ValueError):
        return None


def _entries(document: dict[str, Any], model: str) -> Iterator[dict[str, Any]]:
    """Yield what a document says of one model: of the server itself, or in a list under either usual name."""
    settings = document.get("default_generation_settings")
    if isinstance(settings, dict):
        yield settings
    for name in ("data", "models"):
        items = document.get(name)
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and model in {item.get("id"), item.get("name"), item.get("model")}:
                yield item
                meta = item.get("meta")
                if isinstance(meta, dict):
                    yield meta


def _count(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None
