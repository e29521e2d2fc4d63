from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.faithfulness.checker import FaithfulnessChecker, check, faithfulness_log_odds
from subtext.domain.evidence import Match, Span
from subtext.domain.grounding import ground
from subtext.domain.text.normalization import NormalizedText
from subtext.domain.text.prepared import PreparedText
from tests.support.requirements import SHARED_DATA

if TYPE_CHECKING:
    from subtext.domain.analysis import Support

ARTICLE = (
    "Harbour deal stalls\n\n"
    "Norland will not reopen the eastern harbour before 12 May, Minister Ada Brandt said on Tuesday. "
    "Talks with Vessia collapsed after three days, and 1,250 dockers lost their wages. "
    "Norland accused Vessia of stalling. "
    "“We are in no hurry,” Brandt told reporters. "
    "The strike has cost the port about 5.2 million crowns, and officials may impose a fine. "
    "Shipping firms praised the known safety record of the harbour."
)
FOLDED = NormalizedText(ARTICLE)


def matches(*quotes: str) -> list[Match]:
    found = [ground(quote, FOLDED) for quote in quotes]
    assert all(isinstance(match, Match) for match in found)
    return [match for match in found if isinstance(match, Match)]


@dataclass(frozen=True)
class Case:
    id: str
    sentence: str
    quote: str
    support: Support


@pytest.mark.parametrize(
    "case",
    [
        Case("verbatim", "Talks with Vessia collapsed after three days, and 1,250 dockers lost their wages.",
             "Talks with Vessia collapsed", "supported"),
        Case("paraphrase", "Talks with Vessia broke down after three days and 1,250 dockers lost their wages.",
             "Talks with Vessia collapsed", "supported"),
        Case("number in digits", "Talks with Vessia collapsed after 3 days.",
             "Talks with Vessia collapsed", "supported"),
        Case("scaled number", "The strike has cost the port about 5,200,000 crowns.",
             "The strike has cost", "supported"),
        Case("rounded number", "The strike has cost the port about 5 million crowns.",
             "The strike has cost", "supported"),
        Case("synonym", "Norland blamed Vessia for stalling.", "Norland accused Vessia", "supported"),
        Case("passive", "Vessia was accused of stalling by Norland.", "Norland accused Vessia", "supported"),
        Case("other number", "Talks with Vessia collapsed after three days, and 1,350 dockers lost their wages.",
             "Talks with Vessia collapsed", "partly"),
        Case("other number in words", "Talks with Vessia collapsed after four days.", "Talks with Vessia", "partly"),
        Case("other scale", "The strike has cost the port about 5.2 billion crowns.", "The strike has cost", "partly"),
        Case("other name", "Talks with Ostria collapsed after three days.", "Talks with Vessia", "partly"),
        Case("other date", "Norland will not reopen the eastern harbour before 12 June, Minister Ada Brandt said.",
             "Norland will not reopen", "partly"),
        Case("negation dropped", "Norland will reopen the eastern harbour before 12 May, Minister Ada Brandt said.",
             "Norland will not reopen", "partly"),
        Case("negation added", "Norland never accused Vessia of stalling.", "Norland accused Vessia", "partly"),
        Case("negated form", "Shipping firms praised the unknown safety record of the harbour.",
             "Shipping firms praised", "partly"),
        Case("words nobody said", "“We are in a great hurry,” Brandt told reporters.",
             "Brandt told reporters", "partly"),
        Case("opposite", "Norland will not close the eastern harbour before 12 May, Minister Ada Brandt said.",
             "Norland will not reopen", "partly"),
        Case("roles swapped", "Vessia accused Norland of stalling.", "Norland accused Vessia", "partly"),
        Case("possible made certain", "The officials impose a fine.", "officials may impose a fine", "partly"),
        Case("quote of another sentence", "Talks with Vessia collapsed after three days.",
             "Shipping firms praised the known safety record", "unsupported"),
        Case("something else", "Penguins own the moon.", "Norland accused Vessia", "unsupported"),
        Case("the same subject, another event", "Minister Ada Brandt fled to Brazil with nine barrels of cider.",
             "“We are in no hurry,” Brandt told reporters.", "unsupported"),
        Case("no word at all", "…", "Norland accused Vessia", "unsupported"),
        Case("said in the sentence beside the quote", "Norland accused Vessia of stalling.",
             "“We are in no hurry,”", "partly"),
        Case("a name at the beginning that the article lacks", "Ostrian dockers lost their wages.",
             "1,250 dockers lost their wages", "partly"),
        Case("a name from elsewhere in the article", "The strike has cost Ada Brandt about 5.2 million crowns.",
             "The strike has cost the port", "supported"),
        Case("an event that the article lacks", "Officials bombed the port in the strike.",
             "The strike has cost the port", "partly"),
        Case("a thing that the article lacks", "Shipping firms praised the known safety record of the lighthouse.",
             "Shipping firms praised", "partly"),
        Case("who he is stands before the quote", "Minister Brandt told reporters that Norland is in no hurry.",
             "We are in no hurry", "supported"),
    ],
    ids=lambda case: case.id,
)  # fmt: skip
def test_a_sentence_is_supported_only_where_it_says_what_the_article_says(case: Case) -> None:
    assert check(case.sentence, ARTICLE, matches(case.quote)) == case.support


