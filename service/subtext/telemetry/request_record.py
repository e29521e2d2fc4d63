"""Request record: what the layers of one request, or of one item, learn for the line that is logged at its end."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class RequestRecord:
    """Collect the fields of one log line (canonical log line); what is None is left out.

    `outcome` is `ok`, `degraded`, `partial` or `abstained` for an analysis, the code of the problem that was answered,
    `refused` for an error without a problem, or `aborted` without an answer; `upstream_ms`, `tokens` and `cost` are
    sums over all attempts at models' servers.
    """

    client: str | None = None
    owner: str | None = None
    key_id: str | None = None
    engine: str | None = None
    model: str | None = None
    prompt_version: str | None = None
    cache: str | None = None
    upstream_ms: int | None = None
    tokens: int | None = None
    cost: float | None = None
    outcome: str | None = None

    def add_usage(self, tokens: int, cost: float | None) -> None:
        """Add what one reading cost."""
        self.tokens = (self.tokens or 0) + tokens
        if cost is not None:
            self.cost = round((self.cost or 0.0) + cost, 8)

    def fields(self) -> dict[str, Any]:
        """Return what is known, by field name."""
        values = ((name, getattr(self, name)) for name in _NAMES)
        return {name: value for name, value in values if value is not None}


_NAMES = tuple(field.name for field in fields(RequestRecord))
# Tasks copy the context, and so share the record of the request that started them.
_record: ContextVar[RequestRecord | None] = ContextVar("request_record", default=None)


def start_record() -> RequestRecord:
    """Start the record of a request in this context."""
    record = RequestRecord()
    _record.set(record)
    return record


def set_outcome(code: str) -> None:
    """Record the code of the problem in which a request or an item ended."""
    if (record := _record.get()) is not None:
        record.outcome = code


def current_record() -> RequestRecord | None:
    """Return the record of the request that is being answered; None outside of one."""
    return _record.get()
