"""Engines under test: an article of our own, answers that a model could give to it, and an engine in front of respx."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx2

from subtext.analysis.ports import ALL_PARTS, EngineRequest
from subtext.domain.article import Article, Source
from subtext.engines.llm.engine import OpenAICompatibleEngine
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from subtext.prompts.registry import PromptRegistry, default_root
from tests.support.prompts import SECOND_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.analysis.fair_queue import FairQueue
    from subtext.analysis.ports import AnalysisPart
    from tests.support.fakes import SleepingClock

URL = "http://127.0.0.1:9/v1"
KEY = "sk-canary-0f1e2d"
PROVIDER = ModelEndpoint(URL, "some-model", KEY)
NONCE = "0123456789abcdef"

TEXT = (
    "Harbour firm offers rivals its last cranes\n\n"
    "Norwick Docks has begun to sell the cranes that it swore it would never part with. “We are stronger than ever,” "
    "its chairman, Lena Brandt, told a half-empty hall on Monday, hours after the third missed payment. The firm is "
    "running out of time: two of its five piers stand idle, and the banks have stopped returning its calls. "
    "Asked for a plan, Ms Brandt pleaded for patience. Rival ports, she said, “still wait for our word before they "
    "move”. None of them has waited since the spring."
)
"""A desperation piece whose only signs of strength are the chairman's own words."""


def article(text: str = TEXT) -> Article:
    """Return the article about Norwick Docks, or one with another text."""
    return Article(text, Source("text"))


@cache
def prompts() -> PromptRegistry:
    """Return the shipped prompts together with the small ones of tests."""
    return PromptRegistry.load([default_root(), SECOND_ROOT])


def task(
    text: str = TEXT,
    *,
    parts: frozenset[AnalysisPart] = ALL_PARTS,
    axis: str = "desperation-domination",
    seconds: float = 30.0,
) -> EngineRequest:
    """Return a request for a reading of the article."""
    return EngineRequest(article(text), prompts().axis(axis).axis, parts, seconds)


def engine(
    clock: SleepingClock,
    *,
    provider: ModelEndpoint = PROVIDER,
    patience: RequestLimits | None = None,
    client_class: type[httpx2.AsyncClient] = httpx2.AsyncClient,
    turns: FairQueue | None = None,
) -> OpenAICompatibleEngine:
    """Return the engine on the transport that respx stands in front of, with every seam in hand."""
    return OpenAICompatibleEngine(
        provider,
        patience or RequestLimits(),
        prompts(),
        clock=clock,
        sleep=clock.sleep,
        nonce=lambda: NONCE,
        client_class=client_class,
        turns=turns,
    )


def evidence(quote: str, pole: str, speaker: str | None = None, **others: str | None) -> dict[str, Any]:
    """Return a piece of evidence as a model writes it."""
    return {
        "quote": quote,
        "speaker": speaker,
        "pole": pole,
        "indicator": None,
        "strength": "moderate",
        "polarity": "asserts",
    } | others


def good_draft(**changes: Any) -> dict[str, Any]:
    """Return what a careful model answers about `TEXT`."""
    return {
        "target": "Norwick Docks",
        "headline": "Norwick Docks sells its cranes after a third missed payment",
        "sentences": [
            {
                "text": "Norwick Docks has begun to sell the cranes that it swore never to part with.",
                "quotes": ["Norwick Docks has begun to sell the cranes that it swore it would never part with"],
            },
            {
                "text": "Two of its five piers stand idle.",
                "quotes": ["two of its five piers stand idle"],
            },
            {
                "text": "Its chairman, Lena Brandt, pleaded for patience.",
                "quotes": ["Ms Brandt pleaded for patience", "its chairman, Lena Brandt, told a half-empty hall"],
            },
        ],
        "evidence": [
            evidence("The firm is running out of time", "desperation", strength="strong"),
            evidence("pleaded for patience", "desperation"),
            evidence("We are stronger than ever", "domination", "Lena Brandt"),
            evidence("still wait for our word before they move", "domination", "Lena Brandt"),
        ],
        "rationale": "The author sets the firm's idle piers and pleas against its boasts.",
        "label": "desperation",
        "confidence": 85,
    } | changes


def attempt_outcome(attempt: Callable[[], object]) -> str:
    """How an attempt ends: `ok`, or the outcome that it fails with; any other exception is a failure of the test."""
    try:
        attempt()
    except AttemptFailed as failed:
        return failed.outcome
    return "ok"


def completion(content: object, *, finish_reason: str | None = "stop", **others: Any) -> dict[str, Any]:
    """Return a chat completion as a server sends it; a dict as content is sent as JSON text."""
    text = json.dumps(content) if isinstance(content, dict) else content
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "some-model-2026-01",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
        "usage": {
            "prompt_tokens": 1_200,
            "completion_tokens": 300,
            "total_tokens": 1_500,
            "prompt_tokens_details": {"cached_tokens": 1_000},
        },
    } | others
