"""The prefilter of the injection patterns: it must never keep a pattern from a sentence that it matches."""

from __future__ import annotations

import pytest

from subtext.analysis.injection.pattern_matcher import PatternMatcher
from subtext.analysis.injection.patterns import PATTERNS
from subtext.domain.text.prepared import PreparedText
from tests.support.attacks import ATTACKS
from tests.support.injections import articles, attacks


def unfiltered(text: str) -> set[str]:
    return {kind for kind, _, form in PATTERNS if form.search(text)}


def filtered(text: str) -> set[str]:
    matcher = PatternMatcher(PreparedText(text))
    return {kind for kind, _, form in matcher.patterns if form.search(text)}


@pytest.mark.parametrize("kind", ATTACKS)
def test_every_pattern_that_matches_an_attack_passes_the_prefilter(kind: str) -> None:
    for attack in ATTACKS[kind]:
        assert filtered(attack) == unfiltered(attack)


def test_every_pattern_that_matches_a_real_attack_passes_the_prefilter() -> None:
    for attack in attacks():
        assert filtered(attack) == unfiltered(attack)


def test_every_pattern_that_matches_a_line_of_an_article_passes_the_prefilter() -> None:
    for article in articles():
        for line in article["text"].split("\n"):
            assert filtered(line) == unfiltered(line)
