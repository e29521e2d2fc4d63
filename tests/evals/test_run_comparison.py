from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from subtext.errors import RequestInvalid
from subtext.evals.run_comparison import StoredReport, compare_runs, read_report
from tests.support.evals import outcome

if TYPE_CHECKING:
    from pathlib import Path

OURS = [
    *(outcome("mixed", "mixed", id_=f"gained{n}") for n in range(6)),
    outcome("neither", "mixed", "domination", id_="lost"),
    *(outcome("neither", "neither", id_=f"kept{n}") for n in range(3)),
    outcome("mixed", "mixed", id_="ours alone"),
]


def stored(**answers: str | None) -> StoredReport:
    rows: list[dict[str, Any]] = [
        {"id": own.id, "labels": own.labels[::-1], "predicted": answers.get(own.id[:4])} for own in OURS[:-1]
    ]
    subject = {"engine": "local", "model": "old"}
    return StoredReport.model_validate({"made_at": "2026-03-01T00:00:00Z", "subject": subject, "answers": rows})


def test_two_runs_over_the_articles_that_both_have() -> None:
    found = compare_runs(OURS, stored(gain="neither", lost="domination", kept="neither"))

    assert found.against == "local engine, old, 2026-03-01T00:00:00Z"
    assert (found.articles, found.only_ours, found.only_theirs) == (10, 6, 1)
    # Seven articles that one run alone got right, split 6 to 1: 2 * (1 + 7) / 2**7.
    assert found.mcnemar == 0.125
    assert found.accuracy.value == pytest.approx(0.9 - 0.4)
    assert found.macro_f1.value > 0


def test_runs_without_an_article_in_common_are_refused() -> None:
    with pytest.raises(RequestInvalid, match="no article is in both"):
        compare_runs(OURS[-1:], stored())


def test_articles_that_were_coded_anew_are_refused() -> None:
    changed = outcome("mixed", "neither", id_="gained0")

    with pytest.raises(RequestInvalid, match="gained0 has other right labels"):
        compare_runs([changed], stored())


@pytest.mark.parametrize("content", ["{}", "words", json.dumps({"made_at": "x", "subject": None, "answers": [{}]})])
def test_what_is_no_report_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RequestInvalid, match=r"other\.json is not a report"):
        read_report(path)


def test_a_report_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestInvalid, match="cannot be read: no such file"):
        read_report(tmp_path / "other.json")
