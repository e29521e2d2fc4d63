"""Rejection: claims that the author quotes in order to throw them out, by scare quotes and the words around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.engines.local.attribution import Passage
    from subtext.engines.local.sentences import Sentence

# A longer quotation is speech, not a term held up for doubt.
_SCARE_WORDS_MAX = 6
_CUES = re.compile(
    r"\b(?:so-called|supposed(?:ly)?|seriously|come on|unless|charade|fa[cç]ades?|anything but|a tell|really\?|"
    r"yeah,? right|as if|laughable|house of cards|hollow|bluster|overcompensat\w+|hardly|farce|pretend\w*|mockery|"
    r"self-styled|self-proclaimed|aren['’]t|isn['’]t|whatever that means|nonsense|joke|myth|fiction|delusion\w*)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:seriously|really|come on|please|hardly|not quite|nonsense|yeah,? right|as if)\b", re.IGNORECASE
)
_ASIDE_MAX = 24


def is_rejected(claim: Passage, sentence: Sentence, following: str) -> bool:
    """Whether the author throws out a short quoted claim, in its own sentence or in a short one right after it."""
    if not claim.quoted or len(_words(claim, sentence)) > _SCARE_WORDS_MAX:
        return False
    begin, end = claim.start - sentence.start, claim.end - sentence.start
    around = sentence.text[: max(begin, 0)] + " " + sentence.text[end:]
    if _CUES.search(around) or sentence.text[end:].strip("\"'”’ ") == "?":
        return True
    return len(following) <= _ASIDE_MAX and (following.endswith("?") or _ASIDE.match(following) is not None)


def _words(claim: Passage, sentence: Sentence) -> list[str]:
    return sentence.text[max(0, claim.start - sentence.start) : claim.end - sentence.start].split()
