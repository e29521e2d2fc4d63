from __future__ import annotations

import pytest

from subtext.domain.draft import DraftEvidence
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.quote_counts import QuoteCounts
from tests.support.analyses import build_analysis

EVIDENCE = (
    DraftEvidence("cap in hand", None, "desperation", "strong"),
    DraftEvidence("everybody at the table knew it", "Ivo Brandt", "desperation", "strong"),
    DraftEvidence("dictate the terms", "Ivo Brandt", "domination", "strong", role="voice"),
)


@pytest.mark.parametrize(
    ("pole", "counts", "words"),
    [
        ("desperation", QuoteCounts(1, 1, 0), "1 by the author, 1 by others"),
        ("domination", QuoteCounts(0, 0, 1), "0 by the author, 0 by others, 1 for its voice only"),
    ],
)
def test_a_quote_is_counted_once_by_what_it_counts_for(pole: str, counts: QuoteCounts, words: str) -> None:
    view = AnalysisView.of(build_analysis(evidence=EVIDENCE, label="desperation"))

    found = QuoteCounts.of(view.evidence, pole)

    assert (found, str(found)) == (counts, words)


def test_several_quotes_for_their_voices_are_told_as_several() -> None:
    assert str(QuoteCounts(0, 1, 2)) == "0 by the author, 1 by others, 2 for their voices only"
