"""What both clients share: address, headers, and the signatures of methods that are made of operations."""

from __future__ import annotations

import inspect
import os
from contextlib import suppress
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import httpx2

from subtext.client.upload import NdjsonUpload

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.client.exchange import Send

P = ParamSpec("P")
T = TypeVar("T")
DEFAULT_URL = "http://127.0.0.1:8000"
KEY_VARIABLE = "SUBTEXT_API_KEY"
_CONNECT_S = 10.0


def connection_options(base_url: str, key: str | None) -> dict[str, Any]:
    """Return the arguments of the HTTP client: address, and headers with the key (default: `SUBTEXT_API_KEY`)."""
    headers = {"User-Agent": f"subtext-client/{_version()} (python)"}
    if key := key or os.environ.get(KEY_VARIABLE):
        headers["Authorization"] = f"Bearer {key}"
    return {"base_url": base_url, "headers": headers}


def build_request(http: httpx2.Client | httpx2.AsyncClient, step: Send) -> httpx2.Request:
    """Build the request of one attempt."""
    call, timeout = step.call, httpx2.Timeout(step.timeout_s, connect=min(_CONNECT_S, step.timeout_s))
    content = call.content if isinstance(call.content, bytes) else None
    request = http.build_request(
        call.method, call.path, params=call.params, headers=call.headers, content=content, timeout=timeout
    )
    if isinstance(call.content, NdjsonUpload):
        request.stream = call.content
    return request


def describe(method: Callable[P, T], build: Callable[..., object]) -> Callable[P, T]:
    """Give a method the name, the docstring and the parameters of the operation that it is made of."""
    signature = inspect.signature(build)
    client = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    parameters = [client, *signature.parameters.values()]
    described = wraps(build)(method)
    # What the operation returns is a call; what the method returns, type checkers know.
    vars(described)["__signature__"] = signature.replace(parameters=parameters, return_annotation=signature.empty)
    return described


def _version() -> str:
    for distribution in ("subtext-client", "subtext"):
        with suppress(PackageNotFoundError):
            return version(distribution)
    return "0"