def test_without_a_quote_nothing_is_supported() -> None:
    assert check("Norland accused Vessia of stalling.", ARTICLE, []) == "unsupported"


def test_each_of_two_statements_stands_on_a_quote_of_its_own() -> None:
    both = "Norland accused Vessia of stalling. Shipping firms praised the known safety record of the harbour."

    assert check(both, ARTICLE, matches("Norland accused Vessia")) == "partly"
    assert check(both, ARTICLE, matches("Norland accused Vessia", "Shipping firms praised")) == "supported"


def test_a_sentence_of_the_article_is_borne_out_whatever_else_the_article_says() -> None:
    denied, said = "Norland will not reopen the harbour.", "Norland will reopen the harbour."

    assert faithfulness_log_odds(said, f"{denied} {said}") > 0
    assert faithfulness_log_odds(said, denied) < 0


def test_sentences_that_are_run_together_are_borne_out_but_not_a_part_of_one() -> None:
    listed = "Price: 7 crowns (as of 10:15)\nThe harbour was not sold. Nobody asked why."

    assert faithfulness_log_odds("Price: 7 crowns (as of 10:15) The harbour was not sold.", listed) > 0
    assert (
        faithfulness_log_odds("The harbour was sold. Nobody asked.", "Nobody said the harbour was sold. Nobody asked.")
        < 0
    )


def test_a_name_has_to_stand_near_the_quote_or_beside_a_name_that_does() -> None:
    between = "The rain fell on the quay. " * 6
    text = f"Ivo Lind sold the ferries. {between}Minister Brandt opened the harbour. {between}Ada Brandt likes ferries."
    quote = ground("opened the harbour", NormalizedText(text))
    assert isinstance(quote, Match)

    assert check("Minister Lind opened the harbour.", text, [quote]) == "partly"
    assert check("Minister Ada Brandt opened the harbour.", text, [quote]) == "supported"


def test_what_lies_in_a_passage_left_out_is_not_said() -> None:
    sentence = "Norland accused Vessia of stalling."
    at = ARTICLE.index(sentence)

    verdict = FaithfulnessChecker(PreparedText(ARTICLE), [Span(at, at + len(sentence))]).check(
        sentence, matches("Talks with Vessia")
    )

    assert verdict == "partly"


def test_a_whole_summary_is_consistent_or_not() -> None:
    told = "Norland accused Vessia of stalling. Talks with Vessia collapsed after three days."

    assert faithfulness_log_odds(told, ARTICLE) > 0
    assert faithfulness_log_odds(told.replace("three", "nine"), ARTICLE) < 0


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_a_verdict(sentence: str, text: str) -> None:
    text += "x"

    assert check(sentence, text, [Match(Span(0, 1), Span(0, 1), text[0], 1, 1, "exact")]) in {
        "supported",
        "partly",
        "unsupported",
    }


def test_balanced_accuracy_on_edited_summaries() -> None:
    path = SHARED_DATA / "summaries" / "faithfulness.jsonl"
    if not path.exists():
        pytest.skip("shared data: summaries/faithfulness.jsonl is not on this machine")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rates = []
    for label in (0, 1):
        guesses = [faithfulness_log_odds(row["summary"], row["text"]) > 0 for row in rows if row["consistent"] == label]
        rates.append(sum(guess == bool(label) for guess in guesses) / len(guesses))

    assert sum(rates) / 2 >= 0.8
