"""Describe what is wrong with a value that pydantic rejected, in the words of this project."""

from __future__ import annotations

import re

_PREFIX = "Value error, "
_SUBJECT = re.compile(r"^(?:Input|String|List|Tuple|Frozenset|Set|Dictionary) should ")
_PARSER_WORDS = re.compile(r", unable to (?:parse|interpret).*| after validation")
# What pydantic calls a valid value, in the words of the value that is wanted.
_WORDS = (
    (re.compile(r"^Field required$"), "required field"),
    (re.compile(r"^Extra inputs are not permitted$"), "unknown field"),
    (re.compile(r"\ba valid dictionary(?: or (?:instance of|object to extract fields from) ?\w*)?"), "an object"),
    (re.compile(r"\ba valid (?:list|tuple|array)\b"), "a list"),
    (re.compile(r"\ba valid boolean\b"), "true or false"),
    (re.compile(r"\ba valid integer\b"), "a whole number, such as 8"),
    (re.compile(r"\ba valid number\b"), "a number, such as 2.5"),
    (re.compile(r"\ba valid string\b"), "text"),
)


def describe_invalid_value(message: str) -> str:
    """Return pydantic's message as what the value must be: `must be less than or equal to 1`.

    A message that the program raised itself is returned without pydantic's prefix. It begins in lower case, unless it
    begins with an acronym.
    """
    sentence = _SUBJECT.sub("must ", _PARSER_WORDS.sub("", message.removeprefix(_PREFIX)))
    for pattern, words in _WORDS:
        sentence = pattern.sub(words, sentence)
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]
