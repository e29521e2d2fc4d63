"""Upload of a batch as NDJSON: written once, and read again for each attempt; a large one is on disk, not in memory."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING
from weakref import finalize

import httpx2
from pydantic_core import to_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

_MEMORY_MAX, _CHUNK = 8_000_000, 65_536


class NdjsonUpload(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """Lines of JSON as the body of a request, for both kinds of client; bytes are lines already."""

    def __init__(self, items: Iterable[Mapping[str, object] | bytes]) -> None:
        self._file = SpooledTemporaryFile(max_size=_MEMORY_MAX)  # noqa: SIM115 - lives as long as the upload
        finalize(self, self._file.close)
        for item in items:
            self._file.write((item if isinstance(item, bytes) else to_json(item)) + b"\n")
        self.size = self._file.tell()

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk
