"""The project's own sets: every row holds what a labelled article must, and together they are broad enough."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from subtext.evals.dataset import default_datasets, load_datasets
from tests.support.builders import AXIS

ROWS: list[dict[str, Any]] = [
    json.loads(line) for path in default_datasets() for line in path.read_text(encoding="utf-8").splitlines()
]
FIELDS = {"id", "kind", "title", "text", "target", "rival", "label", "author", "voices", "evidence", "notes"}
TRAPS = {"trap", "negation", "irony", "attribution_flip", "rejected_claim", "voices_only", "danger_only", "bluff"}


def test_they_are_read_by_what_reads_any_set() -> None:
    assert sum(len(each.cases) for each in load_datasets(default_datasets(), AXIS.labels)) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_is_whole(row: dict[str, Any]) -> None:
    assert set(row) - {"rival"} == FIELDS - {"rival"}
    assert all(row[name].strip() == row[name] != "" for name in ("id", "kind", "title", "text", "target", "notes"))
    assert 120 <= len(row["text"].split()) <= 400
    assert row["text"] == row["text"].replace("\r", "").replace("\t", " ").replace("  ", " ")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_coded_quote_is_in_its_article(row: dict[str, Any]) -> None:
    whole = f"{row['title']}\n\n{row['text']}"

    assert [quote["quote"] for quote in row["evidence"] if quote["quote"] not in whole] == []
    assert {quote["pole"] for quote in row["evidence"]} <= set(AXIS.poles)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_labels_follow_from_the_evidence_coded(row: dict[str, Any]) -> None:
    author = {quote["pole"] for quote in row["evidence"] if quote["voice"] == "author"}
    others = {quote["pole"] for quote in row["evidence"] if quote["voice"] == "attributed"}

    assert row["author"] == _label(author)
    assert row["label"] == _label(author or others)
    assert {voice["speaker"]: voice["label"] for voice in row["voices"]} == {
        speaker: _label({quote["pole"] for quote in row["evidence"] if quote.get("speaker") == speaker})
        for speaker in {quote["speaker"] for quote in row["evidence"] if "speaker" in quote}
    }


def test_a_target_and_its_rival_are_named_in_the_article() -> None:
    unnamed = [
        (row["id"], name)
        for row in ROWS
        for name in (row["target"], row.get("rival", row["target"]))
        if name.split()[-1].lower() not in f"{row['title']} {row['text']}".lower()
    ]

    assert unnamed == []


def test_they_are_many_and_of_every_label_and_kind() -> None:
    labels = Counter(row["label"] for row in ROWS)

    assert len({row["id"] for row in ROWS}) == len(ROWS) >= 60
    assert labels["desperation"] >= 12
    assert labels["domination"] >= 12
    assert labels["mixed"] >= 10
    assert labels["neither"] >= 15
    assert {row["kind"] for row in ROWS} >= TRAPS


def test_no_two_articles_share_a_text_or_a_title() -> None:
    assert len({row["text"] for row in ROWS}) == len({row["title"] for row in ROWS}) == len(ROWS)


def _label(poles: set[str]) -> str:
    if not poles:
        return "neither"
    return "mixed" if len(poles) > 1 else next(iter(poles))
