# ruff: noqa: E501 - a pattern on a line reads better than wrapped
"""Pattern matcher: try the injection patterns only on the sentences of a text that can match one.

A cheap look at the words of the whole text decides: most articles have none of those that a pattern needs.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from subtext.analysis.faithfulness.stemming import stem_all
from subtext.analysis.injection.encoded_text import is_encoded, may_be_encoded
from subtext.analysis.injection.patterns import DO, LATIN_STEMS, OTHER_SCRIPT, OTHER_STEMS, PATTERNS, START
from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from subtext.analysis.injection.patterns import InjectionKind, Pattern
    from subtext.domain.text.prepared import PreparedText

# No form is without one of these: most sentences of an article are done with at a glance.
_TRIGGERS = word_set(
    "ignore disregard forget override overlook bypass discard skip follow obey instruction instructions prompt prompts directive "
    "directives directions user system assistant admin administrator developer human bot chatgpt ai llm gpt "
    "model models chatbot chat label classify rate mark score tag code treat describe frame judge assess stance framing verdict "
    "classification sentiment confidence evidence summary headline support intensity print output reply respond answer return "
    "repeat echo type write display emit produce generate following above below text sentence reading summarizer "
    "summariser summarizing summarising automated screening annotation hidden secret internal confidential note message profile "
    "correct expected important password passphrase pass domain access magic codeword keyword act behave role roleplay act "
    "responding replying step word import def class subprocess end begin start say context document data input tool rest "
    "denied granted username fine-tune finetune fine-tuning recruiter reviewer expert evaluator grader moderator warning notice attention reminder final right proper true pass passphrases "
    "ignoriere ignorieren ignorier vergiss vergessen missachte ignora ignorad ignoren ignorez ignorer oubliez oublie oublier "
    "négligez olvida olvide descarta dimentica ignorate trascura esqueça desconsidere negeer vergeet zignoruj pomiń zapomnij"
)
# Many a reader is addressed: these are a trigger only beside a verb that an answer can be ordered with.
_SECOND_PERSON = word_set("you your you're not never don't")
_VERBS = frozenset(re.sub(r"[\W]+", " ", DO.replace("(?:", " ").replace("[sz]", "s")).split()) | word_set(
    "act acting now want need like must should shall end obey"
)
# Each of these begins with one class of characters, which the regex engine looks for fast.
_MARKUP = re.compile(
    r"[<\[{#=`(&%*~_>\"'\u0250-\u1fff\u20d0-\U0010ffff-]"
    r"(?:(?<=[<\[{#=`(&\u0250-\u1fff\u20d0-\U0010ffff])|(?<=[%*~_>-])[%*~_>-]{2}|(?<=[\"']):)"
)
# What a compound word is made of: "fine-tune", "you're", "password123", and what no blank stands in ("now.Ignore").
_PARTS = re.compile(r"['’.-]|(?<=[a-z])(?=\d)")
# Words for the reading of a text by a machine: where nothing else in an article is about them, they are no part of it.
_MACHINE_WORDS = word_set(
    "ai llm llms assistant assistants chatbot chatbots model models machine machines software machine-readable automated "
    "analyst tool tools reader readers summarizer summarisation summarization analyses analysis annotator coder terminal "
    "label labels classification classify classified confidence framing stance rationale headline evidence quote quotes "
    "quotation summary summaries summarise summarised summarize summarized verdict score scored answer reply output desperation domination "
    "article text paragraph paragraphs sentence sentences line lines page pages document conversation story piece "
    "instruction instructions prompt prompts task tasks rules rule guidance restriction restrictions direction directions directive "
    "code codes decode base64 rot13 tag tags field ignore disregard pretend imagine simulate game spokesman told "
    "praise repeat repeats mention rate describe treat report processing analyse analyze subject strength strongest"
)
_DIRECTIVE = re.compile(
    rf"{START}(?:{DO}|abandon|attribute|choose|copy|consider|imagine|let (?:us|'s)|pay|pretend|quote|select|set|simulate|stop|suppose|wait|write)\b"
    r"|\b(?:must|should|shall|ha(?:s|ve) to|cannot|is to|are to|obliged|required|asked to|no longer|supposed|say so|only|any longer|no matter)\b"
    r"|\b(?:please|would you|could you|grateful|you|your|yourself|we ask|let us|in force)\b|\bapply any\b",
    re.IGNORECASE,
)
# By number: the patterns whose rarest need a word may be, those whose rarest need a mark may be, and those without needs.
_PATTERNS_BY_WORD: Final[dict[str, tuple[int, ...]]] = {
    word: tuple(number for number, each in enumerate(PATTERNS) if each.needs and word in each.needs[0].words)
    for word in frozenset[str]().union(*[each.needs[0].words for each in PATTERNS if each.needs])
}
_PATTERNS_BY_MARK: Final[dict[str, tuple[int, ...]]] = {
    mark: tuple(number for number, each in enumerate(PATTERNS) if each.needs and mark in each.needs[0].marks)
    for mark in frozenset(chain.from_iterable(each.needs[0].marks for each in PATTERNS if each.needs))
}
_FOREIGN_PATTERNS: Final = [number for number, each in enumerate(PATTERNS) if not each.needs]


class LoweredSentence(Protocol):
    """A sentence of a text, and its words in lower case."""

    text: str

    @property
    def lower(self) -> frozenset[str]:
        """Return its words in lower case."""


class PatternMatcher:
    """Literal prefilter of a whole text: it tells where a pattern may match at all, which in most texts is nowhere."""

    def __init__(self, text: PreparedText) -> None:
        self._text, self._compounds = text, text.words.compounds
        self._parts = frozenset(_PARTS.sub("\n", "\n".join(self._compounds)).split("\n"))
        words = text.words.vocabulary | self._parts
        self.is_encoded = may_be_encoded(text)
        numbers = {number for word in words & _PATTERNS_BY_WORD.keys() for number in _PATTERNS_BY_WORD[word]}
        # Most marks of the patterns are in no article; the inventory tells so without a look at the text.
        marks = [mark for mark in _PATTERNS_BY_MARK if mark[0] in text.inventory and mark in text.text]
        numbers.update(number for mark in marks for number in _PATTERNS_BY_MARK[mark])
        numbers.update(_FOREIGN_PATTERNS if _may_instruct_elsewhere(text) else ())
        # The patterns that the text may match, by their number.
        self._patterns = {
            number: PATTERNS[number] for number in sorted(numbers) if PATTERNS[number].may_match(words, text.text)
        }
        self._by_mark = [number for number, each in self._patterns.items() if not each.needs or each.needs[0].marks]
        self._named = frozenset[str]().union(*[each.needs[0].words for each in self._patterns.values() if each.needs])
        self._machine_words = words & _MACHINE_WORDS
        self.mentions_models = len(self._machine_words) > 1

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Return the patterns that the text may match."""
        return tuple(self._patterns.values())

    def trigger_words(self) -> frozenset[str]:
        """Return the words of the text without which, or a mark, no pattern matches."""
        is_foreign = any(not each.needs for each in self.patterns)
        return self._with_compounds(self._named | _TRIGGERS | _SECOND_PERSON if is_foreign else self._named)

    def mark_offsets(self) -> Iterator[int]:
        """Yield the offsets of the marks without which, or a word, no pattern matches."""
        needs = [self._patterns[number].needs for number in self._by_mark]
        for mark in frozenset(chain.from_iterable([need[0].marks for need in needs if need])):
            yield from [match.start() for match in re.finditer(re.escape(mark), self._text.text)]
        if () in needs:
            yield from [match.start() for match in _MARKUP.finditer(self._text.text)]

    @cached_property
    def machine_stems(self) -> frozenset[str]:
        """Return the stems of the text's words for the reading of a text by a machine."""
        return frozenset(stem_all(self._machine_words))

    @cached_property
    def words_about_machines(self) -> frozenset[str]:
        """Return the words of the text that are, or have a part that is, about the reading of a text by a machine."""
        return self._with_compounds(_MACHINE_WORDS)

    @property
    def machine_compounds(self) -> frozenset[str]:
        """Return those of them that have several parts."""
        return self.words_about_machines & self._compounds

    def _with_compounds(self, needs: frozenset[str]) -> frozenset[str]:
        """Return the words of the text that are among some, or have a part that is."""
        words = self._text.words.vocabulary & needs
        if needs.isdisjoint(self._parts):
            return words
        return words.union([word for word in self._compounds if not needs.isdisjoint(_split_compound(word))])

    def classify(self, sentence: LoweredSentence) -> InjectionKind | None:
        """Return the form of instruction that a sentence has, whatever the article is about, or None."""
        if self.is_encoded and is_encoded(sentence.text):
            return "encoded"
        words, text = self._with_parts(sentence.lower), sentence.text
        named = [_PATTERNS_BY_WORD[word] for word in words & self._named]
        for number in sorted({*self._by_mark, *chain.from_iterable(named)}):
            pattern = self._patterns.get(number)
            if pattern is not None and pattern.may_match(words, text) and pattern.form.search(text):
                return pattern.kind if _may_instruct(words) or _MARKUP.search(text) else None
        return None

    def machine_words(self, sentence: LoweredSentence) -> frozenset[str]:
        """Return the words of a sentence that are about the reading of a text by a machine."""
        return self._with_parts(sentence.lower) & _MACHINE_WORDS

    def _with_parts(self, words: frozenset[str]) -> frozenset[str]:
        """Return words of the text, and what the compound ones are made of."""
        if self._compounds.isdisjoint(words):
            return words
        return words.union(*map(_split_compound, words & self._compounds))


@lru_cache(maxsize=8_192)
def _split_compound(word: str) -> tuple[str, ...]:
    return tuple(_PARTS.split(word))


def _may_instruct_elsewhere(text: PreparedText) -> bool:
    """Tell whether a text has a word for instructions of a language that is written much."""
    told = "\n".join(text.words.vocabulary)
    if any(stem in told for stem in LATIN_STEMS):
        return True
    if OTHER_SCRIPT.search(text.unusual) is None:
        return False
    told = text.text.lower()
    return any(stem in told for stem in OTHER_STEMS)


def _may_instruct(words: AbstractSet[str]) -> bool:
    if not _TRIGGERS.isdisjoint(words):
        return True
    return not (_SECOND_PERSON.isdisjoint(words) or _VERBS.isdisjoint(words))


def may_direct(text: str) -> bool:
    """Tell whether a sentence may be an order, a rule or an address."""
    return _DIRECTIVE.search(text) is not None
