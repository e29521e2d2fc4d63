"""Sizes: how much text one request to a server holds, corrected by the tokens that it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.analyst.passages import estimate_tokens, passages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.domain.evidence import Span
    from subtext.prompting.spec import Message

# How much one report moves the estimate, and how far it may go from the script's own.
_WEIGHT = 0.3
_RATIO_MIN, _RATIO_MAX = 0.5, 6.0
# Smaller pieces than this say nothing of an article.
TOKENS_MIN = 200.0


class PassageSizes:
    """Passages of at most so many of the server's own tokens."""

    def __init__(self, tokens: int) -> None:
        self._tokens, self._ratio = float(tokens), 1.0

    @property
    def tokens(self) -> float:
        """The estimated tokens that a passage may have."""
        return max(TOKENS_MIN, self._tokens / self._ratio)

    def split(self, text: str) -> tuple[Span, ...]:
        """The passages of a text; one where it fits."""
        return passages(text, self.tokens)

    def halved(self, text: str) -> tuple[Span, ...]:
        """Smaller passages of a text that turned out too long."""
        return passages(text, max(TOKENS_MIN, min(self.tokens, estimate_tokens(text)) / 2))

    def learn(self, messages: Iterable[Message], counted: int | None) -> None:
        """Note how many tokens the server counted in a request."""
        estimated = sum(estimate_tokens(message.content) for message in messages)
        if counted and estimated:
            ratio = min(_RATIO_MAX, max(_RATIO_MIN, counted / estimated))
            self._ratio += _WEIGHT * (ratio - self._ratio)
