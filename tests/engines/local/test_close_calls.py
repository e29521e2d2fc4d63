"""Short texts of our own, coded by the codebook: the lexicon's label, or none for what is too short or no prose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.domain.article import Article, Language, Source
from subtext.engines.local.engine import LocalEngine
from tests.support.builders import AXIS
from tests.support.fakes import FakeClock

LINES = (Path(__file__).with_name("cases") / "close_calls.jsonl").read_text("utf-8").splitlines()


class Case(TypedDict):
    """Text with the label that the codebook gives it."""

    id: str
    target: str | None
    label: str | None
    text: str


CASES: list[Case] = [json.loads(line) for line in LINES]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
async def test_the_label_is_the_codebooks(case: Case) -> None:
    article = Article(case["text"], Source("text"), language=Language("en", None))

    clock = FakeClock()
    analysis = await Analyzer({"local": LocalEngine(monotonic=clock.monotonic)}, clock).analyze(
        article, AnalysisRequest(AXIS, target=case["target"], deadline_s=600)
    )

    assert analysis.framing is not None
    assert analysis.framing.overall.label == case["label"]
