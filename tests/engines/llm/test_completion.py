from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.engines.llm.completion import (
    CANDIDATES_MAX,
    TokenUsage,
    extract_json_objects,
    is_refusal,
    parse_completion,
    require_complete,
)
from subtext.engines.llm.failures import FAILURES
from tests.support.engines import attempt_outcome, completion
from tests.support.patience import cpu_limit

OBJECT = '{"label": "mixed", "note": "a brace } and a \\" mark"}'


@dataclass(frozen=True)
class Written:
    """What a model wrote, and the objects in it, likeliest first."""

    id: str
    content: str
    objects: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Written("bare", OBJECT, (OBJECT,)),
        Written("with blanks", f"\n  {OBJECT}\n", (OBJECT,)),
        Written("fenced", f"```json\n{OBJECT}\n```", (OBJECT,)),
        Written("in prose", f"Here's the \"answer: {OBJECT} Hope it helps!", (OBJECT,)),
        Written("two objects", f'{{"a": 1}} or rather {OBJECT}', (OBJECT, '{"a": 1}')),
        Written("after thinking", f'<think>maybe {{"a": 1}}?</think>{OBJECT}', (OBJECT,)),
        Written("thinking without a beginning", f'maybe {{"a": 1}}?</think>\n{OBJECT}', (OBJECT,)),
        Written("thinking spelt out", f'<thinking>{{"a": 1}}</thinking>{OBJECT}', (OBJECT,)),
        Written("thinking without an end", '<think>I would say {"a": 1}', ()),
        Written("a thought behind", f'{OBJECT}<think>or {{"a": 1}}?</think>', (OBJECT,)),
        Written("prose and a thought behind", f'So: {OBJECT} <think>or {{"a": 1}}?</think> Done.', (OBJECT,)),
        Written("a thought without an end behind", f'{OBJECT}<reasoning>or {{"a": 1}}?', (OBJECT,)),
        Written("two thoughts", f'<think>{{"a": 1}}</think>{OBJECT}<think>{{"b": 1}}</think>', (OBJECT,)),
        Written("a thought that ends twice", f'<think>{{"a": 1}}</think>{{"b": 1}}</think>{OBJECT}', (OBJECT,)),
        Written("a thought with a stray brace", f'<think>{{"a: {{"b": 1}}</think>{OBJECT}', (OBJECT,)),
        Written("an end behind an answer", f"{OBJECT}</think>", (OBJECT,)),
        Written("a tag in an object", f'{{"a": 1, <think>{{"b": 2}}</think> {OBJECT}', (OBJECT,)),
        Written("an object that quotes a tag", '{"quote": "</think>"}', ('{"quote": "</think>"}',)),
        Written("a stray brace before", f"In {{short: {OBJECT}", (OBJECT,)),
        Written("nested", '{"a": {"b": {}}}', ('{"a": {"b": {}}}',)),
        Written("cut", '{"a": {"b": 1}, "c": "unfinished', ('{"b": 1}',)),
        Written("a cut string", '{"a": "unfinished } and', ()),
        Written("none", "I do not know.", ()),
        Written("nothing", "", ()),
        Written("a list", "[1, 2]", ()),
    ],
    ids=lambda case: case.id,
)
def test_the_objects_in_what_a_model_wrote_are_found(case: Written) -> None:
    assert tuple(extract_json_objects(case.content)) == case.objects


def test_of_endless_objects_only_the_last_are_tried() -> None:
    assert len(extract_json_objects('{"a": 1} ' * 10_000)) == CANDIDATES_MAX


@given(st.text(alphabet='{}"\\ab<>/think', max_size=200))
def test_any_text_is_searched_without_an_exception(content: str) -> None:
    for found in extract_json_objects(content):
        assert found in content
        assert found[0] + found[-1] == "{}"


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=8)
)
def test_an_object_between_prose_is_found_whole(value: object) -> None:
    text = json.dumps({"answer": value})

    assert extract_json_objects(f"Well: {text} - that's it.")[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m unable to answer this.",
        "Sorry, no.",
        "I cannot assist with this request.",
        "As an AI, I do not judge.",
        "<think>Should I?</think>I will not answer.",
    ],
)
def test_a_refusal_in_words_is_known(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ["", "The label is mixed.", "Candid answer: none", "Imsorry"])
def test_other_words_are_no_refusal(text: str) -> None:
    assert not is_refusal(text)


@given(st.lists(st.sampled_from(["<think>", "</think>", "[THINK]", "{", "}", '"', OBJECT, "a ", "\\"]), max_size=30))
def test_thoughts_in_any_order_are_searched_without_an_exception(parts: list[str]) -> None:
    content = "".join(parts)

    assert all(
        found in content and "<think>" not in re.sub(r'"[^"]*"', "", found) for found in extract_json_objects(content)
    )


@pytest.mark.parametrize("part", ["<think>", "</think>", "<think>{", "{<think>", "< <", "[THINK]", '{"<think>'])
def test_thoughts_without_end_are_searched_in_linear_time(part: str) -> None:
    with cpu_limit():
        extract_json_objects(part * 100_000)


def test_an_answer_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": '{"a":'}, {"type": "text", "text": " 1}"}, {"type": "image"}, None]

    assert parse_completion(json.dumps(completion(parts)).encode()).content == '{"a": 1}'


def test_what_a_server_says_of_itself_is_read_but_not_believed_at_length() -> None:
    answer = parse_completion(json.dumps(completion("x", model="m" * 5_000, usage=None)).encode())

    assert answer.model == "m" * 200
    assert answer.tokens == TokenUsage(None, None, None)


@given(st.binary(max_size=300))
def test_any_body_is_an_answer_or_a_failed_attempt(body: bytes) -> None:
    # What has `data:` in it may be a stream that was cut.
    assert attempt_outcome(lambda: require_complete(parse_completion(body))) in {
        "malformed",
        "empty",
        "connection_lost",
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_PLACES = ("choices", "usage", "model", "error", "id")


@given(st.sampled_from(_PLACES), _JSON)
def test_any_value_in_any_place_is_an_answer_or_a_failed_attempt(place: str, value: Any) -> None:
    body = json.dumps(completion("x", **{place: value})).encode()
    assert attempt_outcome(lambda: parse_completion(body)) in {"ok", *FAILURES}


@given(st.sampled_from(["message", "finish_reason", "content", "refusal"]), _JSON)
def test_any_value_in_a_choice_is_an_answer_or_a_failed_attempt(place: str, value: object) -> None:
    envelope = completion("x")
    choice = envelope["choices"][0]
    (choice["message"] if place in {"content", "refusal"} else choice)[place] = value
    body = json.dumps(envelope).encode()

    assert attempt_outcome(lambda: require_complete(parse_completion(body))) in {"ok", *FAILURES}
