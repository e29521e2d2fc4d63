"""Clause segmentation: widen a phrase to the clauses round it, so that the quote reads as a statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.attribution import AttributedSpan


_WORDS_MIN, _PRONOUN_WORDS_MAX = 5, 22
# Verbs that can be recognized without a part-of-speech tagger: auxiliaries, regular pasts, and the commonest others.
_VERBS = word_set(
    "am is are was were has have had do does did will would can could may might must shall should cannot said went "
    "took made came got lost won fell left gave held kept began sent saw told stood ran led put cut set hit beat "
    "broke chose drew drove knew grew threw rose sold spent lay fought sought brought bought thought caught taught "
    "felt found heard meant met paid built bent swept struck spoke shook sank shrank fled clung says begs faces needs "
    "wants holds keeps makes takes gives gets goes comes looks seems remains controls dictates dominates decides "
    "leads rules commands forces threatens struggles clings fears loses wins fails falls grows shows knows thinks "
    "believes means becomes begins continues tries depends relies suffers lacks reeks sits stands lies runs turns "
    "calls pays sells buys owns remain become seem know believe depend rely decide suffer dominate dictate obey "
    "submit think"
)
_WORD = re.compile(r"\w+")
_PAST = re.compile(r"[^\W\d_]{2,}ed")
_CONTRACTED = re.compile(
    r"(?:n['’]t|['’](?:re|ve|ll|d|m))\b|\b(?:it|he|she|that|there|here|what|who|where)['’]s\b", re.IGNORECASE
)
_SUBJECT = (
    r"(?:he|she|it|they|we|there|this|these|those|the|an?|his|her|its|their|our|some|many|most|all|both|no|nobody|"
    r"nothing|[A-Z])"
)
# An independent clause begins after these, if what follows can be its subject. Not after "if" or "what": a clause
# without them would have another meaning.
_CLAUSE_START = re.compile(
    rf"(?:;\s+|:\s+|,\s+(?:but|and|so|yet|while|whereas|because|as|although|though|since)\s+|\s(?:but|because|while)\s+)"
    rf"(?=[\"“‘']?{_SUBJECT}\b|[\"“‘']?[A-Z])"
)
# A clause may end before these: what follows is another clause, or an optional addition.
_CLAUSE_END = re.compile(
    r"[;:](?=\s)|,(?=\s(?:but|so|yet|while|whereas|although|though|as|after|before|because|since|unless|which|who|"
    r"whose|with|without|amid|despite|according|[^\W\d_]{3,}ing)\b)|,(?=\s(?:and|or)\s(?:he|she|it|they|we|there)\b)|"
    r"\s[-–—]+(?=\s)|—"
)
_PRONOUN = re.compile(r"[\"“‘']?(?:he|she|it|they|we|this|these|those|there)\b", re.IGNORECASE)
_INCOMPLETE = re.compile(r",\s(?:which|who|whose|where|when|if|as|while|after|before)\b|[(\[—]|\s[-–—]\s")
_DEPENDENT_START = re.compile(
    r"[\"“‘']?(?:what|who|whoever|whatever|where|how|why|if|when|unless|to|that|[^\W\d_]+ing)\b", re.IGNORECASE
)


def find_quote(text: str, core: tuple[int, int], sentence: Sentence, passage: AttributedSpan | None) -> tuple[int, int]:
    """Find the statement round a phrase: inside a speaker's passage, or in the sentence if that is too short."""
    whole = sentence.start, sentence.end
    if passage is None:
        return find_statement(text, core, whole)
    own = max(whole[0], passage.start), min(whole[1], passage.end)
    words = text[slice(*own)]
    if len(words.split()) < _WORDS_MIN or not has_verb(words):
        return find_statement(text, core, whole)
    return find_statement(text, (max(own[0], core[0]), min(own[1], core[1])), own)


def find_statement(text: str, core: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
    """Find the shortest run of clauses inside `within` that holds `core`, begins with a subject and has a verb.

    It begins where `within` does if no clause inside it can stand alone.
    """
    options = (
        (start, end)
        for start in [*_iter_starts(text, core[0], within)][::-1]
        for end in _iter_ends(text, core[1], within)
        if _is_statement(text, start, end, within)
    )
    return next(options, within)


def has_verb(words: str) -> bool:
    """Tell whether the words have a verb that can be recognized without a part-of-speech tagger."""
    runs = _WORD.findall(words.lower())
    return (
        not _VERBS.isdisjoint(runs)
        or any(run.endswith("ed") and _PAST.fullmatch(run) for run in runs)
        or _CONTRACTED.search(words) is not None
    )


def _iter_starts(text: str, before: int, within: tuple[int, int]) -> Iterator[int]:
    yield within[0]
    yield from (edge.end() for edge in _CLAUSE_START.finditer(text, *within) if edge.end() <= before)


def _iter_ends(text: str, after: int, within: tuple[int, int]) -> Iterator[int]:
    yield from (edge.start() for edge in _CLAUSE_END.finditer(text, *within) if edge.start() >= after)
    yield within[1]


def _is_statement(text: str, start: int, end: int, within: tuple[int, int]) -> bool:
    """Tell whether the words can stand alone: long enough, with a verb, and without an incomplete clause."""
    words = text[start:end]
    if len(words.split()) < _WORDS_MIN or not has_verb(words):
        return False
    if start > within[0] and _PRONOUN.match(words) and len(text[slice(*within)].split()) <= _PRONOUN_WORDS_MAX:
        return False
    return end == within[1] or not (_INCOMPLETE.search(words) or _DEPENDENT_START.match(words))
