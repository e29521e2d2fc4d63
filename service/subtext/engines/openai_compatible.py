"""The LLM engine: any server that speaks the OpenAI chat completions protocol."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from openai import DefaultAioHttpClient

from subtext.analyst.ports import EngineCard, Reading
from subtext.domain.analysis import EngineUsed, PromptUsed, Provenance
from subtext.domain.errors import AxisNotSupported, AxisUnknown, EngineMisconfigured, PromptUnknown
from subtext.engines.accounting import price_notices, usage_of
from subtext.engines.article_reading import ArticleReading
from subtext.engines.asking import Asker
from subtext.engines.attempts import AttemptLog
from subtext.engines.calling import ModelServer
from subtext.engines.dialects import DialectMemory
from subtext.engines.drafts import wire_form
from subtext.engines.exchange import Exchange
from subtext.engines.faults import AttemptFailed
from subtext.engines.leaks import LeakGuard
from subtext.engines.progress import ProgressTracker
from subtext.engines.retrying import RetryPolicy
from subtext.engines.sizes import PassageSizes
from subtext.engines.substance import is_empty

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    import httpx2

    from subtext.analyst.ports import Clock, Part, Task
    from subtext.domain.analysis import Attempt
    from subtext.engines.asking import Answered
    from subtext.engines.budget import RetryBudget
    from subtext.engines.exchange import Drafted
    from subtext.engines.provider import Patience, Provider
    from subtext.prompting.registry import PromptBook
    from subtext.prompting.spec import AxisSpec, PromptSpec


SAMPLE_TEMPERATURE = 0.7


def _nonce() -> str:
    return secrets.token_hex(8)


class OpenAICompatibleEngine:
    """Reads articles with a model behind an OpenAI-compatible URL; an async context manager that owns its client.

    Attempts, waits and the one request to mend an answer all end by the task's deadline.
    """

    def __init__(  # noqa: PLR0913 - each keyword is a seam of its own
        self,
        provider: Provider,
        patience: Patience,
        book: PromptBook,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        nonce: Callable[[], str] = _nonce,
        client_class: type[httpx2.AsyncClient] = DefaultAioHttpClient,
        budget: RetryBudget | None = None,
    ) -> None:
        self._provider, self._patience, self._book = provider, patience, book
        self._clock, self._nonce = clock, nonce
        self._server = ModelServer(provider, patience, clock, client_class)
        self._dialects = DialectMemory(clock)
        retrying = RetryPolicy(patience.max_attempts, budget=budget)
        self._asker = Asker(self._server, self._dialects, retrying, clock=clock, sleep=sleep)
        self._sizes = PassageSizes(patience.passage_tokens)
        self._parameters = _parameters(provider, provider.temperature)
        # Samples of a model that is held to its likeliest words would all be the same.
        self._sampled = _parameters(provider, SAMPLE_TEMPERATURE if provider.temperature == 0 else provider.temperature)

    @property
    def card(self) -> EngineCard:
        """The model, without limits of axis or language, and the output mode that its server is known to take."""
        return EngineCard(self._provider.name, "llm", self._provider.model, output_mode=self._dialects.current().mode)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()

    async def read(self, task: Task) -> Reading:
        """A draft of the parts asked for, inside the task's deadline."""
        prompt, axis = self._prompt(task.parts, task)
        attempts: list[Attempt] = []
        tracker = ProgressTracker(task.on_progress, self._provider.model, self._clock)

        async def ask(text: str, parts: frozenset[Part], deadline: float) -> Answered:
            log = AttemptLog(self._provider.name, self._clock, tracker.add_request())
            try:
                return await self._asked(text, parts, task, deadline, log)
            finally:
                attempts.extend(log.attempts)

        try:
            reading = ArticleReading(task, ask, self._sizes, self._clock, self._patience.parallel, tracker)
            whole = await reading.run()
        except AttemptFailed as failed:
            raise failed.as_error(tuple(attempts), variables=self._provider.variables) from failed
        usage = usage_of(attempts, self._provider.prices)
        last = whole.answers[-1]
        engine = EngineUsed("llm", self._provider.model, last.model, last.mode, whole.samples)
        asked = PromptUsed(prompt.id, prompt.version, prompt.digest_with(axis))
        notices = *price_notices(usage), *whole.notices
        provenance = Provenance(engine, asked, usage)
        return Reading(whole.draft, provenance, notices, whole.coverage, whole.partial, whole.repairs)

    async def _asked(self, text: str, parts: frozenset[Part], task: Task, deadline: float, log: AttemptLog) -> Answered:
        """The answer about one text; streamed if somebody wants to see how it comes."""
        prompt, axis = self._prompt(parts, task)
        form = wire_form(parts, task.axis)
        nonce = self._nonce()
        messages = prompt.render(axis, article=text, target=task.target, schema=form.schema_text, nonce=nonce)
        parameters = self._sampled if task.samples > 1 else self._parameters
        exchange = Exchange(form, messages, prompt.mend, parameters, self._patience.max_output_tokens)
        if task.on_progress is not None:
            exchange.watch()
        answered = await self._asker.ask(exchange, log, deadline)
        drafted = _without_leaks(answered.drafted, LeakGuard(messages, nonce, text))
        if is_empty(drafted.draft, text):
            if not drafted.partial:
                log.reject("empty_draft")
            raise AttemptFailed("empty_draft")
        if len(log.attempts) == 1:
            self._sizes.learn(messages, log.attempts[0].input_tokens)
        return replace(answered, drafted=drafted)

    def _prompt(self, parts: frozenset[Part], task: Task) -> tuple[PromptSpec, AxisSpec]:
        try:
            return self._book.for_parts(parts), self._book.axis(f"{task.axis.id}@{task.axis.version}")
        except AxisUnknown as error:
            raise AxisNotSupported("the model is not told of this axis: put it into the prompts folder") from error
        except PromptUnknown as error:
            raise EngineMisconfigured(error.detail) from error


def _without_leaks(drafted: Drafted, guard: LeakGuard) -> Drafted:
    draft = guard.cleaned(drafted.draft)
    return drafted if draft == drafted.draft else replace(drafted, draft=draft, withheld=True)


def _parameters(provider: Provider, temperature: float | None) -> dict[str, Any]:
    """The request's fields that are the same for every article."""
    fields = {"model": provider.model, "temperature": temperature}
    return {name: value for name, value in fields.items() if value is not None}
