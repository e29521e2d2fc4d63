from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.evidence_builder import EvidenceBuilder
from subtext.domain.draft import DraftEvidence
from tests.support.builders import BODY, article, claim, summary


def ledger(text: str = BODY) -> EvidenceBuilder:
    return EvidenceBuilder(article(text, title=None))


def test_evidence_stands_in_text_order_whatever_the_draft_s() -> None:
    prompts = ledger()

    prompts.add_framing([claim("the last lifeline"), claim("cap in hand")])

    assert [(item.id, item.match.quote) for item in prompts.evidence] == [
        ("e1", "cap in hand"),
        ("e2", "the last lifeline"),
    ]


def test_of_overlapping_quotes_of_one_voice_and_pole_the_strongest_counts() -> None:
    prompts = ledger()

    prompts.add_framing([claim("on Monday, cap in hand", strength="weak"), claim("cap in hand, for the third time")])

    assert [item.match.quote for item in prompts.evidence] == ["cap in hand, for the third time"]
    assert [item.reason for item in prompts.grounding().rejected_items] == ["overlaps_stronger_evidence"]


@pytest.mark.parametrize(
    "other",
    [claim("cap in hand", "domination"), claim("cap in hand", speaker="Ivo Brandt")],
    ids=["other pole", "other voice"],
)
def test_one_quote_may_count_for_another_pole_or_voice(other: DraftEvidence) -> None:
    prompts = ledger()

    prompts.add_framing([claim("cap in hand"), other])

    assert len(prompts.evidence) == 2


def test_speakers_are_one_voice_whatever_their_case_and_spaces() -> None:
    prompts = ledger()

    prompts.add_framing(
        [
            claim("cap in hand", speaker="Ivo Brandt"),
            claim("the last lifeline", speaker=" ivo  BRANDT "),
            claim("Nobody believed him", speaker="Reporters"),
            claim("shuttered depot", speaker="  "),
        ]
    )

    assert [(voice.id, voice.kind, voice.name) for voice in prompts.voices.values()] == [
        ("author", "author", None),
        ("v1", "attributed", "Ivo Brandt"),
        ("v2", "attributed", "Reporters"),
        ("unclear", "unclear", None),
    ]


def test_a_quote_for_a_voice_only_yields_to_the_same_quote_for_the_article() -> None:
    builder = ledger()

    builder.add_framing([claim("cap in hand", role="voice"), claim("cap in hand", strength="weak")])

    assert [(item.role, item.strength) for item in builder.evidence] == [("framing", "weak")]


def test_quoted_speakers_are_voices_without_any_evidence() -> None:
    builder = ledger()
    builder.add_framing([claim("cap in hand", speaker="Ivo Brandt")])

    builder.add_speakers(["Reporters", "ivo brandt"])

    assert builder.quoted == {"v1", "v2"}
    assert [voice.name for voice in builder.voices.values()] == [None, "Ivo Brandt", "Reporters"]


def test_a_hint_says_which_occurrence_is_meant() -> None:
    prompts = ledger("A plea, a plea and another plea.")

    prompts.add_framing([DraftEvidence("plea", None, "desperation", "weak", at=25)])

    assert prompts.evidence[0].match.span.start == 27


def test_a_summary_sentence_knows_its_evidence() -> None:
    prompts = ledger()
    prompts.add_framing([claim("cap in hand")])

    found = prompts.check_summary(
        summary(
            ("Orlan Freight went back to its creditors, cap in hand.", ("went back to its creditors", "no such words")),
            ("Nobody believed the chairman.", ("Nobody believed him",)),
        )
    )

    assert [sentence.evidence_ids for sentence in found.sentences] == [("s1",), ("s2",)]
    assert [item.id for item in prompts.evidence] == ["e1", "s1", "s2"]
    assert prompts.evidence[1].role == "support"


def test_mentions_are_counted_in_the_text() -> None:
    assert ledger("Orlan, Orlan and Orlando.").count_mentions("Orlan") == 2
    assert ledger().count_mentions("Someone Else") == 0


@given(
    st.lists(st.sampled_from(["cap in hand", "the last lifeline", "in hand, for", "not there", "", "…"]), max_size=8)
)
def test_every_quote_is_either_kept_or_shown_as_rejected(quotes: list[str]) -> None:
    prompts = ledger()
    prompts.add_framing([claim(quote) for quote in quotes])
    prompts.check_summary(summary(("A sentence.", tuple(quotes))))

    counted = prompts.grounding()

    assert counted.proposed == counted.kept + counted.rejected == 2 * len(quotes)
    assert all(prompts.article.text[e.match.span.start : e.match.span.end] == e.match.quote for e in prompts.evidence)
