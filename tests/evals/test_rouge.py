from __future__ import annotations

import asyncio
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.domain.draft import Draft
from subtext.errors import EngineNotFound, EngineServerError, RequestInvalid
from subtext.evals.dataset import read_rows
from subtext.evals.failure_log import Failure, FailureLog
from subtext.evals.rouge import SummaryRow, lead3, rouge, summary_metrics
from tests.support.builders import AXIS, article, summary
from tests.support.fakes import FakeClock, ScriptedEngine
from tests.support.requirements import SHARED_DATA, require_or_skip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtext.domain.analysis import Analysis

TEXT = "First here. Second here. Third here. Fourth here."
DRAFT = summary(("One.", ("cap in hand",)), ("Two.", ("cap in hand",)), ("Three.", ()), ("Four.", ()))


async def answering(title: str, text: str, target: str | None) -> Analysis:
    del text, target
    if title == "bad":
        raise EngineServerError("no")
    engine = ScriptedEngine(Draft(None, DRAFT, None))
    return await Analyzer({"scripted": engine}, FakeClock()).analyze(article(), AnalysisRequest(AXIS))


def words_in_common(reference: str, summary: str) -> Mapping[str, float]:
    """Stands in for ROUGE: the share of the reference's words that the summary has."""
    words = reference.split()
    share = sum(word in summary.split() for word in words) / len(words)
    return {"rouge1": share, "rouge2": share / 2, "rougeL": 0.0}


def row(id_: str, reference: str, title: str = "") -> SummaryRow:
    return SummaryRow(id=id_, title=title, text=TEXT, reference=reference)


async def test_three_sentences_are_held_against_the_reference() -> None:
    rows = [row("bbc-1", "One. Four."), row("xsum-1", "First Two."), row("xsum-2", "Two. Three.", "bad")]
    finished: list[None] = []

    log = FailureLog()
    found = await summary_metrics(
        rows, answering, asyncio.Semaphore(2), words_in_common, lambda: finished.append(None), log
    )

    assert log.failures == (Failure("xsum-2", "engine_erred", "no"),)
    assert (found.sentences, found.failures, len(finished)) == (3, 1, 3)
    assert list(found.by_collection) == ["all", "bbc", "xsum"]
    bbc, xsum = found.by_collection["bbc"], found.by_collection["xsum"]
    # Of the four sentences the first three count: "One." is among them, "Four." is not.
    assert bbc.ours == {"rouge1": 0.5, "rouge2": 0.25, "rougeL": 0.0}
    assert xsum.ours["rouge1"] == (0.5 + 0) / 2
    assert xsum.lead["rouge1"] == (0.5 + 0) / 2
    assert found.by_collection["all"].articles == 3
    assert [figure.name for figure in found.figures()][:4] == ["rouge1", "rouge2", "rougel", "rouge1_bbc"]


@pytest.mark.parametrize(
    ("failure", "asked"), [(EngineServerError("no"), 2), (EngineNotFound("none"), 1), (ValueError("odd"), 2)]
)
async def test_what_fails_for_every_article_is_not_asked_on(failure: Exception, asked: int) -> None:
    async def failing(title: str, text: str, target: str | None) -> Analysis:
        raise failure

    rows, log = [row("bbc-1", "One."), row("bbc-2", "Two.")], FailureLog()

    found = await summary_metrics(rows, failing, asyncio.Semaphore(1), words_in_common, lambda: None, log)

    assert (found.failures, len(log.failures), found.is_measured) == (asked, asked, False)
    assert (log.fatal is failure) is isinstance(failure, EngineNotFound)


async def test_an_answer_without_a_summary_is_a_failure() -> None:
    async def without(title: str, text: str, target: str | None) -> Analysis:
        return replace(await answering(title, text, target), summary=None)

    log = FailureLog()
    found = await summary_metrics(
        [row("bbc-1", "One.")], without, asyncio.Semaphore(1), words_in_common, lambda: None, log
    )

    assert (found.failures, [failure.code for failure in log.failures]) == (1, ["summary_empty"])


def test_the_lead_is_the_first_three_sentences() -> None:
    assert lead3(TEXT) == "First here. Second here. Third here."


@pytest.mark.skipif(find_spec("rouge_score") is not None, reason="rouge-score is installed")
def test_without_the_package_it_is_said_what_to_install() -> None:
    with pytest.raises(RequestInvalid, match=r"pip install 'subtext\[eval\]'"):
        rouge()


def test_rouge_counts_as_published() -> None:
    require_or_skip("rouge", present=find_spec("rouge_score") is not None, why="the extra eval is not installed")

    scores = rouge()("the cats sat on the mat", "a cat sat on a mat")

    # Stemmed: cat, sat, on, mat of six words each; of five pairs each only "cat sat" and "sat on" are shared.
    assert scores["rouge1"] == pytest.approx(4 / 6)
    assert scores["rouge2"] == pytest.approx(2 / 5)
    assert scores["rougeL"] == pytest.approx(4 / 6)


def test_real_rows_are_taken_as_they_are() -> None:
    path = SHARED_DATA / "summaries" / "dev.jsonl"
    require_or_skip("data", present=path.exists(), why="the measuring data beside the checkout is missing")

    assert {row.collection for row in read_rows(path, SummaryRow)} == {"bbc", "cnndm", "xsum"}
