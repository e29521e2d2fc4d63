from __future__ import annotations

from subtext.domain.axis import Axis, Pole
from subtext.domain.draft import DraftEvidence
from subtext.engines.local.claims import Claim
from subtext.engines.local.draft_framing import add_voices, build_framing
from subtext.engines.local.evidence_selection import PoleExcess

AXIS = Axis("a", 1, "A", Pole("low", "Low", "low"), Pole("high", "High", "high"), (), "0" * 64)
TEXT = "It begs for help. It clings to a lifeline. We rule them all."
CHOSEN = (
    Claim(0, 16, None, "low", 4.0, "asserts", "begging"),
    Claim(18, 41, None, "low", 2.0, "asserts", "last_resort"),
    Claim(43, 59, "Orlo", "high", 1.0, "denies", None),
)


def test_the_draft_quotes_the_text_and_says_why() -> None:
    draft = build_framing(TEXT, CHOSEN, PoleExcess(2.0, 0.0), AXIS)
    assert draft.label == "low"
    assert draft.evidence[1:] == (
        DraftEvidence("It clings to a lifeline", None, "low", "moderate", "asserts", "last_resort", 18),
        DraftEvidence("We rule them all", "Orlo", "high", "weak", "denies", None, 43),
    )
    assert draft.rationale == (
        "The author's words point to low in 2 passages (begging, last resort). Other voices point to high in 1 passage."
    )


def test_voices_have_quotes_of_their_own_that_the_reason_does_not_count() -> None:
    draft = build_framing(TEXT, CHOSEN[:2], PoleExcess(2.0, 0.0), AXIS)
    voiced = add_voices(draft, TEXT, CHOSEN[2:], ["Orlo", "Brandt"])
    assert [item.role for item in voiced.evidence] == ["framing", "framing", "voice"]
    assert (voiced.speakers, voiced.rationale) == (("Orlo", "Brandt"), draft.rationale)


def test_the_clearer_the_lead_the_surer_and_never_very_sure() -> None:
    clear, close, mixed = (build_framing(TEXT, CHOSEN, PoleExcess(*sides), AXIS) for sides in ((2, 0), (2, 1), (1, 1)))
    confidences = [framing.confidence or 0.0 for framing in (clear, close, mixed)]
    assert confidences == sorted(set(confidences), reverse=True)
    assert confidences[0] <= 0.5
    assert confidences[-1] > 0
    assert (close.label, mixed.label) == ("low", "mixed")


def test_nothing_beyond_ordinary_reporting_is_neither_and_says_so() -> None:
    draft = build_framing(TEXT, (), PoleExcess(0.0, 0.0), AXIS)
    assert (draft.label, draft.evidence) == ("neither", ())
    assert "ordinary reporting" in draft.rationale
