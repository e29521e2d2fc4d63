"""The LLM engine against a real OpenAI-compatible server. Its model is noise: shape, limits, errors, usage are real."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from openai import DefaultAioHttpClient

from subtext import errors
from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.domain.article import Article, Source
from subtext.engines.llm.engine import OpenAICompatibleEngine
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from subtext.engines.llm.server_limits import ServerLimits, fetch_server_limits
from subtext.prompts.registry import PromptRegistry
from tests.support import prompts as prompt_files
from tests.support.patience import GIVE_UP_S
from tests.support.servers.llama import CONTEXT_TOKENS, KEY, MODEL, llama_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from subtext.analysis.ports import Progress
    from subtext.domain.analysis import Analysis

TEXT = "The firm is running out of time. " * 15
TRIES = 25
PATIENCE = RequestLimits(attempt_timeout_s=GIVE_UP_S, max_output_tokens=500)


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> PromptRegistry:
    """A short axis and prompt: this model reads a character at a time."""
    return PromptRegistry.load([prompt_files.write(tmp_path_factory.mktemp("prompts"), prompt_files.WHOLE)])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with llama_server() as found:
        yield found


async def analysed(
    prompts: PromptRegistry,
    provider: ModelEndpoint,
    patience: RequestLimits = PATIENCE,
    text: str = TEXT,
    client_class: type[httpx2.AsyncClient] = DefaultAioHttpClient,
    on_progress: Callable[[Progress], None] | None = None,
) -> Analysis:
    clock = RealClock()
    question = AnalysisRequest(prompts.axis("hot-cold").axis, frozenset({"framing"}), deadline_s=GIVE_UP_S)
    async with OpenAICompatibleEngine(provider, patience, prompts, clock=clock, client_class=client_class) as llm:
        analyzer, article = Analyzer({"llm": llm}, clock), Article(text, Source("text"))
        return await analyzer.analyze(article, question, on_progress=on_progress)


async def test_a_real_server_gives_a_valid_analysis_whatever_it_says(prompts: PromptRegistry, url: str) -> None:
    analysis = await _first_whole(prompts, url)

    assert analysis.status in {"complete", "partial", "abstained"}
    assert analysis.framing is not None
    assert analysis.provenance.engine.model_reported == MODEL
    assert analysis.provenance.usage.input_tokens
    assert analysis.provenance.usage.output_tokens
    for item in analysis.evidence:
        assert analysis.article.text[item.match.span.start : item.match.span.end] == item.match.quote


async def _first_whole(
    prompts: PromptRegistry, url: str, client_class: type[httpx2.AsyncClient] = DefaultAioHttpClient
) -> Analysis:
    """The first analysis of some tries: random weights ramble on to the limit now and then, or as long as they may."""
    for _ in range(TRIES):
        with contextlib.suppress(errors.EngineOutputTruncated, errors.EngineBadOutput, errors.EngineTimedOut):
            return await analysed(prompts, ModelEndpoint(url, MODEL, KEY, temperature=1.0), client_class=client_class)
    raise AssertionError(f"{TRIES} answers in a row were cut off")


def obliging(*refused: str) -> type[DefaultAioHttpClient]:
    """A client that answers in the server's place where a form is asked for that is `refused`.

    A model of noise keeps to no schema by itself: in the other modes the server holds it to the one that was refused,
    by llama.cpp's own fields, as a real model would hold itself to the prompt.
    """
    schemas: list[Any] = []

    class Obliging(DefaultAioHttpClient):
        async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
            asked = json.loads(request.content)
            form = asked.get("response_format", {"type": "plain"})
            if form["type"] == "json_schema":
                schemas.append(form["json_schema"]["schema"])
            if form["type"] in refused:
                error = {"error": {"message": "no such response_format"}}
                return httpx2.Response(400, json=error, request=request)
            if form["type"] == "json_object":
                form["schema"] = schemas[0]
            elif form["type"] == "plain":
                asked["json_schema"] = schemas[0]
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            return await super().send(self.build_request("POST", request.url, json=asked, headers=headers), **options)

    return Obliging


@pytest.mark.parametrize(
    ("refused", "mode"),
    [((), "json_schema"), (("json_schema",), "json_object"), (("json_schema", "json_object"), "plain")],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_same_object_comes_out_in_every_output_mode(
    prompts: PromptRegistry, url: str, refused: tuple[str, ...], mode: str
) -> None:
    analysis = await _first_whole(prompts, url, obliging(*refused))

    assert analysis.provenance.engine.output_mode == mode
    outcomes = [attempt.outcome for attempt in analysis.provenance.usage.attempts]
    assert outcomes.count("field_refused") == len(refused)
    assert analysis.framing is not None
    assert analysis.status in {"complete", "partial", "abstained"}


async def test_an_answer_cut_at_the_limit_is_told_as_such(prompts: PromptRegistry, url: str) -> None:
    with pytest.raises(errors.EngineOutputTruncated):
        await analysed(prompts, ModelEndpoint(url, MODEL, KEY), RequestLimits(max_output_tokens=16))


async def test_a_wrong_key_is_told_as_such(prompts: PromptRegistry, url: str) -> None:
    with pytest.raises(errors.EngineMisconfigured):
        await analysed(prompts, ModelEndpoint(url, MODEL, "sk-wrong"))


async def test_a_text_over_its_context_is_told_as_such(prompts: PromptRegistry) -> None:
    with llama_server(context_tokens=4_096) as small, pytest.raises(errors.EngineInputTooLong):
        await analysed(
            prompts, ModelEndpoint(small, MODEL, KEY), RequestLimits(passage_tokens=100_000), "word " * 2_000
        )


async def test_a_real_server_says_how_far_it_has_come(prompts: PromptRegistry, url: str) -> None:
    seen: list[Progress] = []

    # A model of noise may go on for as long as it may: it has been seen to come along by then.
    with contextlib.suppress(errors.EngineOutputTruncated, errors.EngineBadOutput, errors.EngineTimedOut):
        await analysed(prompts, ModelEndpoint(url, MODEL, KEY, temperature=1.0), on_progress=seen.append)

    assert seen
    assert {progress.model for progress in seen} == {MODEL}
    assert seen[0].tokens >= 1
    assert seen[0].seconds > 0


async def test_a_real_server_says_what_it_holds(url: str) -> None:
    assert await fetch_server_limits(ModelEndpoint(url, MODEL, KEY)) == ServerLimits(CONTEXT_TOKENS, 1)
