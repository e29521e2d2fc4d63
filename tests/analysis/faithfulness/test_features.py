from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.faithfulness.features import content_overlap, extract_features_all, has_mismatch
from subtext.analysis.faithfulness.mismatch_features import FEATURE_NAMES, MismatchFeatures
from subtext.analysis.faithfulness.synonyms import Vocabulary
from subtext.analysis.faithfulness.token import tokenize
from subtext.analysis.faithfulness.tokens import TokenizedText
from subtext.domain.text.prepared import PreparedText

TEXT = (
    "Norland accused Vessia of stalling. The minister will not reopen the eastern harbour. "
    "Officials may impose a fine. “We are in no hurry,” Ada Brandt told reporters."
    " Shipping firms praised the known record. It has 40 pages."
)
ARTICLE = TokenizedText(PreparedText(TEXT))


@dataclass(frozen=True)
class Sign:
    id: str
    statement: str
    present: str


@pytest.mark.parametrize(
    "case",
    [
        Sign("another number", "Norland accused Vessia of stalling 12 times.", "numbers"),
        Sign("another name", "Norland accused Ostria of stalling.", "names"),
        Sign("another name at the beginning", "Ostria accused Vessia of stalling.", "names"),
        Sign("a negated form that no list has", "Norland accused Vessia of non-stalling.", "opposites"),
        Sign("words nobody said", "“We are winning,” Ada Brandt told reporters.", "quoted"),
        Sign("a negation added", "Norland never accused Vessia of stalling.", "negation_added"),
        Sign("a negation dropped", "The minister will reopen the eastern harbour.", "negation_dropped"),
        Sign("an opposite", "Shipping firms condemned the known record.", "opposites"),
        Sign("a negated form", "Shipping firms praised the unknown record.", "opposites"),
        Sign("another scale", "Norland accused Vessia of stalling billions.", "numbers"),
        Sign("a number of something else", "The minister will not reopen the 40 eastern harbours.", "units"),
        Sign("names side by side", "Officials of Vessia Brandt may impose a fine.", "name_pairs"),
        Sign("another negation", "The minister will not reopen the harbour that has no dockers.", "negation_added"),
        Sign("a thing from elsewhere", "Shipping firms praised the giraffe.", "unknown"),
        Sign("names that changed places", "Vessia accused Norland of stalling.", "swapped"),
        Sign("a possibility made certain", "Officials impose a fine.", "hedge_dropped"),
    ],
    ids=lambda case: case.id,
)
def test_a_sign_shows_where_its_change_is_made(case: Sign) -> None:
    assert getattr(extract_features_all(case.statement, ARTICLE), case.present) > 0


@pytest.mark.parametrize("sentence", [sentence.text for sentence in ARTICLE.sentences])
def test_the_article_s_own_sentences_have_no_sign(sentence: str) -> None:
    assert extract_features_all(sentence, ARTICLE) == MismatchFeatures()


def test_a_vow_may_be_retold_as_an_infinitive() -> None:
    vow = TokenizedText(PreparedText("The firm sells the cranes that it swore it would never part with."))

    assert extract_features_all("The firm sells the cranes that it swore never to part with.", vow).hedge_dropped == 0


@pytest.mark.parametrize("retold", ["Officials plan to impose a fine.", "It is for the officials to impose a fine."])
def test_an_infinitive_makes_nothing_certain(retold: str) -> None:
    assert extract_features_all(retold, ARTICLE).hedge_dropped == 0


def test_the_signs_of_several_statements_add_up() -> None:
    one, other = "Norland accused Ostria of stalling.", "Norland never accused Vessia of stalling."

    assert extract_features_all(f"{one} {other}", ARTICLE) == extract_features_all(one, ARTICLE) + extract_features_all(
        other, ARTICLE
    )
    assert extract_features_all("", ARTICLE) == MismatchFeatures()


def test_coverage_is_the_share_of_content_words() -> None:
    (statement,) = tokenize("Norland accused Penguins of stalling")

    assert content_overlap(statement, ARTICLE.vocabulary) == 0.75
    assert content_overlap(statement, Vocabulary(())) == 0.0


@given(st.lists(st.sampled_from(TEXT.replace("no", "a").split() + TEXT.split()), min_size=1), st.integers(0, 5))
def test_a_statement_differs_if_any_feature_tells_so(words: list[str], near: int) -> None:
    statement = " ".join(words)

    assert has_mismatch(statement, ARTICLE, [near]) == (extract_features_all(statement, ARTICLE).total > 0)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_sign_is_ever_negative(statement: str, text: str) -> None:
    signs = extract_features_all(statement, TokenizedText(PreparedText(text)))

    assert all(getattr(signs, name) >= 0 for name in FEATURE_NAMES)
