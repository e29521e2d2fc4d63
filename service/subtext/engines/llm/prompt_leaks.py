"""Prompt leaks: withhold a model's own words if they repeat the prompt.

The prompts are no secret; an answer made of them is still no answer about the article, and what repeats the code that
fences the article was written by somebody who wants to break out of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from subtext.domain.draft import Draft, DraftSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from subtext.domain.draft import DraftFraming
    from subtext.prompts.spec import Message

# So many words in a row are not the same by chance, where the article does not have them too.
NGRAM: Final = 8
_WORD: Final = re.compile(r"[^\W_]+")


class PromptLeakFilter:
    """Filter a draft by what its request told the model; words of the article are nobody's secret."""

    def __init__(self, messages: Iterable[Message], nonce: str, article: str) -> None:
        system = "\n".join(message.content for message in messages if message.role == "system")
        self._ngrams = _ngrams_of(system)
        self._nonce, self._article = nonce, article

    def leaks(self, words: str) -> bool:
        """Return whether words hold the nonce or eight words in a row of the system prompt, and not of the article."""
        if self._nonce in "".join(_WORD.findall(words)):
            return True
        repeated = self._ngrams.intersection(_find_ngrams(words))
        return bool(repeated) and not repeated.issubset(_find_ngrams(self._article))

    def redact(self, draft: Draft) -> Draft:
        """Return the draft without what repeats the prompt; the same draft if nothing does.

        A sentence or a quote is left out, a speaker becomes nobody in particular, a line is left empty.
        """
        target = None if draft.target is not None and self.leaks(draft.target) else draft.target
        summary = draft.summary and self._summary(draft.summary)
        return Draft(target, summary, draft.framing and self._framing(draft.framing))

    def _summary(self, summary: DraftSummary) -> DraftSummary:
        sentences = (
            replace(sentence, quotes=tuple(quote for quote in sentence.quotes if not self.leaks(quote)))
            for sentence in summary.sentences
            if not self.leaks(sentence.text)
        )
        return DraftSummary(self._line(summary.headline), tuple(sentences))

    def _framing(self, framing: DraftFraming) -> DraftFraming:
        evidence = (
            replace(item, speaker="") if item.speaker and self.leaks(item.speaker) else item
            for item in framing.evidence
            if not self.leaks(item.quote)
        )
        return replace(framing, rationale=self._line(framing.rationale), evidence=tuple(evidence))

    def _line(self, words: str) -> str:
        return "" if self.leaks(words) else words


def _find_ngrams(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return zip(*(words[first:] for first in range(NGRAM)), strict=False)


# The system prompt is the same for every article.
@lru_cache(maxsize=64)
def _ngrams_of(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_find_ngrams(text))
