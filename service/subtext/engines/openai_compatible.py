"""The LLM engine: any server that speaks the OpenAI chat completions protocol."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from openai import DefaultAioHttpClient

from subtext.analyst.ports import EngineCard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    import httpx2

    from subtext.analyst.ports import Clock, Reading, Task
    from subtext.prompting.registry import PromptBook


@dataclass(frozen=True, slots=True)
class Provider:
    """The server and the model to ask; `api_key` is None where the server wants none."""

    base_url: str
    model: str
    api_key: str | None = None
    name: str = "llm"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a server is asked, and how much of an answer is read (seconds, tokens, bytes)."""

    max_attempts: int = 3
    attempt_timeout_s: float = 20.0
    connect_timeout_s: float = 2.0
    max_output_tokens: int = 2_000
    max_response_bytes: int = 2_000_000


class OpenAICompatibleEngine:
    """Reads articles with a model behind an OpenAI-compatible URL; an async context manager that owns its client."""

    def __init__(
        self,
        provider: Provider,
        patience: Patience,
        book: PromptBook,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        nonce: Callable[[], str] = secrets.token_hex,
        client_class: type[httpx2.AsyncClient] = DefaultAioHttpClient,
    ) -> None:
        self._provider, self._patience, self._book = provider, patience, book
        self._clock, self._sleep, self._nonce = clock, sleep, nonce
        self._client_class = client_class

    @property
    def card(self) -> EngineCard:
        """The model, without limits of axis or language."""
        return EngineCard(self._provider.name, "llm", self._provider.model)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def read(self, task: Task) -> Reading:
        """A draft of the parts asked for, inside the task's deadline."""
        raise NotImplementedError
