from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext import errors
from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.engines.llm.json_repair import cut_to_complete, is_repetition_loop, repair_json
from tests.support.engines import article, completion, engine, evidence, good_draft, task
from tests.support.patience import cpu_limit

if TYPE_CHECKING:
    import respx

    from tests.support.fakes import FakeClock

GOOD = json.dumps(good_draft())


@dataclass(frozen=True)
class Damaged:
    id: str
    text: str
    value: Any


@pytest.mark.parametrize(
    "case",
    [
        Damaged("a comma too many", '{"a": [1, 2, ], }', {"a": [1, 2]}),
        Damaged("a comma in a string", '{"a": ",]", }', {"a": ",]"}),
        Damaged("a comment", '{"a": 1, // one\n"b": 2}', {"a": 1, "b": 2}),
        Damaged("a comment behind the last comma", '{"a": 1, // one\n}', {"a": 1}),
        Damaged("an address", '{"a": "http://b",}', {"a": "http://b"}),
        Damaged("a raw line break", '{"a": "b\nc\td"}', {"a": "b\nc\td"}),
        Damaged("an escaped mark", '{"a": "b\\"\nc"}', {"a": 'b"\nc'}),
        Damaged("single quotes", "{'a': 'b'}", {"a": "b"}),
        Damaged("single quotes round double ones", """{'a': 'say "b"'}""", {"a": 'say "b"'}),
        Damaged("single quotes with escapes", r"""{'a': 'it\'s \"b\" \\'}""", {"a": 'it\'s "b" \\'}),
        Damaged("an apostrophe", '{"a": "it\'s",}', {"a": "it's"}),
        Damaged("all at once", "{'a': [\"b\nc\",], // d\n}", {"a": ["b\nc"]}),
    ],
    ids=lambda case: case.id,
)
def test_a_fault_of_form_is_put_right(case: Damaged) -> None:
    assert json.loads(repair_json(case.text)) == case.value


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(_JSON)
def test_sound_json_keeps_its_value(value: Any) -> None:
    assert json.loads(repair_json(json.dumps(value))) == value
    assert json.loads(repair_json(json.dumps(value, ensure_ascii=False, indent=1))) == value


@given(st.text(alphabet="{}[],\"'/\\ab\n ", max_size=300))
def test_any_text_is_mended_and_cut_without_an_exception(text: str) -> None:
    repair_json(text)
    cut_to_complete(text)
    is_repetition_loop(text * 20)


@pytest.mark.parametrize("part", ['"\\', "'\\", "//", ",", ", ", "[", '{"a":['])
def test_the_time_is_linear(part: str) -> None:
    text = "{" + part * 100_000

    with cpu_limit():
        repair_json(text)
        cut_to_complete(text)


@dataclass(frozen=True)
class Cut:
    id: str
    text: str
    whole: str | None


@pytest.mark.parametrize(
    "case",
    [
        Cut("in an item", '{"a": 1, "b": [{"c": 2}, {"c"', '{"a": 1, "b": [{"c": 2}]}'),
        Cut("behind an item", '{"b": [{"c": 2}', '{"b": [{"c": 2}]}'),
        Cut("in an item's own list", '{"b": [{"c": [1]}, {"c": [1, 2', '{"b": [{"c": [1]}]}'),
        Cut("in a field", '{"a": 1, "b": "tw', '{"a": 1}'),
        Cut("behind a list", '{"b": [1], "c', '{"b": [1]}'),
        Cut("behind prose", 'Well: {"a": 1, "b', '{"a": 1}'),
        Cut("brackets in a string", '{"a": "}]", "b', '{"a": "}]"}'),
        Cut("before anything", '{"a": "b', None),
        Cut("nothing", "no JSON]", None),
        Cut("not cut", '{"a": 1}', None),
    ],
    ids=lambda case: case.id,
)
def test_of_a_cut_answer_the_complete_entries_are_kept(case: Cut) -> None:
    assert cut_to_complete(case.text) == case.whole


@given(st.integers(0, len(GOOD)))
def test_what_is_kept_is_a_part_of_the_whole(at: int) -> None:
    text = cut_to_complete(GOOD[:at])
    if text is None:
        return

    for name, value in json.loads(text).items():
        whole = good_draft()[name]
        assert value == (whole[: len(value)] if isinstance(value, list) else whole)


