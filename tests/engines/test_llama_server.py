"""The LLM engine against a real OpenAI-compatible server. Its model is noise: shape, limits, errors, usage are real."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from prompting import shelves
from servers.llama import KEY, MODEL, llama_server
from subtext.analyst.analyst import Analyst, Question
from subtext.domain import errors
from subtext.domain.article import Article, Source
from subtext.engines.openai_compatible import OpenAICompatibleEngine
from subtext.engines.provider import Patience, Provider
from subtext.prompting.registry import PromptBook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.analysis import Analysis

TEXT = "The firm is running out of time. " * 15
TRIES = 25
PATIENCE = Patience(attempt_timeout_s=60.0, max_output_tokens=500)


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PromptBook:
    """A short axis and prompt: this model reads a character at a time."""
    return PromptBook.load([shelves.write(tmp_path_factory.mktemp("prompts"), shelves.WHOLE)])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with llama_server() as found:
        yield found


async def analysed(book: PromptBook, provider: Provider, patience: Patience = PATIENCE, text: str = TEXT) -> Analysis:
    clock = RealClock()
    question = Question(book.axis("hot-cold").axis, frozenset({"framing"}), deadline_s=90.0)
    async with OpenAICompatibleEngine(provider, patience, book, clock=clock) as llm:
        return await Analyst({"llm": llm}, clock).analyse(Article(text, Source("text")), question)


async def test_a_real_server_gives_a_valid_analysis_whatever_it_says(book: PromptBook, url: str) -> None:
    analysis = await _first_whole(book, url)

    assert analysis.status in {"complete", "abstained"}
    assert analysis.framing is not None
    assert analysis.provenance.engine.model_reported == MODEL
    assert analysis.provenance.usage.input_tokens
    assert analysis.provenance.usage.output_tokens
    for item in analysis.evidence:
        assert analysis.article.text[item.match.span.start : item.match.span.end] == item.match.quote


async def _first_whole(book: PromptBook, url: str) -> Analysis:
    """The first analysis of some tries: a model of random weights rambles on to the limit now and then."""
    for _ in range(TRIES):
        with contextlib.suppress(errors.EngineOutputTruncated):
            return await analysed(book, Provider(url, MODEL, KEY, temperature=1.0))
    raise AssertionError(f"{TRIES} answers in a row were cut off")


async def test_an_answer_cut_at_the_limit_is_told_as_such(book: PromptBook, url: str) -> None:
    with pytest.raises(errors.EngineOutputTruncated):
        await analysed(book, Provider(url, MODEL, KEY), Patience(max_output_tokens=16))


async def test_a_wrong_key_is_told_as_such(book: PromptBook, url: str) -> None:
    with pytest.raises(errors.EngineMisconfigured):
        await analysed(book, Provider(url, MODEL, "sk-wrong"))


async def test_a_text_over_its_context_is_told_as_such(book: PromptBook, url: str) -> None:
    with pytest.raises(errors.EngineInputTooLong):
        await analysed(book, Provider(url, MODEL, KEY), text="word " * 12_000)
