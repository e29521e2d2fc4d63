"""Passage: some sentences of an article, such as those round a quote, and whether they have a word or a name."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.synonyms import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analysis.faithfulness.token import Token
    from subtext.analysis.faithfulness.tokens import TokenizedText


class Passage:
    """Sentences of an article by their numbers."""

    def __init__(self, article: TokenizedText, numbers: Sequence[int]) -> None:
        self._article, self.numbers = article, numbers

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Return the words of these sentences."""
        return Vocabulary(chain.from_iterable([self._article.sentence(number).stems for number in self.numbers]))

    def has_name(self, word: Token) -> bool:
        """Tell whether a name stands in the sentences, in another form, or as the initials of names in a row."""
        return self.vocabulary.covers(word.stem) or (word.text.isupper() and is_initials(word.text, self._written))

    @cached_property
    def _written(self) -> list[str]:
        return [word.text for number in self.numbers for word in self._article.sentence(number).words]


def is_initials(capitals: str, written: Sequence[str]) -> bool:
    """Tell whether a word in capitals is the initials of names in a row among words."""
    return capitals.replace(".", "") in _initials(written)


def _initials(written: Sequence[str]) -> str:
    """Join the first letters of words in a row that have a capital, with a blank between one row and the next."""
    return "".join([word[0] if word[0].isupper() else " " for word in written if word != "of"])
