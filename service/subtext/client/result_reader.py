"""Read the results of a batch: one JSON object a line (NDJSON).

Lines are split by hand: httpx2 splits text at U+2028 and others too, which JSON may have inside of a string.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.client.models.batch import BatchResult
from subtext.client.responses import parse_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx2


class ResultReader:
    """Read results; HTTP itself says whether the response is complete."""

    def read(self, response: httpx2.Response) -> Iterator[BatchResult]:
        """Yield the results of a response of `Client`."""
        lines = LineSplitter()
        for chunk in response.iter_bytes():
            for line in lines.split(chunk):
                yield parse_json(BatchResult, line)

    async def aread(self, response: httpx2.Response) -> AsyncIterator[BatchResult]:
        """Yield the results of a response of `AsyncClient`."""
        lines = LineSplitter()
        async for chunk in response.aiter_bytes():
            for line in lines.split(chunk):
                yield parse_json(BatchResult, line)


class LineSplitter:
    """Split chunks at line feeds; what follows the last one is not a line yet."""

    def __init__(self) -> None:
        self._rest = b""

    def split(self, chunk: bytes) -> list[bytes]:
        """Return the lines that end in the chunk."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return lines
