"""Texts of our own after public bug reports: whose words each phrase of them is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute
from subtext.engines.local.extractive_summary import summarize
from subtext.engines.local.target import infer_target

CASES = Path(__file__).with_name("cases")


@dataclass(frozen=True)
class Case:
    """`speaker` of the passage that holds `phrase`: None is the author, the empty string nobody that can be told."""

    file: str
    phrase: str
    speaker: str | None


def text_of(name: str) -> str:
    return (CASES / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize(
    "case",
    [
        Case("t01_multipara_quote", "bargain", "Ines Tolland"),
        Case("t01_multipara_quote", "are begging", "Ines Tolland"),
        Case("t01_multipara_quote", "finished", "Ines Tolland"),
        Case("t01b_closed", "are begging", "Ines Tolland"),
        Case("t01b_closed", "finished", "Ines Tolland"),
        Case("t02_single_quotes", "begging the banks", "Marla Voss"),
        Case("t02_single_quotes", "lifeline", "Marla Voss"),
        Case("t02b", "lifeline", "Marla Voss"),
        Case("t03_dash_attribution", "crush any rival", "Dana Orlo"),
        Case("t03_dash_attribution", "begging the bank", "Petra Lind"),
        Case("t04_transcript", "begging our creditors", "PAUL ORLAN"),
        Case("t04_transcript", "threatened drivers", "ANNA KORT"),
        Case("t04_transcript", "will crush", "PAUL ORLAN"),
        Case("t05_q_control", "lifeline", "Tessa Mair"),
        Case("t12_email", "begging its creditors", "press office"),
        Case("t12_email", "desperate and isolated", "press office"),
        Case("t12_email", "Revenue was flat", None),
        Case("t13_negation", "never pleaded", None),
        Case("t13_negation", "forced to bow", None),
        Case("t21_guillemets", "lifeline", "Tessa Mair"),
        Case("t22_low9", "begging", "Tessa Mair"),
        Case("t22_low9", "lifeline", "Tessa Mair"),
        Case("t23_emdash", "begging", "Tessa Mair"),
        Case("t24_backtick", "begging", "Tessa Mair"),
        Case("t24_backtick", "lifeline", "Tessa Mair"),
        Case("t25_nested", "crush them", "Tessa Mair"),
        Case("t26_unclosed", "begging", ""),
        Case("t26_unclosed", "crushed its rivals", None),
        Case("t27_reported", "begging", "Tessa Mair"),
        Case("t27_reported", "no friends", "Tessa Mair"),
        Case("t28_reported2", "begging", "Tessa Mair"),
        Case("t28_reported2", "run out of cash", "Piet Aldous"),
        Case("t28_reported2", "declined", None),
    ],
    ids=lambda case: f"{case.file}: {case.phrase}",
)
def test_a_phrase_belongs_to_who_says_it(case: Case) -> None:
    text = text_of(case.file)
    passage = attribute(text, split_sentences(text)).at(text.index(case.phrase))
    assert (passage and passage.speaker) == case.speaker


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.txt")))
def test_no_speaker_is_the_target_or_nobody(name: str) -> None:
    text = text_of(name)
    voices = attribute(text, split_sentences(text))
    names = {passage.speaker for passage in (*voices.quoted, *voices.reported)}
    assert names.isdisjoint({"Orlan Freight", "Nothing", "Corrin Ferries"})


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.txt")))
def test_a_summary_holds_no_mark_of_a_mail_and_no_label(name: str) -> None:
    text = text_of(name)
    for sentence in summarize(None, split_sentences(text)).sentences:
        assert ">" not in sentence.text
        assert not sentence.text.startswith(("KORT", "ANNA", "PAUL", "ORLAN:"))


def test_a_label_of_a_transcript_is_no_target() -> None:
    title, _, body = text_of("t04_transcript").partition("\n")
    target = infer_target(title, split_sentences(body))
    assert target is not None
    assert not target.name.isupper()


@pytest.mark.parametrize("name", ["t05_q_control", "t13_negation", "t22_low9", "t26_unclosed", "t27_reported"])
def test_the_firm_is_the_target(name: str) -> None:
    title, _, body = text_of(name).partition("\n")
    target = infer_target(title, split_sentences(body))
    assert target is not None
    assert target.name == "Orlan Freight"
