from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from subtext.errors import EngineNotFound, EngineServerError
from subtext.evals.dataset import CodedQuote, CodedVoice
from subtext.evals.failure_log import Failure, FailureLog
from subtext.evals.framing_metrics import framing_metrics
from subtext.evals.quote_metrics import QuoteTally
from subtext.evals.results import score_case
from subtext.evals.runner import run
from subtext.evals.voice_metrics import VoiceTally
from tests.support.builders import AXIS, TITLE
from tests.support.evals import answer, case
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis


class Answering:
    """Answers every article alike, but for the titles that it fails on; notes how many were asked at once."""

    def __init__(self, fails: dict[str, Exception] | None = None, clock: FakeClock | None = None) -> None:
        self.fails, self.clock = fails or {}, clock or FakeClock()
        self.asked: list[str | None] = []
        self.now = self.most = 0

    async def __call__(self, title: str, text: str, target: str | None) -> Analysis:
        self.asked.append(target)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        await self.clock.sleep(2.0)
        self.now -= 1
        if title in self.fails:
            raise self.fails[title]
        return await answer()


async def test_an_answer_is_held_against_what_is_coded() -> None:
    ask = Answering()
    coded = case(
        author="desperation",
        voices=[CodedVoice(speaker="Brandt", label="domination")],
        evidence=[CodedQuote(quote="hand, for the third time", pole="desperation")],
    )

    done = await run([coded], ask, monotonic=ask.clock.monotonic)

    (found,) = done.outcomes
    assert (found.predicted, found.is_right, found.author) == ("desperation", True, ("desperation", "desperation"))
    assert found.quotes == QuoteTally(coded=1, found=1, proposed=2, on_quote=1, in_sentence=1)
    assert found.voices == VoiceTally(coded=1, heard=1, right=1)
    assert (found.proposed, found.kept) == (3, 2)
    assert (found.effort.seconds, done.seconds) == (2.0, 2.0)
    assert ask.asked == ["Orlan"]


async def test_an_article_without_an_answer_is_wrong_and_counted() -> None:
    ask = Answering({"bad": EngineServerError("no")})
    coded = [CodedQuote(quote=quote, pole="desperation") for quote in ("bad", "cap", "not in the article")]
    cases = [case("a"), case("b", title="bad", evidence=coded)]

    done = await run(cases, ask, monotonic=ask.clock.monotonic)

    assert [outcome.failure for outcome in done.outcomes] == [None, "engine_erred"]
    assert done.outcomes[1].quotes == QuoteTally(coded=2, lost=1)
    assert framing_metrics(done, AXIS).failures == {"engine_erred": 1}
    assert framing_metrics(done, AXIS).accuracy.value == 0.5


async def test_when_all_fail_each_failure_is_named() -> None:
    ask, log = Answering({"bad": EngineServerError("the model is gone")}), FailureLog()
    cases = [case("a", title="bad"), case("b", title="bad")]

    done = await run(cases, ask, monotonic=ask.clock.monotonic, log=log)

    assert [outcome.failure for outcome in done.outcomes] == ["engine_erred"] * 2
    assert done.provenance is None
    assert log.failures == tuple(Failure(name, "engine_erred", "the model is gone") for name in "ab")


async def test_a_failure_names_the_variant() -> None:
    ask, log = Answering({"bad": EngineServerError("no")}), FailureLog()

    await run([case("a", title="bad")], ask, monotonic=ask.clock.monotonic, log=log, variant="no frame")

    assert [failure.id for failure in log.failures] == ["a, no frame"]


async def test_a_mistake_of_ours_costs_one_article_and_no_more() -> None:
    ask, log = Answering({"bad": ValueError("two and two")}), FailureLog()

    done = await run([case("a", title="bad"), case("b")], ask, monotonic=ask.clock.monotonic, log=log)

    assert [outcome.failure for outcome in done.outcomes] == ["internal", None]
    assert "ValueError: two and two" in log.failures[0].message


async def test_an_answer_without_a_framing_fails_alone() -> None:
    async def ask(title: str, text: str, target: str | None) -> Analysis:
        found = await answer()
        return replace(found, framing=None) if title == "bad" else found

    done = await run([case("a", title="bad"), case("b")], ask, monotonic=FakeClock().monotonic)

    assert [outcome.failure for outcome in done.outcomes] == ["internal", None]


@pytest.mark.parametrize("at_once", [1, 3])
async def test_what_fails_for_every_article_is_not_asked_on_and_loses_no_answer(at_once: int) -> None:
    ask, log = Answering({"bad": EngineNotFound("no such engine")}), FailureLog()
    cases = [case(str(n), title="bad" if n == 5 else TITLE) for n in range(20)]

    done = await run(cases, ask, monotonic=ask.clock.monotonic, at_once=at_once, log=log)

    assert isinstance(log.fatal, EngineNotFound)
    assert log.stopped == Failure("5", "engine_unknown", "no such engine")
    assert [outcome.failure for outcome in done.outcomes[:6]] == [None] * 5 + ["engine_unknown"]
    assert 6 <= len(ask.asked) <= 5 + at_once  # those beside it had begun before it failed


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_are_asked_at_once_than_allowed_and_order_is_kept(at_once: int) -> None:
    ask, finished = Answering(), []
    cases = [case(str(number)) for number in range(7)]

    done = await run(
        cases, ask, monotonic=ask.clock.monotonic, at_once=at_once, done=lambda: finished.append(len(ask.asked))
    )

    assert ask.most == at_once
    assert [outcome.id for outcome in done.outcomes] == [str(number) for number in range(7)]
    assert len(finished) == 7


async def test_an_answer_without_a_framing_is_no_answer_to_a_case() -> None:
    analysis = replace(await answer(), framing=None)

    with pytest.raises(ValueError, match="without a framing"):
        score_case(case(), analysis, 1.0)
