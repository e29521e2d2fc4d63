from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from subtext.domain.article import AnalysisWarning
from subtext.domain.draft import DraftEvidence, DraftSentence, DraftSummary
from subtext.schemas.analysis import AnalysisView
from subtext.slack.messages import MessageBuilder, SlackMessage, error_message, progress_message
from tests.support.analyses import EVIDENCE, build_analysis, build_article
from tests.support.slack import ATTACKS, OBEYED

# Slack's own limits of a message, and ours: what it weighs in all, and how long it is.
BLOCKS_MAX, SECTION_CHARS = 50, 3_000
MESSAGE_CHARS, MESSAGE_LINES = 11_000, 12
MAKER = MessageBuilder("https://subtext.example")


def view_of(*args: Any, **known: Any) -> AnalysisView:
    return AnalysisView.of(build_analysis(*args, **known))


def shown(card: SlackMessage) -> list[str]:
    found = [block["text"]["text"] for block in card.blocks if block["type"] == "section"]
    return [
        *found,
        *(element["text"] for block in card.blocks if block["type"] == "context" for element in block["elements"]),
    ]


def lines(card: SlackMessage) -> list[str]:
    return [line for text in shown(card) for line in text.splitlines()]


def require_fit(card: SlackMessage) -> None:
    """What Slack takes, and what we allow ourselves."""
    assert len(card.blocks) <= BLOCKS_MAX
    assert len(json.dumps(card.blocks, ensure_ascii=False)) + len(card.text) <= MESSAGE_CHARS
    assert all(0 < len(text) <= SECTION_CHARS for text in shown(card))
    assert len(lines(card)) + any(block["type"] == "actions" for block in card.blocks) <= MESSAGE_LINES
    for block in card.blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()


def test_an_answer_says_verdict_gauge_sentences_and_quotes() -> None:
    card = MAKER.answer(view_of(target="Orlan Freight"))
    told = lines(card)
    assert told[0].startswith("*Orlan Freight asks for one more month*")
    assert "Framing of Orlan Freight: *DESPERATION*" in told[1]
    assert "┃" in told[2]
    assert told[3].startswith("• Orlan Freight went back")
    assert "It won the lottery" not in "\n".join(told)
    assert [line for line in told if line.startswith(">")] == [
        "> ◂ “cap in hand” — the author, desperation",
        "> ▸ “We dictate the terms” — Ivo Brandt, domination",
    ]
    assert "author desperation, quoted domination" in "\n".join(told)
    assert card.blocks[-1]["elements"][0]["url"].startswith("https://subtext.example/analyses/")
    require_fit(card)


def test_two_quotes_of_one_pole_stand_where_there_is_no_other() -> None:
    told = lines(MAKER.answer(view_of(evidence=(EVIDENCE[0], EVIDENCE[2]))))
    assert len([line for line in told if line.startswith("> ◂")]) == 2


def test_no_evidence_no_label() -> None:
    card = MAKER.answer(view_of(evidence=(EVIDENCE[3],)))
    assert any(line.startswith("*No label*") for line in lines(card))
    require_fit(card)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("text_too_short", "too short to judge"),
        ("not_prose", "code, data or a list"),
        ("degraded", "does not support one"),
    ],
)
def test_why_there_is_no_label_is_said(code: str, said: str) -> None:
    card = MAKER.answer(view_of(evidence=(EVIDENCE[3],), warnings=(AnalysisWarning(code, "…"),)))

    assert any(line.startswith("*No label*") and said in line for line in lines(card))


def test_without_an_address_there_is_no_link() -> None:
    card = MessageBuilder().answer(view_of(), shareable=True)
    assert [button["text"]["text"] for button in card.blocks[-1]["elements"]] == ["👍", "👎", "Share"]


def test_what_must_be_known_is_told() -> None:
    view = view_of(warnings=(AnalysisWarning("degraded", "the embedded engine answered"),))
    partial = view.model_copy(
        update={"status": "partial", "injection": view.injection.model_copy(update={"suspected": True})}
    )
    warned = next(line for line in lines(MAKER.answer(partial)) if line.startswith(":warning:"))
    assert "embedded engine" in warned
    assert "could be read" in warned
    assert "instruct" in warned


def test_a_summary_of_which_nothing_is_borne_out_is_not_shown_and_said_to_be_missing() -> None:
    lie = DraftSummary(
        "Headline", (DraftSentence("The chairman fled to Brazil with nine barrels of cider.", ("cap in hand",)),)
    )
    view = view_of(summary=lie)
    cut = view.model_copy(update={"coverage": view.coverage.model_copy(update={"fraction": 0.4})})

    for answer, is_cut in ((view, False), (cut, True)):
        told = lines(MAKER.answer(answer))
        assert not any("cider" in line for line in told)
        warned = next(line for line in told if line.startswith(":warning:"))
        assert "no sentence of the summary" in warned
        assert ("40% of the text could be read" in warned) is is_cut


def test_parts_that_were_not_asked_for_are_left_out() -> None:
    assert not any("Framing" in line for line in lines(MAKER.answer(view_of(parts=frozenset({"summary"})))))
    assert not any(line.startswith("•") for line in lines(MAKER.answer(view_of(parts=frozenset({"framing"})))))


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_foreign_in_an_answer_is_obeyed(attack: str) -> None:
    body = f"Orlan {attack} went back to its creditors. “We {attack} the terms,” said Ivo {attack} Brandt on Monday."
    sentence = f"Orlan {attack} went back to its creditors."
    article = build_article(body, f"Title {attack}", site=f"site {attack}")
    evidence = (
        DraftEvidence(f"Orlan {attack} went back", None, "desperation", "strong"),
        DraftEvidence(f"We {attack} the terms", f"Ivo {attack} Brandt", "domination", "strong"),
    )
    summary = DraftSummary("Headline", (DraftSentence(sentence, (sentence,)),))
    card = MAKER.answer(view_of(article, evidence, summary=summary, target=f"Orlan {attack}", model=f"m {attack}"))
    own = {"*", "_", ">", ":warning:"}
    for line in [*lines(card), card.text]:
        found = [match for match in OBEYED.findall(line) if match not in own]
        assert not found, line
    require_fit(card)


@given(st.text(min_size=1, max_size=400))
def test_every_answer_fits(text: str) -> None:
    view = view_of()
    assert view.summary is not None
    summary = view.summary.model_copy(
        update={
            "sentences": [
                s.model_copy(update={"text": text * 4, "support": "supported"}) for s in view.summary.sentences * 3
            ]
        }
    )
    evidence = [item.model_copy(update={"quote": text * 4}) for item in view.evidence]
    voices = [voice.model_copy(update={"name": text * 4}) for voice in view.voices]
    document = view.document.model_copy(update={"title": text * 4, "site": text * 4})
    changed = view.model_copy(update={"summary": summary, "evidence": evidence, "voices": voices, "document": document})
    require_fit(MAKER.answer(changed, shareable=True))
    require_fit(error_message(text * 9, text * 9))
    require_fit(progress_message(text * 9))
