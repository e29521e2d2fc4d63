"""Asking: one exchange with a model's server, until it ends in a draft or in the way it failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.engines.answers import read_body, require_whole
from subtext.engines.dialects import FORM_FIELD, FieldRefused
from subtext.engines.faults import AttemptFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.analyst.ports import Clock
    from subtext.engines.answers import Answer
    from subtext.engines.attempts import AttemptLog
    from subtext.engines.calling import ModelServer
    from subtext.engines.dialects import Dialect, DialectMemory, OutputMode
    from subtext.engines.exchange import Drafted, Exchange
    from subtext.engines.retrying import RetryPolicy


@dataclass(frozen=True, slots=True)
class Answered:
    """A draft and how sound its answer was, the mode that it was asked for in, and what the model calls itself."""

    drafted: Drafted
    mode: OutputMode
    model: str | None


class Asker:
    """Asks one server by one policy, in the dialect that it is known to take."""

    def __init__(
        self,
        server: ModelServer,
        dialects: DialectMemory,
        retrying: RetryPolicy,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._server, self._dialects, self._retrying = server, dialects, retrying
        self._clock, self._sleep = clock, sleep

    async def ask(self, exchange: Exchange, log: AttemptLog, deadline: float) -> Answered:
        """The first answer that is a valid draft, or what was whole in one that was cut short.

        Raises the `AttemptFailed` of the last attempt. A refused field costs no retry: each refusal leaves out one
        thing more, so they come to an end.
        """
        while True:
            dialect = self._dialects.current()
            run = self._retrying.until(deadline, self._clock, self._sleep, log.waited)
            try:
                return await run(self._attempt, exchange, dialect, log, deadline)
            except FieldRefused as refused:
                if not self._leave_out(refused.field, exchange, dialect):
                    raise
            except AttemptFailed:
                if exchange.salvaged is None:
                    raise
                return Answered(exchange.salvaged, exchange.dialect(dialect).mode, log.model)

    def _leave_out(self, field: str, exchange: Exchange, dialect: Dialect) -> bool:
        """Leave a field out that was refused, here alone if only here it was asked for; return whether that can be."""
        asked = exchange.dialect(dialect)
        if field == FORM_FIELD and asked != dialect:
            return exchange.loosen(asked.mode)
        return self._dialects.refused(dialect, field)

    async def _attempt(self, exchange: Exchange, known: Dialect, log: AttemptLog, deadline: float) -> Answered:
        dialect = exchange.dialect(known)
        with log.attempt() as trial:
            answer = read_body(await self._server.post(exchange.body(dialect), trial, deadline))
            trial.tokens, trial.model = answer.tokens, answer.model
            _require_whole(answer, exchange)
            return Answered(self._draft(exchange, dialect, answer), dialect.mode, answer.model)

    def _draft(self, exchange: Exchange, dialect: Dialect, answer: Answer) -> Drafted:
        try:
            drafted = exchange.draft(answer.content, answer.place)
        except AttemptFailed as failed:
            if failed.fault.remedy == "reask" and not exchange.keeps_form(answer.content, dialect.mode):
                self._dialects.ignored(dialect)
                # A schema that is not kept to is still mended once at most; prose says that no form is held at all.
                failed.is_loosened = exchange.loosen(dialect.mode) and failed.outcome == "no_json"
            raise
        self._dialects.kept(dialect)
        return drafted


def _require_whole(answer: Answer, exchange: Exchange) -> None:
    """Fail where there is no whole answer; the next request then leaves more room or says what is wrong."""
    try:
        require_whole(answer)
    except AttemptFailed as failed:
        if failed.outcome == "truncated":
            exchange.keep_whole(answer.content)
            exchange.widen()
        elif failed.outcome == "connection_lost":
            exchange.keep_whole(answer.content)
        elif failed.outcome == "runaway":
            exchange.keep_whole(answer.content)
            exchange.watch()
            exchange.object_to(answer.content.rstrip(), "it goes on without end")
        raise
