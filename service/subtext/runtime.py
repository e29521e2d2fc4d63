"""The composition root: settings become one running whole, opened and closed in one place."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from subtext.analyst.analyst import AUTO, Analyst, Question
from subtext.analyst.ports import BOTH
from subtext.engines.accounting import Prices
from subtext.engines.local.engine import LocalEngine
from subtext.engines.openai_compatible import OpenAICompatibleEngine
from subtext.engines.provider import Patience, Provider
from subtext.intake.limits import ExtractLimits, FetchLimits, ReadLimits
from subtext.intake.reader import Reader
from subtext.prompting.registry import PromptBook, shipped_root

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.analyst.ports import Clock, Engine, Part
    from subtext.settings import Settings

VERSION = version("subtext")


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Wall-clock time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything a surface needs: how articles come in, who reads them, and what can be asked.

    `default_axis`, `default_engine` and `deadline_s` fill in what a caller leaves out.
    """

    reader: Reader
    analyst: Analyst
    book: PromptBook
    default_axis: str
    default_engine: str
    deadline_s: float

    def question(
        self,
        *,
        axis: str | None = None,
        target: str | None = None,
        engine: str | None = None,
        parts: frozenset[Part] = BOTH,
    ) -> Question:
        """A question with the defaults filled in; raises `AxisUnknown`."""
        spec = self.book.axis(axis or self.default_axis)
        wanted = self.default_engine if engine in {None, AUTO} else engine
        return Question(spec.axis, parts, target, wanted or AUTO, self.deadline_s)


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """The running whole, until the context is left; raises `PromptInvalid` or `SettingsInvalid`."""
    async with AsyncExitStack() as stack:
        roots = [shipped_root(), *([settings.prompts_dir] if settings.prompts_dir else [])]
        book = PromptBook.load(roots)
        book.axis(settings.axis)
        clock = SystemClock()
        reader = await stack.enter_async_context(Reader(_read_limits(settings)))
        engines: dict[str, Engine] = {}
        if settings.llm.is_configured:
            engines["llm"] = await stack.enter_async_context(_model(settings, book, clock))
        engines["local"] = LocalEngine()
        yield Runtime(
            reader=reader,
            analyst=Analyst(engines, clock),
            book=book,
            default_axis=settings.axis,
            default_engine=settings.engine,
            deadline_s=settings.deadline_s,
        )


def _read_limits(settings: Settings) -> ReadLimits:
    fetch, extract = settings.fetch, settings.extract
    return ReadLimits(
        max_text_chars=settings.max_text_chars,
        fetch=FetchLimits(**fetch.model_dump()),
        extract=ExtractLimits(**extract.model_dump()),
    )


def _model(settings: Settings, book: PromptBook, clock: Clock) -> OpenAICompatibleEngine:
    llm = settings.llm
    api_key = llm.api_key.get_secret_value() if llm.api_key else None
    prices = Prices(llm.price_input, llm.price_output, llm.price_cached, llm.currency)
    provider = Provider(base_url=llm.base_url or "", model=llm.model or "", api_key=api_key, prices=prices)
    patience = Patience(
        max_attempts=llm.max_attempts,
        attempt_timeout_s=llm.attempt_timeout_s,
        max_output_tokens=llm.max_output_tokens,
        max_response_bytes=llm.max_response_bytes,
    )
    return OpenAICompatibleEngine(provider, patience, book, clock=clock)
