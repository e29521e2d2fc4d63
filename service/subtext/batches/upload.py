"""Uploads of many articles, line by line: never held in memory, and one bad line fails alone."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from subtext.domain.batch import BATCHES_PATH, LINES_MAX, NewItem
from subtext.schemas.problem import HTTPProblem, problem_from_status
from subtext.schemas.requests import parse_analysis_request
from subtext.schemas.strict_json import parse_request
from subtext.services.tokens import estimate_request_tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.schemas.batch import BatchOptions

_CUSTOM_ID = re.compile(r"[\x21-\x7e]{1,64}")
_ROWS = 500
_INLINE_MAX = 200_000


async def split_lines(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes | None]:
    """The lines that are not blank; None stands for one that is longer than `max_bytes`."""
    held, too_long = bytearray(), False
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            held += part
            if too_long or len(held) > max_bytes:
                yield None
            elif held.strip():
                yield bytes(held)
            held, too_long = bytearray(), False
        held += rest
        if len(held) > max_bytes:
            held, too_long = bytearray(), True
    if too_long:
        yield None
    elif held.strip():
        yield bytes(held)


class UploadParser:
    """Lines become items: numbered, with ids that are unique in the batch, and checked as a request would be."""

    def __init__(self, options: BatchOptions, request_id: str) -> None:
        self._options, self._request_id = options, request_id
        self._ids: set[str] = set()
        self._count = 0
        # What the lines so far may spend, by the engine that each asks for (None: whichever the service prefers).
        self.tokens: Counter[str | None] = Counter()

    async def parse(self, line: bytes | None) -> NewItem:
        """Parse one line as `item` does; a long one in a thread, so that nobody else waits for it."""
        is_short = line is None or len(line) <= _INLINE_MAX
        return self.item(line) if is_short else await asyncio.to_thread(self.item, line)

    def item(self, line: bytes | None) -> NewItem:
        """One line as an item, or as its problem; raises `HTTPProblem` (413) past the last that is taken."""
        if self._count >= LINES_MAX:
            raise HTTPProblem(413, f"a batch has at most {LINES_MAX:,} lines: send the others as another batch")
        position, self._count = self._count, self._count + 1
        custom_id: str | None = None
        try:
            value = _parse_object(line)
            custom_id = self._new_id(value.pop("custom_id", None))
            ask = parse_analysis_request(self._options.merged_with(value))
        except HTTPProblem as error:
            return self._rejected_item(position, custom_id, error)
        kept = ask.model_dump_json(exclude_defaults=True)
        self.tokens[ask.engine] += estimate_request_tokens(len(kept))
        return NewItem(position, custom_id, kept)

    def _new_id(self, given: object) -> str:
        if not isinstance(given, str) or not _CUSTOM_ID.fullmatch(given):
            raise HTTPProblem(422, "give each line a `custom_id` of 1 to 64 visible ASCII characters")
        if given in self._ids:
            raise HTTPProblem(422, "this `custom_id` is that of an earlier line: give each line its own")
        self._ids.add(given)
        return given

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


async def in_groups(items: AsyncIterator[NewItem]) -> AsyncIterator[list[NewItem]]:
    """Items by the transaction that keeps them."""
    group: list[NewItem] = []
    async for item in items:
        group.append(item)
        if len(group) >= _ROWS:
            yield group
            group = []
    if group:
        yield group


def to_line(item: dict[str, Any]) -> bytes:
    """An item of a JSON upload as the line that it would have been."""
    return json.dumps(item).encode()
