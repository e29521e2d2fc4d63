"""One operation of the API as a value: what to send, how to read the response, and whether it may be repeated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    import httpx2

    from subtext.client.upload import NdjsonUpload

T_co = TypeVar("T_co", covariant=True)
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """Operation to call.

    `is_repeatable`: sent twice it does no more than once, so that it may be sent again after a broken connection;
    `accepts_key`: an idempotency key makes it so. `parse` reads the whole body of the response;
    that of a stream is left to its reader.
    """

    method: str
    path: str
    parse: Callable[[bytes], T_co]
    params: Mapping[str, Any] = field(default_factory=dict)
    content: bytes | NdjsonUpload | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = False
    accepts_key: bool = False
    is_stream: bool = False

    def with_header(self, name: str, value: str) -> Call[T_co]:
        """Return the same call with one more header."""
        return replace(self, headers={**self.headers, name: value})

    def with_param(self, name: str, value: Any) -> Call[T_co]:
        """Return the same call with one more query parameter, or another value of it."""
        return replace(self, params={**self.params, name: value})


class StreamReader(Protocol[T_co]):
    """Read the entries of one response while it arrives; raises `ServiceUnreachable` if it ends too early."""

    def read(self, response: httpx2.Response) -> Iterator[T_co]:
        """Yield the entries of a response of `Client`."""

    def aread(self, response: httpx2.Response) -> AsyncIterator[T_co]:
        """Yield the entries of a response of `AsyncClient`."""


@dataclass(frozen=True, slots=True)
class StreamCall(Generic[T_co]):
    """Operation whose response is a stream."""

    call: Call[None]
    reader: StreamReader[T_co]
