# ruff: noqa: E501 - a pattern on a line reads better than wrapped
"""Requests: orders, requests and questions, which are no part of an article that has nothing to do with them."""

from __future__ import annotations

import re

from subtext.analysis.injection.patterns import DO, START
from subtext.domain.text.words import word_set

_TASKS = (
    rf"(?:{DO}|brainstorm|choose|compare|complete|define|design|determine|discuss|evaluate|extract|find|forward"
    r"|help|implement|investigate|outline|perform|plan|predict|prepare|propose|research|schedule|search|select|share"
    r"|sort|suggest|teach|click|download|run|solve|set|remind|book|order|sync|turn|automate|organi[sz]e)"
)
_TASK = re.compile(rf"{START}{_TASKS}\b", re.IGNORECASE)
_TEXT_TASK = re.compile(
    rf"{START}(?:analy[sz]e|compose|draft|encode|encrypt|generate|paraphrase|rephrase|rewrite|summari[sz]e|translate|write) "
    r"(?:a|an|one|the|this|that|me|my|your|in|into)\b",
    re.IGNORECASE,
)
# A sentence that one of these patterns matches has a verb among its first words, behind at most four of `START`, or
# begins as a request does, or has no word that the table knows.
OPENING_WORDS = 5
TASK_VERBS = frozenset(
    form
    for verb in re.findall(
        r"[a-z[\]]+",
        _TASKS + " analy[sz]e compose draft encode encrypt generate paraphrase rephrase rewrite translate write",
    )
    for form in (verb.replace("[sz]", "s"), verb.replace("[sz]", "z"))
)
REQUEST_OPENERS = word_set("how what where which when why who can could would will i i'm")
# What somebody asks for themselves.
_OWN_AFFAIR = re.compile(r"\b(?:I|I'm|me|my)\b")
# How far into a sentence "I am" may begin.
_OPENING = 8
_REQUEST = re.compile(
    r"^\W*(?:(?:how|what|where|which|when|why|who)\b.{1,300}\?|(?:can|could|would|will) (?:you|i)\b.{1,300}\?"
    r"|(?:i am|i'm|i need|i would)\b.{1,200}\b(?:help|please|you)\b)",
    re.IGNORECASE,
)


def required_topic_overlap(sentence: str) -> float:
    """Return the share of its words that a sentence must have in common with the rest of an article to be part of it.

    Most for an order to write or work on text, some for any other order, request or question, none for a statement.
    """
    if _TASK.match(sentence):
        return 0.7 if _TEXT_TASK.match(sentence) else 0.34
    may_request = "?" in sentence or "i" in sentence[:_OPENING].lower()
    if not may_request or not _REQUEST.match(sentence):
        return 0.0
    return 0.7 if _OWN_AFFAIR.search(sentence) else 0.5
