# ruff: noqa: E501 - a pattern on a line reads better than wrapped
"""Pattern matcher: try the injection patterns only on the sentences of a text that can match one.

A cheap look at the words of the whole text decides: most articles have none of those that a pattern needs.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem_all
from subtext.analysis.injection.encoded_text import is_encoded, may_be_encoded
from subtext.analysis.injection.patterns import DO, OTHER_SCRIPT, OTHER_STEMS, START
from subtext.analysis.injection.word_masks import (
    FOREIGN,
    MACHINE,
    MARK_MASKS,
    PATTERN_MASKS,
    SECOND_PERSON,
    TRIGGER,
    VERB,
    combine_bits,
    list_masks,
    machine_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from subtext.analysis.injection.patterns import InjectionKind, Pattern
    from subtext.domain.text.prepared import PreparedText

# Each of these begins with one class of characters, which the regex engine looks for fast.
_MARKUP = re.compile(
    r"[<\[{#=`(&%*~_>\"'\u0250-\u1fff\u20d0-\U0010ffff-]"
    r"(?:(?<=[<\[{#=`(&\u0250-\u1fff\u20d0-\U0010ffff])|(?<=[%*~_>-])[%*~_>-]{2}|(?<=[\"']):)"
)
_DIRECTIVE = re.compile(
    rf"{START}(?:{DO}|abandon|attribute|choose|copy|consider|imagine|let (?:us|'s)|pay|pretend|quote|select|set|simulate|stop|suppose|wait|write)\b"
    r"|\b(?:must|should|shall|ha(?:s|ve) to|cannot|is to|are to|obliged|required|asked to|no longer|supposed|say so|only|any longer|no matter)\b"
    r"|\b(?:please|would you|could you|grateful|you|your|yourself|we ask|let us|in force)\b|\bapply any\b",
    re.IGNORECASE,
)


class PatternMatcher:
    """Literal prefilter of a whole text: it tells where a pattern may match at all, which in most texts is nowhere."""

    def __init__(self, text: PreparedText) -> None:
        self._text = text
        vocabulary = text.words.vocabulary
        masks = list_masks(vocabulary)
        # The words that tell something, with their masks.
        self._telling = dict(zip(compress(vocabulary, masks), filter(None, masks), strict=True))
        # Most marks of the patterns are in no article; the inventory tells so without a look at the text.
        self._marks = {
            mark: bits for mark, bits in MARK_MASKS.items() if mark[0] in text.inventory and mark in text.text
        }
        self.is_encoded = may_be_encoded(text, self._telling.values())
        words = combine_bits(self._telling.values())
        self._is_foreign = bool(words & FOREIGN) or _may_instruct_in_other_script(text)
        self._met_by_marks = combine_bits(self._marks.values())
        unmet = ~(words | self._met_by_marks)
        active = [each for each in PATTERN_MASKS if not each[0] & unmet and (each[0] or self._is_foreign)]
        # The patterns that the text may match, in order, each behind the mask of its needs.
        self._active = [(mask, pattern) for mask, _, pattern in active]
        self._masks = [mask for mask, _ in self._active]
        self._needed_words = combine_bits(self._masks) & ~self._met_by_marks
        self._rarest = combine_bits(rarest for _, rarest, _ in active)
        self.mentions_models = len(self._machine_words) > 1

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Return the patterns that the text may match."""
        return tuple(pattern for _, pattern in self._active)

    def trigger_words(self) -> list[str]:
        """Return the words of the text without which, or a mark, no pattern matches."""
        triggers = self._rarest | (TRIGGER | SECOND_PERSON if self._is_foreign else 0)
        return [word for word, mask in self._telling.items() if mask & triggers]

    def mark_offsets(self) -> Iterator[int]:
        """Yield the offsets of the marks without which, or a word, no pattern matches."""
        for mark in [mark for mark, bits in self._marks.items() if bits & self._rarest]:
            yield from [match.start() for match in re.finditer(re.escape(mark), self._text.text)]
        if self._is_foreign:
            yield from [match.start() for match in _MARKUP.finditer(self._text.text)]

    @cached_property
    def machine_stems(self) -> frozenset[str]:
        """Return the stems of the text's words for the reading of a text by a machine."""
        return frozenset(stem_all(self._machine_words))

    @cached_property
    def _machine_words(self) -> frozenset[str]:
        return frozenset[str]().union(*map(machine_words, self.words_about_machines))

    @cached_property
    def words_about_machines(self) -> frozenset[str]:
        """Return the words of the text that are, or have a part that is, about the reading of a text by a machine."""
        return frozenset([word for word, mask in self._telling.items() if mask & MACHINE])

    @property
    def machine_compounds(self) -> list[str]:
        """Return those of them that have several parts."""
        return [word for word in self.words_about_machines if not word.isalpha()]

    def combine(self, words: Iterable[str]) -> int:
        """Return the mask of some words of the text."""
        return combine_bits(filter(None, map(self._telling.get, words)))

    def may_match(self, words: int) -> bool:
        """Tell whether a sentence whose words have this mask has what a pattern needs, if it has the marks."""
        # What is left of a positive number is found several times faster than with a complement.
        unmet = self._needed_words - (words & self._needed_words)
        return self.is_encoded or 0 in map(unmet.__and__, self._masks)

    def classify(self, text: str, words: int) -> InjectionKind | None:
        """Return the form of instruction that a sentence has, whatever the article is about, or None.

        `words` is the mask of its words.
        """
        if self.is_encoded and is_encoded(text):
            return "encoded"
        unmet = ~(words | combine_bits([bits for mark, bits in self._marks.items() if mark in text]))
        for mask, pattern in self._active:
            if not mask & unmet and pattern.form.search(text):
                return pattern.kind if _may_instruct(words) or _MARKUP.search(text) else None
        return None


def _may_instruct_in_other_script(text: PreparedText) -> bool:
    """Tell whether a text has a word for instructions of a language that has another script."""
    if OTHER_SCRIPT.search(text.unusual) is None:
        return False
    lower = text.text.lower()
    return any(stem in lower for stem in OTHER_STEMS)


def _may_instruct(words: int) -> bool:
    return bool(words & TRIGGER) or bool(words & SECOND_PERSON and words & VERB)


def may_direct(text: str) -> bool:
    """Tell whether a sentence may be an order, a rule or an address."""
    return _DIRECTIVE.search(text) is not None
