"""The LLM engine: any server that speaks the OpenAI chat completions protocol."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Self

from openai import DefaultAioHttpClient

from subtext.analyst.ports import EngineCard, Reading
from subtext.domain.analysis import EngineUsed, PromptUsed, Provenance
from subtext.domain.errors import AxisNotSupported, AxisUnknown, EngineMisconfigured, PromptUnknown
from subtext.engines.answers import read_body, require_whole
from subtext.engines.attempts import AttemptLog
from subtext.engines.calling import ModelServer
from subtext.engines.drafts import wire_form
from subtext.engines.exchange import Exchange
from subtext.engines.faults import AttemptFailed
from subtext.engines.retrying import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    import httpx2

    from subtext.analyst.ports import Clock, Task
    from subtext.domain.draft import Draft
    from subtext.engines.answers import Answer
    from subtext.engines.provider import Patience, Provider
    from subtext.prompting.registry import PromptBook
    from subtext.prompting.spec import AxisSpec, PromptSpec

OUTPUT_MODE = "json_schema"


def _nonce() -> str:
    return secrets.token_hex(8)


class OpenAICompatibleEngine:
    """Reads articles with a model behind an OpenAI-compatible URL; an async context manager that owns its client.

    Attempts, waits and the one request to mend an answer all end by the task's deadline.
    """

    def __init__(
        self,
        provider: Provider,
        patience: Patience,
        book: PromptBook,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        nonce: Callable[[], str] = _nonce,
        client_class: type[httpx2.AsyncClient] = DefaultAioHttpClient,
    ) -> None:
        self._provider, self._patience, self._book = provider, patience, book
        self._clock, self._sleep, self._nonce = clock, sleep, nonce
        self._retrying = RetryPolicy(patience.max_attempts)
        self._server = ModelServer(provider, patience, clock, client_class)
        self._parameters = _parameters(provider, patience)

    @property
    def card(self) -> EngineCard:
        """The model, without limits of axis or language."""
        return EngineCard(self._provider.name, "llm", self._provider.model)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()

    async def read(self, task: Task) -> Reading:
        """A draft of the parts asked for, inside the task's deadline."""
        prompt, axis = self._prompt(task)
        form = wire_form(task.parts, task.axis)
        messages = prompt.render(
            axis, article=task.article.text, target=task.target, schema=form.schema_text, nonce=self._nonce()
        )
        exchange = Exchange(form, messages, prompt.mend, self._parameters)
        log = AttemptLog(self._provider.name, self._clock)
        answer, draft = await self._answered(exchange, log, task.deadline)
        engine = EngineUsed("llm", self._provider.model, answer.model, OUTPUT_MODE)
        asked = PromptUsed(prompt.id, prompt.version, prompt.digest_with(axis))
        return Reading(draft, Provenance(engine, asked, log.usage()))

    def _prompt(self, task: Task) -> tuple[PromptSpec, AxisSpec]:
        try:
            return self._book.for_parts(task.parts), self._book.axis(f"{task.axis.id}@{task.axis.version}")
        except AxisUnknown as error:
            raise AxisNotSupported("the model is not told of this axis: put it into the prompts folder") from error
        except PromptUnknown as error:
            raise EngineMisconfigured(error.detail) from error

    async def _answered(self, exchange: Exchange, log: AttemptLog, deadline: float) -> tuple[Answer, Draft]:
        """The first answer that is a valid draft; raises what the last attempt came to."""
        run = self._retrying.until(deadline, self._clock, self._sleep, log.waited)
        try:
            return await run(self._attempt, exchange, log, deadline)
        except AttemptFailed as failed:
            raise failed.as_error() from failed

    async def _attempt(self, exchange: Exchange, log: AttemptLog, deadline: float) -> tuple[Answer, Draft]:
        with log.attempt() as trial:
            answer = read_body(await self._server.post(exchange.body(), trial, deadline))
            trial.tokens = answer.tokens
            require_whole(answer)
            return answer, exchange.draft(answer.content)


def _parameters(provider: Provider, patience: Patience) -> dict[str, Any]:
    """The request's fields that are the same for every article."""
    fields = {
        "model": provider.model,
        "temperature": provider.temperature,
        "max_tokens": patience.max_output_tokens,
    }
    return {name: value for name, value in fields.items() if value is not None}
