from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evals.lab import answer, case
from fakes import StillClock
from making import AXIS
from subtext.domain.errors import EngineErred, EngineUnknown
from subtext.evals.cases import CodedQuote, CodedVoice
from subtext.evals.framing import measured
from subtext.evals.outcomes import outcome_of
from subtext.evals.quotes import QuoteTally
from subtext.evals.running import run
from subtext.evals.voices import VoiceTally

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis
    from subtext.domain.errors import SubtextError


class Answering:
    """Answers every article alike, but for the titles that it fails on; notes how many were asked at once."""

    def __init__(self, fails: dict[str, SubtextError] | None = None, clock: StillClock | None = None) -> None:
        self.fails, self.clock = fails or {}, clock or StillClock()
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
    ask = Answering({"bad": EngineErred("no")})
    cases = [case("a"), case("b", title="bad", evidence=[CodedQuote(quote="cap", pole="desperation")])]

    done = await run(cases, ask, monotonic=ask.clock.monotonic)

    assert [outcome.failure for outcome in done.outcomes] == [None, "engine_erred"]
    assert done.outcomes[1].quotes == QuoteTally(coded=1)
    assert measured(done, AXIS).failures == {"engine_erred": 1}
    assert measured(done, AXIS).accuracy.value == 0.5


async def test_when_all_fail_the_failure_is_told() -> None:
    ask = Answering({"bad": EngineErred("the model is gone")})

    with pytest.raises(EngineErred, match="the model is gone"):
        await run([case("a", title="bad"), case("b", title="bad")], ask, monotonic=ask.clock.monotonic)


async def test_variants_may_all_fail_without_the_rest_being_lost() -> None:
    ask = Answering({"bad": EngineErred("the model is gone")})

    done = await run([case("a", title="bad")], ask, monotonic=ask.clock.monotonic, all_may_fail=True)

    assert [outcome.failure for outcome in done.outcomes] == ["engine_erred"]
    assert done.provenance is None


async def test_what_fails_for_every_article_is_not_asked_on() -> None:
    ask = Answering({"bad": EngineUnknown("no such engine")})

    with pytest.raises(EngineUnknown):
        await run([case(str(n), title="bad") for n in range(20)], ask, monotonic=ask.clock.monotonic)

    assert len(ask.asked) <= 2  # the next one may have begun before the first one failed


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
        outcome_of(case(), analysis, 1.0)
