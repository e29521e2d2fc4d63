"""Negation and modality: whether the words before a phrase negate or hedge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.engines.local.tokens import WordToken

# Scope of a negator before a phrase, in words of the same clause; a hedge has twice that.
REACH = 5
_NEGATORS = word_set(
    "no not never hardly scarcely barely nobody none neither nor without cannot nothing denies denied deny"
)
_COMPARED = word_set("been looked felt seemed sounded appeared was were had")
# Two words that negate what follows: "anything but desperate", "far from beaten".
_PAIRS = frozenset(
    {("anything", "but"), ("far", "from"), ("rather", "than"), ("instead", "of"), ("no", "longer"), ("stop", "short")}
)
# A negator before one of these does not negate what follows: "not only", "no doubt", "nothing but", "no less than".
_NON_NEGATING = word_set("only just merely simply doubt less matter but wonder question sooner surprise")
# "Nothing in the accounts suggests that …", "there is no sign that …": all that follows in the sentence is negated.
_SIGNS = word_set(
    "suggest suggests suggested show shows showed indicate indicates indicated imply implies implied prove proves "
    "proved sign signs evidence proof hint hints indication indications suggestion suggestions reason expect expects "
    "expected"
)
# "The letter rejects reports that …" does the same.
_DENYING = word_set(
    "denies denied deny denying rejects rejected reject rejecting dismisses dismissed dismiss dismissing refutes "
    "refuted refute disputes disputed dispute"
)
_SIGN_REACH, _SIGN_SCOPE = 6, 16
# These end the scope of a negator: "not X but Y", "unless", "because".
_NEW_STATEMENT = word_set("but because unless while although until and")
_HEDGES = word_set(
    "if could might may would perhaps possibly whether should will predict predicts predicted forecast 'll"
)
# "It fails unless they retreat" halves the retreat; "you do not boast unless you are weak" asserts the weakness.
_UNLESS = "unless"


@dataclass(frozen=True, slots=True)
class Modality:
    """Modality of a phrase: `negated` turns its pole, `hedged` (conditional, prediction) halves its weight."""

    negated: bool
    hedged: bool


def determine_modality(words: Sequence[WordToken], first: int) -> Modality:
    """Determine the modality of the phrase that begins at index `first` of a sentence's words."""
    begin = _clause_start(words, first)
    scope = [word.norm for word in words[max(begin, first - REACH) : first]]
    opening = [word.norm for word in words[max(begin, first - 2 * REACH) : first]]
    hedged = words[begin].norm == "if" or not _HEDGES.isdisjoint(opening) or _has_bare_unless(opening)
    negations = _count_negations(scope, words[first].norm) + _has_denied_sign([word.norm for word in words[:first]])
    return Modality(negations % 2 == 1, hedged)


def _has_denied_sign(before: Sequence[str]) -> bool:
    """Tell whether the words before a phrase deny that anything shows it, farther off than a negator's scope."""
    near = any(_is_negator(word) for word in before[-REACH:])
    for at in range(max(0, len(before) - _SIGN_SCOPE), len(before)):
        if _denies_what_follows(before, at):
            far = len(before) - at >= REACH or not near
            return far and _NEW_STATEMENT.isdisjoint(before[at + 1 :])
    return False


def _denies_what_follows(before: Sequence[str], at: int) -> bool:
    if before[at] in _DENYING:
        return "that" in before[at + 1 :]
    return before[at] in _SIGNS and any(_is_negator(word) for word in before[max(0, at - _SIGN_REACH) : at])


def _clause_start(words: Sequence[WordToken], at: int) -> int:
    clause = words[at].clause
    while at > 0 and words[at - 1].clause == clause:
        at -= 1
    return at


def _has_bare_unless(opening: Sequence[str]) -> bool:
    return _UNLESS in opening and not any(_is_negator(word) for word in opening)


def _count_negations(scope: Sequence[str], phrase: str) -> int:
    count = 0
    for at, word in enumerate(scope):
        following = scope[at + 1] if at + 1 < len(scope) else phrase
        negates = _is_negator(word) and following not in _NON_NEGATING and _NEW_STATEMENT.isdisjoint(scope[at + 1 :])
        negates = negates and not (word == "never" and _is_comparative(scope[at + 1 :], phrase))
        count += negates or (word, following) in _PAIRS
    return min(count, 1) if "nor" in scope or "neither" in scope else count


def _is_comparative(between: Sequence[str], phrase: str) -> bool:
    """Tell whether "never" only compares: "has never been stronger", "never looked more desperate"."""
    return (phrase.endswith("er") or "more" in between) and not _COMPARED.isdisjoint(between)


def _is_negator(word: str) -> bool:
    return word in _NEGATORS or word.endswith("n't")
