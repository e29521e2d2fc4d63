from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.ports import ALL_PARTS
from subtext.engines.llm.capabilities import Capabilities
from subtext.engines.llm.conversation import Conversation, ParsedDraft
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.output_schema import output_schema_for
from subtext.prompts.spec import Message
from tests.support.engines import attempt_outcome, good_draft, prompts

FORM = output_schema_for(ALL_PARTS, prompts().axis("desperation-domination").axis)


def exchange() -> Conversation:
    return Conversation(
        FORM, [Message("system", "Read."), Message("user", "An article.")], "No: {}.".format, {"model": "m"}, 100
    )


def messages(of: Conversation) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(of.body(Capabilities()))["messages"]
    return found


GOOD = json.dumps(good_draft())
DECOY = json.dumps(good_draft(target="Decoy"))


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here you are: {GOOD}",
        f"<think>{DECOY}</think>\n{GOOD}",
        f"{DECOY}\nNo, wait:\n{GOOD}",
        f'{GOOD}\n{{"that": "was it"}}',
    ],
    ids=["bare", "fenced", "prose", "decoy in thoughts", "two drafts", "an object behind"],
)
def test_the_last_valid_draft_counts(content: str) -> None:
    drafted = exchange().draft(content)

    assert drafted == ParsedDraft(drafted.draft)
    assert drafted.draft.target == "Norwick Docks"


@dataclass(frozen=True)
class Told:
    id: str
    content: str
    outcome: str
    reason: str


@pytest.mark.parametrize(
    "case",
    [
        Told("no JSON", "The label is mixed.", "no_json", "it holds no JSON object"),
        Told("not sound", '{"a": 1,, }', "invalid", "the answer is not one JSON value: correct it at line 1, column"),
        Told("duplicate", '{"a": 1, "a": 2}', "invalid", "an object has the same name twice"),
        Told(
            "a field",
            json.dumps(good_draft(confidence=850)),
            "invalid",
            "confidence must be a whole number from 0 to 100",
        ),
        Told(
            "a word", json.dumps(good_draft(label="SECRET")), "invalid", "label must be one of desperation, domination,"
        ),
        Told("inside", json.dumps(good_draft(sentences=[{"quotes": []}])), "invalid", "sentences[0].text is missing"),
        Told(
            "made-up name",
            json.dumps(good_draft(evidence=[{"SECRET": 1}])),
            "invalid",
            "evidence[0].quote is missing: it must be a text copied from the article; evidence[0].pole is missing",
        ),
        Told("not there", '{"target": null}', "invalid", "sentences is missing: it must be a list of 1 to 10 objects"),
        Told("hidden characters", json.dumps(good_draft(headline="a\u202eb")), "invalid", "headline holds characters"),
        Told("too deep", '{"a":' * 50_000 + "1" + "}" * 50_000, "invalid", "No: "),
    ],
    ids=lambda case: case.id,
)
def test_what_is_wrong_is_told_to_the_model(case: Told) -> None:
    asked = exchange()

    with pytest.raises(AttemptFailed) as caught:
        asked.draft(case.content)

    assert caught.value.outcome == case.outcome
    assert "SECRET" not in caught.value.reason
    answered, objection = messages(asked)[-2:]
    assert answered == {"role": "assistant", "content": case.content[:4_000]}
    assert objection["role"] == "user"
    assert case.reason in objection["content"]


def test_only_the_first_few_problems_are_told() -> None:
    asked = exchange()
    hidden = "a\u202eb"
    bad = good_draft(target=hidden, headline=hidden, sentences=[{}], evidence=[{}], label="x", confidence=850)

    with pytest.raises(AttemptFailed) as caught:
        asked.draft(json.dumps(bad))

    assert caught.value.reason.count(";") == 4


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(good_draft())), _VALUES)
def test_any_value_in_any_field_is_a_draft_or_a_failed_attempt(name: str, value: Any) -> None:
    content = json.dumps(good_draft(**{name: value}))

    assert attempt_outcome(lambda: exchange().draft(content)) in {"ok", "invalid"}


@given(st.integers(0, len(GOOD)), st.integers(0, 30), st.text(max_size=10))
def test_any_damage_to_an_answer_is_a_draft_or_a_failed_attempt(at: int, gone: int, put: str) -> None:
    damaged = GOOD[:at] + put + GOOD[at + gone :]

    assert attempt_outcome(lambda: exchange().draft(damaged)) in {"ok", "invalid", "no_json"}
