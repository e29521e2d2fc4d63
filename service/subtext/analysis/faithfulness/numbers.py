"""Numbers: the numbers of a text by value, whether written in digits or in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.text.words import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNITS = word_list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = word_list("twenty thirty forty fifty sixty seventy eighty ninety")
_VALUES = {word: float(value) for value, word in enumerate(_UNITS)} | {
    word: float(10 * value) for value, word in enumerate(_TENS, 2)
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6}
_SCALES |= {"billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12}
_LONG_SCALES = "hundred|thousand|million|billion|trillion"
# The digits of one number are bounded: nobody writes a longer one, and float() takes time for it.
_FIGURE = re.compile(
    # What it may begin with, as one class of characters: most places are done with at a glance.
    rf"(?=[\dzotfsent])(?:(?<![\w.,])(?P<digits>\d{{1,18}}(?:,\d{{3}}){{0,6}}(?:\.\d{{1,9}})?)"
    rf"(?:[ -]?(?P<scale>{_LONG_SCALES}|mn|bn|tn|[kmb])\b)?"
    rf"|\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<unit>{'|'.join(_UNITS[1:10])})\b)?|(?P<small>{'|'.join(_UNITS)}))\b"
    rf"(?:[ -](?P<words_scale>{_LONG_SCALES})\b)?)",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:about|around|nearly|almost|roughly|some|over|approximately|more than) \Z", re.IGNORECASE)
_ABOUT_CHARS = 16
_TOLERANCE = 0.06
NUMBER_WORDS = frozenset(_VALUES)
_DIGIT = re.compile(r"\d")
_PART = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number's value, and whether it is given as a round one."""

    value: float
    is_approximate: bool = False

    def matches_any(self, values: frozenset[float]) -> bool:
        """Tell whether a text with these values bears the number out; a round number may be off by 6 %."""
        if self.value in values:
            return True
        return self.is_approximate and any(abs(self.value - value) <= _TOLERANCE * value for value in values)


def may_be_number(word: str) -> bool:
    """Tell whether a lower-case word has a digit, or is or begins with a number in letters ("twenty-one")."""
    return _DIGIT.search(word) is not None or not NUMBER_WORDS.isdisjoint(word.split("-"))


def has_number(word: str) -> bool:
    """Tell whether a lower-case word has a digit, or a number in letters as a part."""
    return _DIGIT.search(word) is not None or not NUMBER_WORDS.isdisjoint(_PART.findall(word))


def find_numbers(text: str) -> Iterator[Number]:
    """Find the numbers of a text in order. A bare "one" is a pronoun as often as a number, and is left out."""
    return (figure for figure, _ in figures_at(text))


def figures_at(text: str) -> Iterator[tuple[Number, int]]:
    """Yield what `find_numbers` yields, each with the place where it ends."""
    for found in _FIGURE.finditer(text):
        if (found["small"] or "").lower() != "one" or found["words_scale"]:
            yield Number(_value(found), _is_about(text, found.start())), found.end()


def number_values(text: str) -> frozenset[float]:
    """Collect the values of all numbers of a text, 1 among them if there is the word."""
    return frozenset(_value(found) for found in _FIGURE.finditer(text))


def _is_about(text: str, at: int) -> bool:
    return _ABOUT.search(text, max(0, at - _ABOUT_CHARS), at) is not None


def _value(found: re.Match[str]) -> float:
    scale = _SCALES.get((found["scale"] or found["words_scale"] or "").lower(), 1.0)
    if found["digits"]:
        return float(found["digits"].replace(",", "")) * scale
    words = (found["tens"], found["unit"], found["small"])
    return sum(_VALUES[word.lower()] for word in words if word) * scale
