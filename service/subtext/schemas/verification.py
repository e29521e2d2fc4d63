"""Define the verification views."""

from __future__ import annotations

from pydantic import Field

from subtext.schemas.base import View


class FailureView(View):
    """Claim of the analysis that does not hold."""

    pointer: str = Field(description="JSON pointer into the analysis.")
    code: str = Field(
        description="digest_differs, quote_differs, utf16_differs, occurrence_differs, id_repeated, evidence_missing, "
        "voice_missing, voice_differs, support_differs, headline_unsupported, summary_text_differs, label_differs, "
        "score_differs, indicators_differ, divergence_differs, no_content_words or malformed."
    )
    message: str


class CheckedView(View):
    """Number of checks that were made."""

    quotes: int
    references: int
    verdict: bool = Field(description="Whether there was a verdict to recompute.")


class VerificationView(View):
    """Result of the verification; valid if every claim holds."""

    valid: bool
    checked: CheckedView
    failures: list[FailureView]
