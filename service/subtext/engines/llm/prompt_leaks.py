"""Prompt leaks: withhold a model's own words if they repeat the prompt.

The prompts are no secret; an answer made of them is still no answer about the article, and what repeats the code that
fences the article was written by somebody who wants to break out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from subtext.domain.draft import Draft, DraftSummary
from subtext.domain.text.words import list_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.domain.draft import DraftFraming
    from subtext.prompts.spec import Message

# So many words in a row are not the same by chance, where the article does not have them too.
NGRAM: Final = 8
_TRIGRAM: Final = 3
_STRIDE: Final = NGRAM - _TRIGRAM + 1
_WORD: Final = re.compile(r"[^\W_]+")
# Turns all but letters and digits of ASCII to blanks.
_LOWER_OR_BLANK: Final = bytes(code if bytes((code,)).isalnum() else 32 for code in bytes(range(256)).lower())


class PromptLeakFilter:
    """Filter a draft by what its request told the model; words of the article are nobody's secret."""

    def __init__(self, messages: Iterable[Message], nonce: str, article: str) -> None:
        system = "\n".join(message.content for message in messages if message.role == "system")
        self._prompt = _index_ngrams(system)
        self._nonce, self._article = nonce, article

    def leaks(self, words: str) -> bool:
        """Return whether words hold the nonce or eight words in a row of the system prompt, and not of the article."""
        folded = _fold_words(words)
        if self._nonce in "".join(folded):
            return True
        repeated = self._prompt.find_in(folded)
        return bool(repeated) and not repeated.issubset(_ngrams(_fold_words(self._article)))

    def redact(self, draft: Draft) -> Draft:
        """Return the draft without what repeats the prompt; the same draft if nothing does.

        A sentence or a quote is left out, a speaker becomes nobody in particular, a line is left empty.
        """
        # If nothing of the whole leaks, nothing of a part does.
        if not self.leaks("\n".join(_texts(draft))):
            return draft
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


@dataclass(frozen=True, slots=True)
class _NgramIndex:
    """Every run of eight words of a prompt, and of three: eight words of a text hold three that begin at a sixth."""

    ngrams: frozenset[tuple[str, ...]]
    trigrams: frozenset[tuple[str, ...]]

    def find_in(self, words: Sequence[str]) -> frozenset[tuple[str, ...]]:
        """Return the runs of eight words that folded words share with the prompt."""
        if self.trigrams.isdisjoint(zip(words[::_STRIDE], words[1::_STRIDE], words[2::_STRIDE], strict=False)):
            return frozenset()
        return self.ngrams.intersection(_ngrams(words))


# The system prompt is the same for every article.
@lru_cache(maxsize=64)
def _index_ngrams(text: str) -> _NgramIndex:
    words = _fold_words(text)
    return _NgramIndex(frozenset(_ngrams(words)), frozenset(_ngrams(words, _TRIGRAM)))


def _fold_words(text: str) -> list[str]:
    """Return the words of a text without case; bytes are parted many times as fast where only ASCII has letters."""
    # Of ASCII, the characters that are listed are marks alone.
    if _WORD.search(list_characters(text)):
        return _WORD.findall(text.casefold())
    return text.encode("utf-8", "surrogatepass").translate(_LOWER_OR_BLANK).decode("ascii").split()


def _ngrams(words: Sequence[str], length: int = NGRAM) -> Iterator[tuple[str, ...]]:
    return zip(*(words[first:] for first in range(length)), strict=False)


def _texts(draft: Draft) -> Iterator[str]:
    """Yield every text of a draft that a model has written."""
    yield draft.target or ""
    if draft.summary is not None:
        yield draft.summary.headline
        for sentence in draft.summary.sentences:
            yield sentence.text
            yield from sentence.quotes
    if draft.framing is not None:
        yield draft.framing.rationale
        for item in draft.framing.evidence:
            yield item.quote
            yield item.speaker or ""
