"""What `subtext doctor` makes of a model's speed, on a loop where minutes pass at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
import respx

from subtext.analysis.analyzer import Analyzer
from subtext.cli.doctor import CheckResult, examine_model
from subtext.intake.limits import IntakeLimits
from subtext.intake.loader import ArticleLoader
from subtext.services.analyses import AnalysisDefaults, AnalysisService
from subtext.settings import LLMSettings
from tests.support.api import settings
from tests.support.engines import URL, completion, engine, good_draft, prompts
from tests.support.event_stream import USAGE, stream_completion
from tests.support.http_mock import HTTPCore2Mocker
from tests.support.virtual_time import LoopClock, run_in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = URL.removesuffix("/v1")
LLM: dict[str, Any] = {"base_url": URL, "model": "some-model"}
PROPS = {"default_generation_settings": {"n_ctx": 4_096}, "total_slots": 1}
# Slow enough for 8 s of reading and 8 tokens/s: 900 tokens need 120 s, and 1,250 more of 1,200 to read take 8 s.
SLOW = stream_completion(first_s=8.0, tokens_per_s=8.0, tokens=400, usage=USAGE | {"prompt_tokens_details": {}})
FAST = stream_completion(first_s=0.5, tokens_per_s=100.0, tokens=400, usage=USAGE)


@pytest.fixture
def router() -> Iterator[respx.Router]:
    with respx.mock(using=HTTPCore2Mocker.name, assert_all_called=False) as found:
        yield found


def examined(limit_s: float = 300.0, deadline_s: float = 30.0, **llm: Any) -> dict[str, CheckResult]:
    """The findings about a model that is given `limit_s` to show what it can, under settings of `deadline_s`."""

    async def main() -> dict[str, CheckResult]:
        clock = LoopClock()
        async with engine(clock) as asked, ArticleLoader(IntakeLimits()) as reader:
            defaults = AnalysisDefaults(AXIS, "auto", "auto", limit_s)
            service = AnalysisService(reader, Analyzer({"llm": asked}, clock), prompts(), clock, defaults, "")
            held = settings(llm=LLMSettings(**LLM, **llm), deadline_s=deadline_s)
            return {finding.check: finding async for finding in examine_model(service, held)}

    return run_in_virtual_time(main)


AXIS = "desperation-domination"


def answers(router: respx.Router, answering: Any, path: str = "/", told: Any = None) -> None:
    """A server with a model, and with what it says of itself at one address."""
    router.post(f"{URL}/chat/completions").mock(side_effect=answering)
    if told is not None:
        router.get(ROOT + path).mock(side_effect=[told])
    router.get(url__startswith=ROOT).mock(return_value=httpx.Response(404))


def test_a_slow_model_is_a_warning_with_the_settings_that_it_needs(router: respx.Router) -> None:
    answers(router, SLOW)

    found = examined()

    speed = found["model speed"]
    assert (found["model"].outcome, speed.outcome) == ("ok", "warning")
    assert speed.measured is not None
    assert speed.measured.first_token_s == pytest.approx(8.0)
    assert speed.measured.tokens_per_s == pytest.approx(8.0)
    assert speed.measured.prompt_tokens_per_s == pytest.approx(150.0)
    assert speed.measured.article_s == pytest.approx(8.0 + 1_250 / 150 + 900 / 8)
    assert speed.detail == (
        "the first token came after 8.0 s (1,200 tokens read); it writes 8.0 tokens/s; "
        "an article of 1,000 words takes about 129 s"
    )
    assert speed.next_step == "export SUBTEXT_DEADLINE_S=220"
    assert speed.settings == {"SUBTEXT_DEADLINE_S": 220}


def test_with_the_proposed_settings_it_is_well(router: respx.Router) -> None:
    answers(router, SLOW)

    assert examined(deadline_s=220.0)["model speed"].outcome == "ok"


def test_an_attempts_own_limit_is_proposed_if_one_is_set(router: respx.Router) -> None:
    answers(router, SLOW)

    assert examined(attempt_timeout_s=20.0)["model speed"].settings == {
        "SUBTEXT_LLM_ATTEMPT_TIMEOUT_S": 200,
        "SUBTEXT_DEADLINE_S": 220,
    }


def test_a_fast_model_needs_nothing(router: respx.Router) -> None:
    answers(router, FAST)

    found = examined()

    assert {finding.outcome for finding in found.values()} == {"ok"}
    assert (found["model speed"].next_step, found["model speed"].settings) == (None, {})


def test_a_model_that_does_not_come_to_its_end_is_measured_all_the_same(router: respx.Router) -> None:
    answers(router, stream_completion(first_s=100.0, tokens_per_s=1.0, tokens=400))

    found = examined(limit_s=300.0)

    assert (found["model"].outcome, found["model speed"].outcome) == ("warning", "warning")
    assert "had not finished after 300 s" in found["model"].detail
    assert "--deadline SECONDS" in str(found["model"].next_step)
    assert found["model speed"].settings == {"SUBTEXT_DEADLINE_S": 1_520}
    assert found["model speed"].measured is not None
    assert found["model speed"].measured.answer_s is None


def test_a_model_that_never_begins_is_a_failure(router: respx.Router) -> None:
    answers(router, stream_completion(first_s=1_000.0, tokens_per_s=1.0, tokens=4))

    assert {name: finding.outcome for name, finding in examined().items()} == {"model": "failed"}


def test_without_a_stream_the_whole_answer_is_measured(router: respx.Router) -> None:
    async def answer(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(40.0)
        return httpx.Response(200, json=completion(good_draft()))

    answers(router, answer)

    speed = examined()["model speed"].measured

    assert speed is not None
    assert (speed.first_token_s, speed.answer_tokens, speed.prompt_tokens) == (None, 300, 1_200)
    assert (speed.answer_s, speed.tokens_per_s, speed.article_s) == (40.0, 7.5, 120.0)


@dataclass(frozen=True)
class Told:
    """What a server says of itself at one of its addresses, and what is proposed for it."""

    id: str
    path: str
    body: dict[str, Any]
    context_tokens: int | None
    settings: dict[str, int] = field(default_factory=dict)


TOLD = (
    Told("llama.cpp", "/props", PROPS, 4_096, {"SUBTEXT_LLM_PARALLEL": 1, "SUBTEXT_LLM_PASSAGE_TOKENS": 900}),
    Told("vLLM", "/v1/models", {"data": [{"id": "some-model", "max_model_len": 32_768}]}, 32_768),
    Told("of another model", "/v1/models", {"data": [{"id": "other", "max_model_len": 8}]}, None),
    Told("Ollama", "/api/ps", {"models": [{"name": "some-model", "context_length": 16_384}]}, 16_384),
    Told("LM Studio", "/api/v0/models", {"data": [{"id": "some-model", "loaded_context_length": 9_200}]}, 9_200),
    Told("of another shape", "/props", {"default_generation_settings": 3, "total_slots": True, "data": {}}, None),
)


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case.id)
def test_what_a_server_says_of_itself_is_heeded(case: Told, router: respx.Router) -> None:
    answers(router, FAST, case.path, httpx.Response(200, json=case.body))

    found = examined()["model speed"]

    assert found.measured is not None
    assert found.measured.context_tokens == case.context_tokens
    assert found.settings == case.settings


def test_a_context_that_holds_nothing_is_told(router: respx.Router) -> None:
    tiny = {"default_generation_settings": {"n_ctx": 2_048}}
    answers(router, FAST, "/props", httpx.Response(200, json=tiny))

    found = examined()["model speed"]

    assert found.outcome == "warning"
    assert "a context of at least 4,450 tokens" in str(found.next_step)


@pytest.mark.parametrize(
    "answer",
    [httpx2.ConnectError("no"), httpx.Response(200, text="<html>"), httpx.Response(200, json=[1])],
    ids=["no connection", "no JSON", "no object"],
)
def test_a_server_that_says_nothing_of_itself_is_measured_all_the_same(answer: Any, router: respx.Router) -> None:
    answers(router, FAST, "/props", answer)

    assert examined()["model speed"].outcome == "ok"
