# ruff: noqa: E501 - a list on few lines reads better than wrapped
"""Word masks: what each word can contribute to an injection, as bits of one number (a bit signature, as in a Bloom filter).

A pattern needs a word or a mark of each of several groups. Each group has a bit, and the mask of a word has the bits of
the groups that the word or a part of it belongs to. The masks of the words of a text, or-ed together, then tell with one
comparison for each pattern whether it can match. A word's mask is computed once, for all texts (`WordCache`).
"""

from __future__ import annotations

import re
from functools import reduce
from itertools import chain, count, islice
from operator import or_
from typing import TYPE_CHECKING, Final

from subtext.analysis.injection.encoded_words import is_byte, is_figured, is_letter, is_long, is_spelt
from subtext.analysis.injection.patterns import DO, LATIN_STEMS, PATTERNS
from subtext.domain.text.word_cache import WordCache
from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

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
# What a compound word is made of: "fine-tune", "you're", "password123", and what no blank stands in ("now.Ignore").
_PARTS = re.compile(r"['’.-]|(?<=[a-z])(?=\d)")

# The bit of each need of each pattern, by the number of the pattern; the flags of words follow.
_bits = map((1).__lshift__, count())
_NEED_BITS: Final = [[next(_bits) for _ in each.needs] for each in PATTERNS]
TRIGGER, SECOND_PERSON, VERB, MACHINE, FOREIGN = islice(_bits, 5)
LONG, LETTER, FIGURED, SPELT, BYTE = islice(_bits, 5)
# Each pattern behind what it needs in all, and behind the bit of its rarest need, which stands first.
PATTERN_MASKS: Final = [(sum(bits), sum(bits[:1]), each) for bits, each in zip(_NEED_BITS, PATTERNS, strict=True)]


def _collect(groups: Iterable[tuple[int, Iterable[str]]]) -> dict[str, int]:
    """Return the bits of all groups that each item belongs to."""
    masks: dict[str, int] = {}
    for bit, items in groups:
        for item in items:
            masks[item] = masks.get(item, 0) | bit
    return masks


_NEEDS: Final = [
    (bit, need)
    for bits, each in zip(_NEED_BITS, PATTERNS, strict=True)
    for bit, need in zip(bits, each.needs, strict=True)
]
MARK_MASKS: Final = _collect((bit, need.marks) for bit, need in _NEEDS)
_FLAGS: Final = ((TRIGGER, _TRIGGERS), (SECOND_PERSON, _SECOND_PERSON), (VERB, _VERBS), (MACHINE, _MACHINE_WORDS))
_MASKS_BY_PART: Final = _collect(chain(((bit, need.words) for bit, need in _NEEDS), _FLAGS))


_SIGNS: Final = (
    (FOREIGN, lambda word: any(stem in word for stem in LATIN_STEMS)),
    (LONG, is_long),
    (LETTER, is_letter),
    (FIGURED, is_figured),
    (SPELT, is_spelt),
    (BYTE, is_byte),
)


def _find_mask(word: str) -> int:
    parts = [_MASKS_BY_PART.get(part, 0) for part in _split(word)]
    return combine_bits([*parts, *[bit for bit, has_sign in _SIGNS if has_sign(word)]])


_masks = WordCache(_find_mask)


def list_masks(words: Iterable[str]) -> list[int]:
    """Return the mask of each of some lower-case words."""
    return list(map(_masks.__getitem__, words))


def combine_masks(words: Iterable[str]) -> int:
    """Return the mask of a text that has these lower-case words."""
    return combine_bits(list_masks(words))


def combine_bits(masks: Iterable[int]) -> int:
    """Return the bits that any of some masks has."""
    return reduce(or_, masks, 0)


def machine_words(word: str) -> frozenset[str]:
    """Return what of a word and its parts is about the reading of a text by a machine."""
    return _MACHINE_WORDS.intersection(_split(word))


def _split(word: str) -> tuple[str, ...]:
    """Return a word, and what it is made of if it is a compound."""
    return (word,) if word.isalpha() else (word, *_PARTS.split(word))
