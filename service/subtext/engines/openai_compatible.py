"""The LLM engine: any server that speaks the OpenAI chat completions protocol."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Omit

from subtext.analyst.ports import EngineCard, Reading
from subtext.domain.analysis import EngineUsed, PromptUsed, Provenance
from subtext.domain.errors import AxisNotSupported, AxisUnknown, EngineMisconfigured, PromptUnknown
from subtext.engines.answers import read_body, require_whole
from subtext.engines.attempts import AttemptLog
from subtext.engines.drafts import wire_form
from subtext.engines.exchange import Exchange
from subtext.engines.faults import AttemptFailed, outcome_of_connection, outcome_of_status
from subtext.engines.retrying import RetryPolicy, retry_after
from subtext.engines.transport import guarded_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from openai._types import RequestOptions

    from subtext.analyst.ports import Clock, Task
    from subtext.domain.draft import Draft
    from subtext.engines.answers import Answer
    from subtext.engines.attempts import Trial
    from subtext.prompting.registry import PromptBook
    from subtext.prompting.spec import AxisSpec, PromptSpec

OUTPUT_MODE = "json_schema"
# Of a client that needs no key: the SDK wants one all the same, and it is not sent.
_NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class Provider:
    """The server and the model to ask.

    `api_key` is None where the server wants none, `temperature` None where the model takes none.
    """

    base_url: str
    model: str
    api_key: str | None = None
    temperature: float | None = 0.0
    name: str = "llm"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a server is asked, and how much of an answer is read (seconds, tokens, bytes)."""

    max_attempts: int = 3
    attempt_timeout_s: float = 20.0
    connect_timeout_s: float = 2.0
    max_output_tokens: int = 2_000
    max_response_bytes: int = 2_000_000


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
        self._client = _client(provider, patience, client_class)
        self._parameters = _parameters(provider, patience)
        self._options: RequestOptions = {"headers": _headers(provider)}

    @property
    def card(self) -> EngineCard:
        """The model, without limits of axis or language."""
        return EngineCard(self._provider.name, "llm", self._provider.model)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def read(self, task: Task) -> Reading:
        """A draft of the parts asked for, inside the task's deadline."""
        prompt, axis = self._prompt(task)
        form = wire_form(task.parts, task.axis)
        messages = prompt.render(
            axis, article=task.article.text, target=task.target, schema=form.schema_text, nonce=self._nonce()
        )
        exchange = Exchange(form, messages, self._parameters)
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
            answer = read_body(await self._posted(exchange.body(), trial, deadline))
            trial.tokens = answer.tokens
            require_whole(answer)
            return answer, exchange.draft(answer.content)

    async def _posted(self, body: bytes, trial: Trial, deadline: float) -> bytes:
        """The body of a successful response, had in time."""
        allowed = min(self._patience.attempt_timeout_s, deadline - self._clock.monotonic())
        try:
            async with asyncio.timeout(allowed):
                response = await self._client.post(
                    "/chat/completions", cast_to=httpx2.Response, content=body, options=self._options
                )
        except TimeoutError as error:
            raise AttemptFailed("timed_out") from error
        except APIStatusError as error:
            trial.status = error.status_code
            wait = retry_after(error.response.headers, self._clock.now())
            raise AttemptFailed(outcome_of_status(error.status_code, error.body), retry_after_s=wait) from error
        except (APIConnectionError, aiohttp.ClientError) as error:
            # aiohttp's transport lets through what its map does not know, such as a status line that is none.
            raise AttemptFailed(outcome_of_connection(error)) from error
        trial.status = response.status_code
        return response.content


def _client(provider: Provider, patience: Patience, client_class: type[httpx2.AsyncClient]) -> AsyncOpenAI:
    """The SDK's client, without retries of its own."""
    return AsyncOpenAI(
        base_url=provider.base_url,
        api_key=provider.api_key or _NO_KEY,
        max_retries=0,
        http_client=guarded_client(
            client_class,
            timeout_s=patience.attempt_timeout_s,
            connect_timeout_s=patience.connect_timeout_s,
            max_bytes=patience.max_response_bytes,
        ),
    )


def _parameters(provider: Provider, patience: Patience) -> dict[str, Any]:
    """The request's fields that are the same for every article."""
    fields = {
        "model": provider.model,
        "temperature": provider.temperature,
        "max_tokens": patience.max_output_tokens,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _headers(provider: Provider) -> dict[str, str | Omit]:
    """What stands above the SDK's own headers, so that its environment variables decide nothing."""
    key = f"Bearer {provider.api_key}" if provider.api_key else Omit()
    return {"Authorization": key, "OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
