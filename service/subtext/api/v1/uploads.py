"""Uploads of many articles, line by line: never held in memory, and one bad line fails alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from subtext.api.problems import HTTP_CODES, FieldProblem, field_problems, problem_body
from subtext.api.rates import tokens_for
from subtext.api.requests import RequestProblem, parse_json
from subtext.api.v1.asks import SAMPLES_MAX, TARGET_MAX, Ask, FramingAsk
from subtext.batches.batch import LINES_MAX, NewItem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_CUSTOM_ID = re.compile(r"[\x21-\x7e]{1,64}")
_ROWS = 500
_PATH = "/v1/batches"


class BatchOptions(Ask):
    """What holds for every item that does not say otherwise."""

    model_config = ConfigDict(strict=False)

    engine: Literal["auto", "llm", "local"] | None = None
    fallback: Literal["auto", "never"] | None = None
    axis: str | None = Field(None, min_length=1, max_length=100)
    target: str | None = Field(None, min_length=1, max_length=TARGET_MAX)
    samples: int | None = Field(None, ge=1, le=SAMPLES_MAX)

    def over(self, ask: dict[str, Any]) -> dict[str, Any]:
        """An item's fields with the options beneath."""
        return self.model_dump(exclude_none=True) | ask


async def lines(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes | None]:
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


class Lines:
    """Lines become items: numbered, with ids that are unique in the batch, and checked as a request would be."""

    def __init__(self, options: BatchOptions, request_id: str) -> None:
        self._options, self._request_id = options, request_id
        self._ids: set[str] = set()
        self._count = 0
        # What the lines so far may spend, by the engine that each asks for (None: whichever the service prefers).
        self.tokens: Counter[str | None] = Counter()

    def item(self, line: bytes | None) -> NewItem:
        """One line as an item, or as its problem; raises `RequestProblem` (413) past the last that is taken."""
        if self._count >= LINES_MAX:
            raise RequestProblem(413, f"a batch has at most {LINES_MAX:,} lines: send the others as another batch")
        position, self._count = self._count, self._count + 1
        custom_id: str | None = None
        try:
            if line is None:
                raise RequestProblem(413, "the line is larger than one request may be: send less text")
            value = parse_json(line)
            if not isinstance(value, dict):
                raise RequestProblem(422, "a line is one JSON object with `custom_id` and an article")
            custom_id = self._new_id(value.pop("custom_id", None))
            ask = FramingAsk.model_validate(self._options.over(value))
        except ValidationError as error:
            code, detail = HTTP_CODES[422]
            return self._bad(position, custom_id, 422, code, detail, field_problems(error))
        except HTTPException as error:
            return self._bad(
                position, custom_id, error.status_code, HTTP_CODES[error.status_code][0], str(error.detail)
            )
        kept = ask.model_dump_json(exclude_defaults=True)
        self.tokens[ask.engine] += tokens_for(len(kept))
        return NewItem(position, custom_id, kept)

    def _new_id(self, given: object) -> str:
        if not isinstance(given, str) or not _CUSTOM_ID.fullmatch(given):
            raise RequestProblem(422, "give each line a `custom_id` of 1 to 64 visible ASCII characters")
        if given in self._ids:
            raise RequestProblem(422, "this `custom_id` is that of an earlier line: give each line its own")
        self._ids.add(given)
        return given

    def _bad(
        self,
        position: int,
        custom_id: str | None,
        status: int,
        code: str,
        detail: str,
        fields: list[FieldProblem] | None = None,
    ) -> NewItem:
        body = problem_body(status, code, detail, retryable=False, instance=_PATH, request_id=self._request_id)
        problem = body.model_copy(update={"errors": fields or []}).model_dump_json()
        return NewItem(position, custom_id, None, problem)


class JsonUpload(Ask):
    """A batch as one JSON object, for what fits into one request."""

    items: list[dict[str, Any]]
    options: BatchOptions = BatchOptions()


async def grouped(items: AsyncIterator[NewItem]) -> AsyncIterator[list[NewItem]]:
    """Items by the transaction that keeps them."""
    group: list[NewItem] = []
    async for item in items:
        group.append(item)
        if len(group) >= _ROWS:
            yield group
            group = []
    if group:
        yield group


def as_line(item: dict[str, Any]) -> bytes:
    """An item of a JSON upload as the line that it would have been."""
    return json.dumps(item).encode()
