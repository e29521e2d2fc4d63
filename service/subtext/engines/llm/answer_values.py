"""Parse the values of an answer (words, texts, percentages) in models' own notations, and count each repair.

A value may stand in a list of one, or in an object of its own under a name that says no more than what it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from subtext.domain.grounding import QUOTE_MAX_CHARS
from subtext.engines.llm.vocabulary import ABSENT, AUTHOR, UNKNOWN, fold_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtext.engines.llm.repairs import Tally

MAX_NAME_CHARS: Final = 200
MAX_LINE_CHARS: Final = 300
MAX_PROSE_CHARS: Final = 1_000
# One more than grounding takes.
MAX_QUOTE_CHARS: Final = QUOTE_MAX_CHARS + 1

# Under another name ("not", "rejected") a word or a number may mean anything.
_VALUE_NAMES: Final = ("value", "text", "quote", "name", "label", "pole", "code")
_PERCENT: Final = re.compile(r"\s*(\d{1,3})(?:[.,](\d{1,9}))?\s*(%|percent|per cent|/\s*100)?\s*", re.IGNORECASE)
_HUNDRED: Final = 100


class Missing:
    """What stands for a field that is not there."""


MISSING: Final = Missing()


def read_target(value: Any, tally: Tally) -> str | None:
    """Read the target; None if there is none."""
    if value is None:
        return None
    text = to_text(value, tally)
    if text is None or fold_word(text) in ABSENT - {""}:
        tally["field_defaulted"] += 1
        return None
    return cut_text(text, MAX_NAME_CHARS, tally)


def read_line(value: Any, tally: Tally) -> str:
    """Read a headline; "" if there is none."""
    return _read_text(value, MAX_LINE_CHARS, tally)


def read_prose(value: Any, tally: Tally) -> str:
    """Read a rationale; "" if there is none."""
    return _read_text(value, MAX_PROSE_CHARS, tally)


def _read_text(value: Any, most: int, tally: Tally) -> str:
    text = to_text(value, tally)
    if text is None:
        tally["field_defaulted"] += 1
        return ""
    return cut_text(text, most, tally)


def read_quote(value: Any, tally: Tally) -> str | None:
    """Read a quote, None if there is none; one that is too long stays too long for grounding."""
    text = to_text(value, tally)
    if text is None or len(text) <= MAX_QUOTE_CHARS:
        return text
    tally["text_cut"] += 1
    return text[:MAX_QUOTE_CHARS]


def read_speaker(value: Any, tally: Tally) -> str | None:
    """Read a speaker: null is the author, also in the prompt's own words for null; "" cannot be told."""
    if value is None:
        return None
    text = to_text(value, tally)
    if text is None:
        tally["field_defaulted"] += 1
        return ""
    word = fold_word(text)
    if word in AUTHOR or word in UNKNOWN - {""}:
        tally["spelling_matched"] += 1
        return None if word in AUTHOR else ""
    return cut_text(text, MAX_NAME_CHARS, tally)


def read_confidence(value: Any, tally: Tally) -> Any:
    """Read a percentage; None if there is none, and the value itself if it cannot be read.

    The schema asks for whole percentages, so a whole number is one, 1 included. A number with a decimal point up to 1.0
    can only be a share: 0.85 is 85 %, 1.0 is 100 %. A sign says which of the two it is.
    """
    if value is None or is_absent(value):
        tally["field_defaulted"] += 1
        return None
    bare = _to_scalar(value)
    if type(bare) is int:
        tally["shape_fitted"] += bare is not value
        return bare
    percent = _to_percent(bare)
    if percent is None:
        return value
    tally["number_converted"] += 1
    return percent


def _to_percent(value: object) -> int | None:
    if isinstance(value, float):
        # Of what is out of range nothing is made here: the check names it.
        value = f"{value:.9f}" if 0 <= value <= _HUNDRED else ""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    number = float(f"{match[1]}.{match[2] or 0}")
    is_share = match[2] is not None and match[3] is None and number <= 1
    percent = round(number * _HUNDRED if is_share else number)
    return percent if percent <= _HUNDRED else None


def find_word(value: Any, words: Mapping[str, str], tally: Tally) -> str | None:
    """Return the word of a closed list that is meant, None if it is none of them."""
    text = _to_scalar(value)
    word = words.get(fold_word(text)) if isinstance(text, str) else None
    if word is not None:
        if word != text:
            tally["spelling_matched"] += 1
        if text is not value:
            tally["shape_fitted"] += 1
    return word


def find_word_or(value: Any, words: Mapping[str, str], default: str, tally: Tally) -> str:
    """Return the word of a closed list that is meant, the default if it is none of them."""
    word = find_word(value, words, tally)
    if word is not None:
        return word
    tally["field_defaulted"] += 1
    return default


def to_text(value: Any, tally: Tally) -> str | None:
    """Return a text, also out of a list of one or an object of its own; None if there is none."""
    if isinstance(value, str):
        return value
    text = _to_scalar(value)
    if isinstance(text, dict):
        # A text is held against the article, so that it need not be known by its name.
        texts = [item for item in text.values() if isinstance(item, str)]
        text = texts[0] if len(texts) == 1 else None
    if not isinstance(text, str):
        return None
    tally["shape_fitted"] += 1
    return text


def _to_scalar(value: Any) -> Any:
    """Return what a list of one or an object of its own holds, else the value."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, dict):
        return next((value[name] for name in _VALUE_NAMES if name in value), value)
    return value


def is_absent(value: Any) -> bool:
    """Return whether a field is missing, null, blank or a word for null."""
    return value is None or value is MISSING or (isinstance(value, str) and fold_word(value) in ABSENT)


def cut_text(text: str, most: int, tally: Tally) -> str:
    """Return a text of at most so many characters, cut between words if it is longer."""
    if len(text) <= most:
        return text
    tally["text_cut"] += 1
    head = text[: most - 1]
    border = max(head.rfind(" "), 0)
    return head[: border if border > most // 2 else None].rstrip() + "…"
