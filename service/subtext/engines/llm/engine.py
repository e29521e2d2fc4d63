"""LLM engine: read articles with any server that speaks the OpenAI chat completions protocol."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from openai import DefaultAioHttpClient

from subtext.analysis.fair_queue import FairQueue
from subtext.analysis.ports import EngineInfo, EngineResult
from subtext.domain.analysis import EngineUsed, PromptUsed, Provenance
from subtext.engines.llm.capabilities import CapabilityCache
from subtext.engines.llm.chunked_reader import ChunkedReader, ChunkSizer
from subtext.engines.llm.client import ChatClient
from subtext.engines.llm.conversation import Conversation, RequestLoop
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.output_schema import is_empty, output_schema_for
from subtext.engines.llm.progress_tracker import ProgressTracker
from subtext.engines.llm.prompt_leaks import PromptLeakFilter
from subtext.engines.llm.retries import RetryPolicy
from subtext.engines.llm.usage import AttemptLog, price_warnings, total_usage
from subtext.errors import AxisNotFound, EngineMisconfigured, PromptNotFound, UnsupportedAxis
from subtext.telemetry.engine_metrics import record_attempts, record_usage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    import httpx2

    from subtext.analysis.ports import AnalysisPart, EngineRequest
    from subtext.clock import Clock
    from subtext.domain.analysis import Attempt
    from subtext.engines.llm.conversation import ModelReply, ParsedDraft
    from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
    from subtext.engines.llm.retries import RetryBudget
    from subtext.prompts.registry import PromptRegistry
    from subtext.prompts.spec import AxisSpec, PromptSpec


SAMPLE_TEMPERATURE = 0.7


def _nonce() -> str:
    return secrets.token_hex(8)


class OpenAICompatibleEngine:
    """Read articles with a model behind an OpenAI-compatible URL; an async context manager that owns its client.

    Attempts, waits and the one request to correct an answer all end by the request's deadline.
    """

    def __init__(  # noqa: PLR0913 - each keyword is a seam of its own
        self,
        endpoint: ModelEndpoint,
        limits: RequestLimits,
        prompts: PromptRegistry,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        nonce: Callable[[], str] = _nonce,
        client_class: type[httpx2.AsyncClient] = DefaultAioHttpClient,
        budget: RetryBudget | None = None,
        turns: FairQueue | None = None,
    ) -> None:
        self._endpoint, self._limits, self._prompts = endpoint, limits, prompts
        self._clock, self._nonce = clock, nonce
        self._server = ChatClient(endpoint, limits, clock, client_class)
        self._capabilities = CapabilityCache(clock)
        policy = RetryPolicy(limits.max_attempts, budget=budget)
        self._loop = RequestLoop(
            self._server, self._capabilities, policy, clock=clock, sleep=sleep, turns=turns or FairQueue()
        )
        self._sizer = ChunkSizer(limits.passage_tokens)
        self._parameters = _parameters(endpoint, endpoint.temperature)
        # Samples of a model that is held to its likeliest words would all be the same.
        self._sampling_parameters = _parameters(
            endpoint, SAMPLE_TEMPERATURE if endpoint.temperature == 0 else endpoint.temperature
        )

    @property
    def info(self) -> EngineInfo:
        """Return the engine's info: no limits of axis or language, and the output mode that is known to work."""
        mode = self._capabilities.current().mode
        return EngineInfo(self._endpoint.name, "llm", self._endpoint.model, output_mode=mode)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()

    async def read(self, request: EngineRequest) -> EngineResult:
        """Return a draft of the parts asked for, inside the request's deadline."""
        prompt, axis = self._prompt(request.parts, request)
        attempts: list[Attempt] = []
        tracker = ProgressTracker(request.on_progress, self._endpoint.model, self._clock)

        async def ask(text: str, parts: frozenset[AnalysisPart], deadline: float) -> ModelReply:
            log = AttemptLog(self._endpoint.server, self._clock, tracker.add_request())
            try:
                return await self._ask_once(text, parts, request, deadline, log)
            finally:
                attempts.extend(log.attempts)
                self._measure(log.attempts)

        try:
            reader = ChunkedReader(request, ask, self._sizer, self._clock, self._limits.parallel, tracker)
            merged = await reader.run()
        except AttemptFailed as failed:
            raise failed.as_error(tuple(attempts), variables=self._endpoint.variables) from failed
        usage = total_usage(attempts, self._endpoint.prices)
        last = merged.answers[-1]
        engine = EngineUsed("llm", self._endpoint.model, last.model, last.mode, merged.samples)
        prompt_used = PromptUsed(prompt.id, prompt.version, prompt.digest_with_axis(axis))
        warnings = *price_warnings(usage), *merged.warnings
        provenance = Provenance(engine, prompt_used, usage)
        return EngineResult(merged.draft, provenance, warnings, merged.coverage, merged.partial, merged.repairs)

    async def _ask_once(
        self, text: str, parts: frozenset[AnalysisPart], request: EngineRequest, deadline: float, log: AttemptLog
    ) -> ModelReply:
        """Ask about one text; the answer is streamed if progress is wanted."""
        prompt, axis = self._prompt(parts, request)
        schema = output_schema_for(parts, request.axis)
        nonce = self._nonce()
        messages = prompt.render(axis, article=text, target=request.target, schema=schema.schema_text, nonce=nonce)
        parameters = self._sampling_parameters if request.samples > 1 else self._parameters
        max_tokens = self._limits.max_output_tokens
        conversation = Conversation(schema, messages, prompt.correction_message, parameters, max_tokens)
        if request.on_progress is not None:
            conversation.require_streaming()
        reply = await self._loop.run(conversation, log, deadline)
        parsed = _without_leaks(reply.parsed, PromptLeakFilter(messages, nonce, text))
        if is_empty(parsed.draft, text):
            if not parsed.partial:
                log.reject("empty_draft")
            raise AttemptFailed("empty_draft")
        if len(log.attempts) == 1:
            self._sizer.calibrate(messages, log.attempts[0].input_tokens)
        return replace(reply, parsed=parsed)

    def _measure(self, attempts: tuple[Attempt, ...]) -> None:
        """Record what was asked of the server about one text, and what that cost, however it ended."""
        usage = total_usage(attempts, self._endpoint.prices)
        record_attempts(self._endpoint.server, attempts)
        record_usage(self._endpoint.name, usage)

    def _prompt(self, parts: frozenset[AnalysisPart], request: EngineRequest) -> tuple[PromptSpec, AxisSpec]:
        try:
            return self._prompts.for_parts(parts), self._prompts.axis(f"{request.axis.id}@{request.axis.version}")
        except AxisNotFound as error:
            raise UnsupportedAxis("the model is not told of this axis: put it into the prompts folder") from error
        except PromptNotFound as error:
            raise EngineMisconfigured(error.detail) from error


def _without_leaks(parsed: ParsedDraft, guard: PromptLeakFilter) -> ParsedDraft:
    draft = guard.redact(parsed.draft)
    return parsed if draft == parsed.draft else replace(parsed, draft=draft, withheld=True)


def _parameters(endpoint: ModelEndpoint, temperature: float | None) -> dict[str, Any]:
    """Return the request's fields that are the same for every article."""
    fields = {"model": endpoint.model, "temperature": temperature}
    return {name: value for name, value in fields.items() if value is not None}
