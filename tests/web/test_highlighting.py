"""Evidence marked in a text (`analysis_page.highlight`)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.evidence import Evidence, Match, Span
from subtext.schemas.framing import EvidenceView
from subtext.web.analysis_page import highlight

TEXT = "0123456789"


def marked(name: str, start: int, end: int) -> EvidenceView:
    span = Span(start, end)
    match = Match(span, span, TEXT[start:end], 1, 1, "exact")
    if name.startswith("s"):
        return EvidenceView.of(Evidence(name, match, "body", "support"))
    return EvidenceView.of(
        Evidence(name, match, "body", voice_id="author", pole="desperation", strength="strong", polarity="asserts")
    )


@dataclass(frozen=True)
class Cut:
    id: str
    spans: tuple[tuple[str, int, int], ...]
    shown: str


@pytest.mark.parametrize(
    "case",
    [
        Cut("nothing", (), "0123456789"),
        Cut("one", (("e1", 2, 5),), "01[e1:234]56789"),
        Cut("all of it", (("e1", 0, 10),), "[e1:0123456789]"),
        Cut("side by side", (("e1", 2, 5), ("e2", 5, 7)), "01[e1:234][e2:56]789"),
        Cut("overlapping", (("e1", 2, 6), ("e2", 4, 8)), "01[e1:23][e1,e2:45][e2:67]89"),
        Cut("nested", (("e1", 1, 9), ("e2", 4, 6)), "0[e1:123][e1,e2:45][e1:678]9"),
        Cut("the same", (("e1", 2, 5), ("e2", 2, 5)), "01[e1,e2:234]56789"),
        Cut("support below framing", (("s1", 0, 8), ("e1", 2, 5)), "[s1:01][e1,s1:234][s1:567]89"),
    ],
    ids=lambda case: case.id,
)
def test_a_text_is_cut_where_its_cover_changes(case: Cut) -> None:
    evidence = [marked(*span) for span in case.spans]

    shown = "".join(
        f"[{','.join(item.id for item in piece.covers)}:{piece.text}]" if piece.covers else piece.text
        for piece in highlight(TEXT, evidence)
    )

    assert shown == case.shown


SPANS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 10)).filter(lambda edges: edges[0] < edges[1]), max_size=12
)


@given(SPANS)
def test_no_text_is_lost_and_every_span_is_whole(spans: list[tuple[int, int]]) -> None:
    evidence = [marked(f"e{number}", *span) for number, span in enumerate(spans)]

    cut = list(highlight(TEXT, evidence))

    assert "".join(piece.text for piece in cut) == TEXT
    for item in evidence:
        assert "".join(piece.text for piece in cut if item in piece.covers) == item.quote
        assert sum(item in piece.starts for piece in cut) == 1
        assert sum(item in piece.ends for piece in cut) == 1
