"""Content words: which quotes say something of their own, and which are only function words, names or numbers.

A quote such as "the" or a bare name stands in every article, so it is evidence for nothing. A capital letter marks a
name unless the word opens a sentence or stands in a line that capitalizes most of its words. Function words are known
in English, and for a lone word in further languages; in others a lone word of up to three letters counts as one. Linear
in the text, and the article's names are only looked for if a quote has no word in lower case.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.token import is_content_word, tokenize
from subtext.domain.function_words import FUNCTION_WORDS
from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from subtext.analysis.faithfulness.token import Token, TokenizedSentence
    from subtext.analysis.faithfulness.tokens import TokenizedText

# Words that say nothing even beside each other; "down and out" or "no more" are made of others.
_EMPTY = word_set(
    "a an the of to in on at by for from with as and or but that this these those it its he she they them his her "
    "their i we you our your is are was were be been being has have had do does did will would can could may might "
    "shall should so if than then there here who whom which what when where why how into about while because since "
    "such some any each just very said says say"
)
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_PARTICLE_CHARS = 3
# Lines with a larger share of capitals are headlines or the like; a sentence that ends with a stop may have many names.
_LINE_CAPITALS_MAX = 0.5
_SENTENCE_CAPITALS_MAX = 0.9
# More words than this are no bare name, whatever their capitals.
_NAME_WORDS_MAX = 6
_STOPS = (".", "!", "?")
_HAS_LETTER = re.compile(r"[^\W\d_]")


class ContentWords:
    """Judges quotes of one article; `language` is its code, such as `en`, and `names` are known names in it."""

    def __init__(self, wording: TokenizedText, language: str, names: Iterable[str] = ()) -> None:
        self._wording, self._known_names = wording, tuple(names)
        code = language.partition("-")[0]
        self._function_words = FUNCTION_WORDS.get("en" if code == "und" else code)

    def are_in(self, quote: str) -> bool:
        """Tell whether a quote has a word that is neither a function word, nor a number, nor a name."""
        words = [word for word in _words(quote) if word.text.isalpha() or _HAS_LETTER.search(word.text)]
        if len(words) == 1 and not self._can_stand_alone(words[0]):
            return False
        telling = [word for word in words if word.normalized not in _EMPTY]
        if len(telling) > _NAME_WORDS_MAX:
            return True
        return any(not word.text[0].isupper() or _bare(word) not in self._names for word in telling)

    def _can_stand_alone(self, word: Token) -> bool:
        if _SPACELESS.match(word.text):
            return False
        if self._function_words is None:
            return len(word.normalized) > _PARTICLE_CHARS
        return is_content_word(word.normalized) and word.normalized not in self._function_words

    @cached_property
    def _names(self) -> frozenset[str]:
        """Return the words that running text writes with a capital, and those of the known names."""
        running = (sentence for sentence in self._wording.sentences if not _is_capitalized(sentence))
        capitals = (_bare(word) for sentence in running for word in sentence.words if word.is_name)
        known = (_bare(word) for name in self._known_names for word in _words(name) if word.text[0].isupper())
        return frozenset(chain(capitals, known))


def _words(text: str) -> Iterator[Token]:
    return chain.from_iterable(sentence.words for sentence in tokenize(text))


def _bare(word: Token) -> str:
    """Return the word in lower case, without the ending of a possessive."""
    return word.normalized.removesuffix("'s").removesuffix("'")


def _is_capitalized(sentence: TokenizedSentence) -> bool:
    content = [word for word in sentence.words if word.is_content]
    share = _SENTENCE_CAPITALS_MAX if sentence.text.rstrip("\"”’')").endswith(_STOPS) else _LINE_CAPITALS_MAX
    return sum(word.text[0].isupper() for word in content) > share * len(content)
