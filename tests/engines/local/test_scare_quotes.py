"""Quotation marks of doubt: attribution and claims together."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute
from subtext.engines.local.claims import is_distanced


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    rejected: bool


CASES = (
    Case("so-called", "The so-called “invincible” army ran.", rejected=True),
    Case("unless", "You don't boast of an “invincible alliance” unless you are weak.", rejected=True),
    Case("asked back", "They call it “invincible”?", rejected=True),
    Case("echoed", "They call it “invincible”. Invincible? Hardly.", rejected=True),
    Case("aside", "They call it “invincible”. Seriously? Nobody does.", rejected=True),
    Case("façade", "The “invincible” façade hides a ruin.", rejected=True),
    Case("told", "Orlo said the army was “invincible” that day.", rejected=False),
    Case("speech, not a term", "“We are stronger than we have ever been,” said Orlo. Seriously?", rejected=False),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_author_throws_out_what_is_quoted_in_doubt(case: Case) -> None:
    sentences = split_sentences(case.text)
    quoted = attribute(case.text, sentences).quoted[0]
    assert is_distanced(quoted, sentences[0], sentences[1].text if len(sentences) > 1 else "") is case.rejected
