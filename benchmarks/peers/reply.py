"""The request and the answer that every peer's service has, for pydantic alone."""

from __future__ import annotations

from pydantic import BaseModel

PROMPT = "Summarise this article and say how it frames its subject."


class Ask(BaseModel):
    """An article."""

    text: str


class Sentence(BaseModel):
    """A sentence of the summary with its quotes."""

    text: str
    quotes: list[str]


class Evidence(BaseModel):
    """A quote that shows a pole."""

    quote: str
    speaker: str | None
    pole: str
    indicator: str | None
    strength: str
    polarity: str


class Reply(BaseModel):
    """The model's answer, handed on as it is."""

    target: str | None
    headline: str
    sentences: list[Sentence]
    evidence: list[Evidence]
    rationale: str
    label: str
    confidence: float


def messages(text: str) -> list[dict[str, str]]:
    """Return the conversation that asks about an article."""
    return [{"role": "system", "content": PROMPT}, {"role": "user", "content": text}]
