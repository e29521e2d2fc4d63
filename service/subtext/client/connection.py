"""What both clients share: address, headers, and the signatures of methods that are made of operations."""

from __future__ import annotations

import inspect
import os
import re
from contextlib import suppress
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import httpx2

from subtext.client.errors import InvalidOption
from subtext.client.upload import NdjsonUpload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from subtext.client.exchange import Send

P = ParamSpec("P")
T = TypeVar("T")
DEFAULT_URL = "http://127.0.0.1:8000"
KEY_VARIABLE = "SUBTEXT_API_KEY"
_CONNECT_S = 10.0
_VISIBLE = re.compile(r"[!-~]+")


def connection_options(base_url: str, key: str | None) -> dict[str, Any]:
    """Return the arguments of the HTTP client: address, and headers with the key (default: `SUBTEXT_API_KEY`).

    Blanks around the key are dropped, such as the line feed of a file. Raises `InvalidOption`.
    """
    headers = {"User-Agent": f"subtext-client/{_version()} (python)"}
    if key := (key or os.environ.get(KEY_VARIABLE) or "").strip():
        headers["Authorization"] = f"Bearer {require_visible(key, 'the key')}"
    return {"base_url": _parse_address(base_url), "headers": headers}


def require_visible(value: str, name: str) -> str:
    """Raise `InvalidOption` unless a header can carry the value: visible ASCII characters, without blanks."""
    if not _VISIBLE.fullmatch(value):
        raise InvalidOption(f"{name} has blanks or characters that are not ASCII: use it as it was given")
    return value


def _parse_address(base_url: str) -> httpx2.URL:
    try:
        address = httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise InvalidOption(f"{base_url!r} is no address ({error}): use one such as {DEFAULT_URL}") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise InvalidOption(f"{base_url!r} is no address of a service: use one such as {DEFAULT_URL}")
    return address


class TimedBody(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """Body of a response that has to end in time: a timeout of the HTTP client is about one read alone."""

    def __init__(self, stream: Any, ends_at: float, monotonic: Callable[[], float]) -> None:
        self._stream, self._ends_at, self._monotonic = stream, ends_at, monotonic

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._require_time()
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._require_time()
            yield chunk

    def close(self) -> None:
        """Close the connection, or give it back."""
        self._stream.close()

    async def aclose(self) -> None:
        """Close the connection, or give it back."""
        await self._stream.aclose()

    def _require_time(self) -> None:
        if self._monotonic() > self._ends_at:
            raise httpx2.ReadTimeout("the body did not end within the deadline")


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
