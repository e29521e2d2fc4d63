"""Parse JSON strictly: reject what parsers disagree about (RFC 8259, sections 4, 6 and 8)."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from subtext.domain import strict_json
from subtext.schemas.problem import FieldProblem, HTTPProblem, json_pointer_token

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTE = ord('"')
# Most values (lists, objects and what they hold) of one request: a comparison of 20 analyses has about 15,000, and so
# many empty objects take 15 MB.
VALUES_MAX = 200_000
# Most entries of one list of a request.
ENTRIES_MAX = 1_000
# Bytes of JSON that are parsed in under 5 ms; more is parsed in a thread.
INLINE_MAX_BYTES = 200_000
_VALUE_START = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{,]', re.DOTALL)


def parse_json(body: bytes, max_values: int = VALUES_MAX) -> Any:
    """Parse one JSON value of at most `max_values` values; a byte order mark before it is skipped.

    Raises `HTTPProblem` (400, or 413 for too many values) that says where and what, and repeats nothing of the body.
    """
    _require_few_values(body, max_values)
    try:
        return strict_json.parse_json(body)
    except strict_json.InvalidJson as error:
        raise HTTPProblem(400, error.detail) from error


def parse_request(body: bytes) -> Any:
    """Parse the body of a request: one JSON value none of whose lists has more than `ENTRIES_MAX` entries.

    Raises `HTTPProblem` as `parse_json` does, and with 422 for the first list that is too long: before anything is
    validated entry by entry.
    """
    value = parse_json(body)
    if body.count(b",") >= ENTRIES_MAX:
        _require_short_lists(value)
    return value


def _require_short_lists(value: Any) -> None:
    pending = [("", value)]
    while pending:
        path, entry = pending.pop()
        if isinstance(entry, list) and len(entry) > ENTRIES_MAX:
            message = f"has {len(entry):,} entries: send {ENTRIES_MAX:,} at most"
            raise HTTPProblem(422, fields=[FieldProblem(pointer=path, code="too_long", message=message)])
        for name, child in _children(entry):
            if isinstance(child, list | dict):
                pending.append((f"{path}/{json_pointer_token(name)}", child))


def _children(entry: Any) -> Iterable[tuple[object, Any]]:
    return entry.items() if isinstance(entry, dict) else enumerate(entry) if isinstance(entry, list) else ()


def _require_few_values(body: bytes, limit: int) -> None:
    """Bound the memory and the time of parsing: two million empty lists fit into 6 MB."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") <= limit:
        return
    opened = (token for token in _VALUE_START.finditer(body) if token[0][0] != _QUOTE)
    if next(islice(opened, limit, None), None) is not None:
        raise HTTPProblem(413, f"the body has more than {limit:,} values: send fewer at a time")
