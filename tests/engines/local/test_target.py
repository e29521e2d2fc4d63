from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.target import infer_target, target_from_name

FRAMING = Path(__file__).resolve().parents[4] / "shared" / "data" / "framing"


@dataclass(frozen=True)
class Case:
    id: str
    title: str | None
    text: str
    name: str | None


CASES = (
    Case("the headline's actor", "Orvane Sells Up", "It was signed by Orvane. So Vane and Vane paid.", "Orvane"),
    Case("the full name", None, "On Monday Anna Orlo spoke. Then Orlo left. In Halden it rained.", "Anna Orlo"),
    Case("possessive", "Orlo’s Long Goodbye", "We saw Orlo leave.", "Orlo"),
    Case("no name", None, "The ministers will meet. They met once.", "the ministers"),
    Case("what the headline alone says", "Leaked: Jobs Are Starting", "We saw Orvane act. Then Orvane left.", "Orvane"),
    Case("a label", "SURVEY: Orlo Wins", "We asked about Orlo. So Orlo was glad.", "Orlo"),
    Case("a number", "One Last Try", "We heard that Anna Orlo came. Later Orlo left.", "Anna Orlo"),
    Case(
        "title case",
        "Orlo Steel Stock Is Falling", "On Monday Orlo Steel fell. Now Orlo Steel is low.", "Orlo Steel",
    ),
    Case("who acts", "Orvane threatens Halden", "So Orvane threatened Halden. Later Halden and Orvane met.", "Orvane"),
    Case("not where", "Orlo speaks in Halden", "It was in Halden that Orlo spoke. In Halden it rained.", "Orlo"),
    Case("group", "Churches struggle", "On Monday churches closed. Many churches struggle.", "churches"),
    Case("group, article", "Judges stop ban", "So the court stopped it. On Monday the court sat.", "the court"),
    Case(
        "another name",
        "U.S. sends aid", "On Monday America sent aid. So America sent more, as the United States do.", "America",
    ),
    Case("adjective", "Russian tanks", "We saw Russian tanks. So Russia won, and Russia knew.", "Russia"),
    Case("days are nobody", None, "It was on Monday and in March.", None),
    Case("a thing in passing", None, "You feel the pinch.", None),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_target_is_whom_the_text_is_about(case: Case) -> None:
    target = infer_target(case.title, split_sentences(case.text))
    assert (target and target.name) == case.name


@pytest.mark.parametrize(
    ("name", "word", "meant"),
    [
        ("Anna Orlo", "orlo", True),
        ("President Anna Orlo", "president", False),
        ("the Kestrel Freight company", "kestrel", True),
        ("the ministers", "ministers", True),
        ("United Harbour Front", "uhf", False),
        ("Harbour Freight Union", "hfu", True),
        ("Anna Orlo", "vane", False),
        ("!?", "vane", False),
    ],
)
def test_a_target_goes_by_the_telling_words_of_its_name(name: str, word: str, meant: bool) -> None:
    assert target_from_name(name).is_named_in([word]) is meant


@pytest.mark.skipif(not FRAMING.exists(), reason="the coded articles do not lie beside the checkout")
@pytest.mark.parametrize("name", ["train", "train2", "dev"])
def test_the_target_of_coded_articles_is_named_in_their_texts(name: str) -> None:
    for line in (FRAMING / f"{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        target = infer_target(row["title"], split_sentences(row["text"]))
        assert target is None or target.name.lower() in row["text"].lower()
