"""Parse uploads of many articles as a stream of lines: constant memory, and one invalid line fails alone."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from subtext.domain.batch import BATCHES_PATH, LINES_MAX, NewItem
from subtext.schemas.bounded_json import INLINE_MAX_BYTES, parse_request
from subtext.schemas.problem import HTTPProblem, problem_from_status
from subtext.schemas.requests import parse_analysis_request
from subtext.services.token_meter import estimate_request_tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.schemas.batch import BatchOptions

_CUSTOM_ID = re.compile(r"[\x21-\x7e]{1,64}")
_GROUP_SIZE = 500


async def split_lines(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes | None]:
    """Split a stream into lines that are not blank; yield None for one that is longer than `max_bytes`."""
    buffer, too_long = bytearray(), False
    async for chunk in chunks:
        *complete, rest = chunk.split(b"\n")
        for part in complete:
            buffer += part
            if too_long or len(buffer) > max_bytes:
                yield None
            elif buffer.strip():
                yield bytes(buffer)
            buffer, too_long = bytearray(), False
        buffer += rest
        if len(buffer) > max_bytes:
            buffer, too_long = bytearray(), True
    if too_long:
        yield None
    elif buffer.strip():
        yield bytes(buffer)


class UploadParser:
    """Parse lines into items: number them, require unique ids, and validate each as a request."""

    def __init__(self, options: BatchOptions, request_id: str) -> None:
        self._options, self._request_id = options, request_id
        self._ids: set[str] = set()
        self._count = 0
        # Tokens that the lines so far may spend, by the engine that each names (None: the service's default).
        self.tokens: Counter[str | None] = Counter()

    async def parse(self, line: bytes | None) -> NewItem:
        """Parse one line as `parse_line` does; a long one in a thread, so that other requests are not blocked."""
        is_short = line is None or len(line) <= INLINE_MAX_BYTES
        return self.parse_line(line) if is_short else await asyncio.to_thread(self.parse_line, line)

    def parse_line(self, line: bytes | None) -> NewItem:
        """Parse one line into an item, or into its problem; raises `HTTPProblem` (413) beyond `LINES_MAX`."""
        if self._count >= LINES_MAX:
            raise HTTPProblem(413, f"a batch has at most {LINES_MAX:,} lines: send the others as another batch")
        position, self._count = self._count, self._count + 1
        custom_id: str | None = None
        try:
            value = _parse_object(line)
            custom_id = self._new_id(value.pop("custom_id", None))
            body = parse_analysis_request(self._options.merged_with(value))
        except HTTPProblem as error:
            return self._rejected_item(position, custom_id, error)
        document = body.model_dump_json(exclude_defaults=True)
        self.tokens[body.engine] += estimate_request_tokens(len(document))
        return NewItem(position, custom_id, document)

    def _new_id(self, custom_id: object) -> str:
        if not isinstance(custom_id, str) or not _CUSTOM_ID.fullmatch(custom_id):
            raise HTTPProblem(422, "give each line a `custom_id` of 1 to 64 visible ASCII characters")
        if custom_id in self._ids:
            raise HTTPProblem(422, "this `custom_id` is that of an earlier line: give each line its own")
        self._ids.add(custom_id)
        return custom_id

    def _rejected_item(self, position: int, custom_id: str | None, error: HTTPProblem) -> NewItem:
        problem = problem_from_status(
            error.status_code, error.detail, fields=error.fields, instance=BATCHES_PATH, request_id=self._request_id
        )
        return NewItem(position, custom_id, None, problem.model_dump_json())


def _parse_object(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise HTTPProblem(413, "the line is larger than one request may be: send less text")
    value = parse_request(line)
    if not isinstance(value, dict):
        raise HTTPProblem(422, "a line is one JSON object with `custom_id` and an article")
    return value


async def iter_groups(items: AsyncIterator[NewItem]) -> AsyncIterator[list[NewItem]]:
    """Group items into lists of the size of one transaction."""
    group: list[NewItem] = []
    async for item in items:
        group.append(item)
        if len(group) >= _GROUP_SIZE:
            yield group
            group = []
    if group:
        yield group


def to_line(item: dict[str, Any]) -> bytes:
    """Return an item of a JSON upload as the line that it would have been in NDJSON."""
    return json.dumps(item).encode()
