from __future__ import annotations

import pytest

from subtext.engines.local.clauses import find_statement, has_verb

CASES = {
    "never without the word that it hangs on": (
        "What Orvane signed on Monday was no triumph.",
        "was no triumph",
        "What Orvane signed on Monday was no triumph.",
    ),
    "a clause of its own behind a comma": (
        "The minister smiled for the cameras until noon, but his treasury had run out of money by then, as all saw.",
        "run out of money",
        "his treasury had run out of money by then",
    ),
    "with its subject": (
        "The regime, isolated and broke, has begged its neighbors for grain.",
        "isolated and broke",
        "The regime, isolated and broke, has begged its neighbors for grain.",
    ),
    "not half of a list": (
        "France, Germany, and Italy have bowed to the bank's terms.",
        "Germany",
        "France, Germany, and Italy have bowed to the bank's terms.",
    ),
    "no relative clause cut off": (
        "The party, which has lost its friends, is pleading for time.",
        "lost its friends",
        "The party, which has lost its friends, is pleading for time.",
    ),
    "without an addition at its end": (
        "The army was forced to give up the town on Friday, according to two officers who asked not to be named.",
        "forced to give up the town",
        "The army was forced to give up the town on Friday",
    ),
    "a condition stays": (
        "If the bank refuses, the firm will collapse within days.",
        "the firm will collapse",
        "If the bank refuses, the firm will collapse within days.",
    ),
    "not a bare pronoun where the sentence is short": (
        "Orvane signed because it had no choice.",
        "no choice",
        "Orvane signed because it had no choice.",
    ),
}


@pytest.mark.parametrize(("text", "core", "statement"), CASES.values(), ids=CASES)
def test_a_statement_is_whole_clauses(text: str, core: str, statement: str) -> None:
    start = text.index(core)
    low, high = find_statement(text, (start, start + len(core)), (0, len(text)))
    assert text[low:high] == statement


def test_nothing_outside_the_range_is_taken() -> None:
    text = "But nobody came. The whole fleet was beaten, as its captain said. And nobody left."
    start, end = text.index("The"), text.index(" And")
    low, high = find_statement(text, (start, start + 9), (start, end))
    assert text[low:high] == "The whole fleet was beaten"


@pytest.mark.parametrize(
    ("words", "has"),
    [
        ("The fleet was beaten", True),
        ("They didn’t blink", True),
        ("He refused", True),
        ("It’s the end of the line", True),
        ("THE FLEET WAS BEATEN", True),
        ("We'll wait", True),
        ("The harbour (closed)", True),
        ("A red bed for Ned", False),
        ("Halden’s was-price, re_was and 4ced", True),
        ("Halden’s re_was and 4ced", False),
        ("Another bad morning for the coalition", False),
        ("The ruler, trotting out his daughter at New Year’s parties", False),
    ],
)
def test_a_verb_is_told_where_it_can_be(words: str, has: bool) -> None:
    assert has_verb(words) == has