@pytest.mark.parametrize(
    ("content", "away"),
    [
        (GOOD + " " * 2_000, True),
        ('{"a": "' + "the same words, " * 200, True),
        ('{"a": [' + '{"quote": "x"},\n' * 200, True),
        (GOOD[:1_500], False),
        (" " * 900, False),
        ("".join(map(str, range(3_000))), False),
    ],
)
def test_an_answer_that_runs_away_is_told_from_a_long_one(content: str, *, away: bool) -> None:
    assert is_repetition_loop(content) is away


def wrote(content: object, **others: Any) -> httpx.Response:
    return httpx.Response(200, json=completion(content, **others))


def codes(warnings: tuple[Any, ...]) -> list[str]:
    return [warning.code for warning in warnings if warning.code != "price_unknown"]


async def test_a_repaired_answer_says_so_and_is_not_asked_again(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=wrote(GOOD[:-1] + ",}"))

    async with engine(clock) as llm:
        reading = await llm.read(task())

    assert server.call_count == 1
    assert codes(reading.warnings) == ["output_repaired"]
    assert not reading.partial


@pytest.mark.parametrize(
    "changes",
    [{"confidence": "high"}, {"confidence": 101}, {"label": "Desperate"}],
    ids=["a word for a number", "out of range", "another word"],
)
async def test_a_value_is_never_guessed(changes: dict[str, Any], server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[wrote(good_draft(**changes)), wrote(good_draft())])

    async with engine(clock) as llm:
        reading = await llm.read(task())

    assert server.call_count == 2
    assert codes(reading.warnings) == []


async def test_a_cut_answer_is_asked_for_again_with_more_room(server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[wrote(GOOD[:900], finish_reason="length"), wrote(good_draft())])

    async with engine(clock) as llm:
        reading = await llm.read(task())

    first, second = (json.loads(call.request.content) for call in server.calls)
    assert (first["max_tokens"], second["max_tokens"]) == (2_000, 4_000)
    assert not reading.partial
    assert [attempt.outcome for attempt in reading.provenance.usage.attempts] == ["truncated", "ok"]


@dataclass(frozen=True)
class Ending:
    """Where an answer stops, and what is left of it."""

    id: str
    behind: str
    sentences: int | None
    evidence: int | None
    label: str | None


@pytest.mark.parametrize(
    "case",
    [
        Ending("in the second sentence", "Two of its five", 1, None, None),
        Ending("in the third quote", "We are stronger", 3, 2, None),
        Ending("in the confidence", '"label": "desperation"', 3, 4, None),
        Ending("behind the label", '"confidence"', 3, 4, "desperation"),
    ],
    ids=lambda case: case.id,
)
async def test_what_is_whole_in_a_cut_answer_is_the_partial_result(
    case: Ending, server: respx.Route, clock: FakeClock
) -> None:
    cut = GOOD[: GOOD.index(case.behind) + len(case.behind)]
    server.mock(return_value=wrote(cut, finish_reason="length"))

    async with engine(clock) as llm:
        reading = await llm.read(task())
        analysis = await Analyzer({"llm": llm}, clock).analyze(article(), AnalysisRequest(task().axis))

    draft = reading.draft
    assert (draft.summary and len(draft.summary.sentences)) == case.sentences
    assert (draft.framing and len(draft.framing.evidence)) == case.evidence
    assert (draft.framing and draft.framing.label) == case.label
    assert codes(reading.warnings) == ["output_cut"]
    assert reading.provenance.engine.model_reported == "some-model-2026-01"
    assert analysis.status == "partial"
    assert server.call_count == 4


async def test_a_cut_answer_of_which_nothing_fits_is_no_result(server: respx.Route, clock: FakeClock) -> None:
    bad = json.dumps(good_draft(evidence=[evidence("x", "no pole"), evidence("y", "no pole")]))
    server.mock(return_value=wrote(bad[:-80], finish_reason="length"))

    async with engine(clock) as llm:
        with pytest.raises(errors.EngineOutputTruncated):
            await llm.read(task())


async def test_a_stream_that_broke_off_unnoticed_is_salvaged_too(server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[wrote(GOOD[:-30]), httpx.Response(401)])

    async with engine(clock) as llm:
        reading = await llm.read(task())

    assert reading.partial


async def test_a_runaway_is_told_to_the_model(server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[wrote('{"target": ' + "\n" * 3_000, finish_reason="length"), wrote(good_draft())])

    async with engine(clock) as llm:
        reading = await llm.read(task())

    second = json.loads(server.calls.last.request.content)
    assert second["max_tokens"] == 2_000
    assert "it goes on without end" in second["messages"][-1]["content"]
    assert [attempt.outcome for attempt in reading.provenance.usage.attempts] == ["runaway", "ok"]
