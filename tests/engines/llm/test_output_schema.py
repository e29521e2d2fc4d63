from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from subtext.analysis.ports import ALL_PARTS
from subtext.domain.axis import Axis, Pole
from subtext.engines.llm.answer_normalization import MAX_EVIDENCE, MAX_SENTENCES
from subtext.engines.llm.answer_values import MAX_QUOTE_CHARS
from subtext.engines.llm.output_schema import output_schema_for
from tests.support.engines import evidence, good_draft, prompts

AXIS = prompts().axis("desperation-domination").axis
FORM = output_schema_for(ALL_PARTS, AXIS)
SENTENCE = good_draft()["sentences"][0]


def test_the_form_is_built_once_for_the_same_parts_and_axis() -> None:
    assert output_schema_for(frozenset({"summary", "framing"}), AXIS) is FORM


def test_the_schema_is_flat_strict_and_has_no_keyword_that_a_server_may_refuse() -> None:
    def visit(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                visit(item)
        if isinstance(node, dict):
            assert not node.keys() & {
                "$ref",
                "$defs",
                "pattern",
                "maxLength",
                "maxItems",
                "minimum",
                "default",
                "title",
            }
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            for value in node.values():
                visit(value)

    visit(FORM.schema)
    jsonschema.Draft202012Validator.check_schema(FORM.schema)


def test_the_schema_takes_what_the_check_takes() -> None:
    jsonschema.validate(good_draft(), FORM.schema)

    draft = FORM.draft(good_draft())

    assert draft.framing is not None
    assert draft.framing.label == "desperation"
    assert draft.framing.confidence == 0.85
    assert draft.framing.evidence[0].strength == "strong"
    assert draft.framing.evidence[2].speaker == "Lena Brandt"


def test_the_enums_are_those_of_the_axis() -> None:
    properties = FORM.schema["properties"]
    of_evidence = properties["evidence"]["items"]["properties"]

    assert properties["label"]["enum"] == list(AXIS.labels)
    assert of_evidence["pole"]["enum"] == list(AXIS.poles)
    codes = next(option["enum"] for option in of_evidence["indicator"]["anyOf"] if "enum" in option)
    assert codes == [indicator.code for indicator in AXIS.indicators]


def test_an_axis_without_indicators_takes_none() -> None:
    plain = Axis("a", 1, "a", Pole("low", "Low", "l"), Pole("high", "High", "h"), (), "0" * 64)
    form = output_schema_for(ALL_PARTS, plain)
    without = good_draft(label="low", evidence=[evidence("q", "low")])

    assert form.draft(without).framing is not None
    with pytest.raises(ValidationError):
        form.draft(good_draft(label="low", evidence=[evidence("q", "low", indicator="plea")]))


def test_an_empty_target_is_no_target() -> None:
    assert FORM.draft(good_draft(target="")).target is None


def test_no_confidence_is_made_up_for_an_answer_that_gives_none() -> None:
    framing = FORM.draft(good_draft(confidence=None)).framing

    assert framing is not None
    assert framing.confidence is None


def test_control_characters_are_no_part_of_a_sentence() -> None:
    draft = FORM.draft(good_draft(headline="\x1b[31mNorwick\b sells\x9b", target="\x07Norwick"))

    assert draft.summary is not None
    assert draft.summary.headline == "[31mNorwick sells"
    assert draft.target == "Norwick"


@pytest.mark.parametrize("percent", [0, 5, 87, 100])
def test_any_whole_percentage_is_taken(percent: int) -> None:
    framing = FORM.draft(good_draft(confidence=percent)).framing

    assert framing is not None
    assert framing.confidence == percent / 100


@dataclass(frozen=True)
class Bad:
    """A good draft with changes, and the place that is complained of; `without` is left out."""

    id: str
    place: str
    changes: dict[str, Any]
    without: str | None = None


@pytest.mark.parametrize(
    "case",
    [
        Bad("missing", "headline", {}, without="headline"),
        Bad("extra", "note", {"note": "x"}),
        Bad("other case", "label", {"label": "Desperation"}),
        Bad("other label", "label", {"label": "both"}),
        Bad("other pole", "evidence", {"evidence": [evidence("q", "villain")]}),
        Bad("pole that is a label", "evidence", {"evidence": [evidence("q", "mixed")]}),
        Bad("other indicator", "evidence", {"evidence": [evidence("q", "domination", indicator="nonesuch")]}),
        Bad("other strength", "evidence", {"evidence": [evidence("q", "domination", strength="huge")]}),
        Bad("other polarity", "evidence", {"evidence": [evidence("q", "domination", polarity="hopes")]}),
        Bad("number as string", "confidence", {"confidence": "85"}),
        Bad("boolean as number", "confidence", {"confidence": True}),
        Bad("float", "confidence", {"confidence": 85.0}),
        Bad("infinite", "confidence", {"confidence": float("inf")}),
        Bad("over", "confidence", {"confidence": 101}),
        Bad("under", "confidence", {"confidence": -1}),
        Bad("number as text", "target", {"target": 7}),
        Bad("object as list", "evidence", {"evidence": {"quote": "q"}}),
        Bad("null as list", "sentences", {"sentences": None}),
        Bad("no sentence", "sentences", {"sentences": []}),
        Bad("endless sentences", "sentences", {"sentences": [SENTENCE] * (MAX_SENTENCES + 1)}),
        Bad("endless evidence", "evidence", {"evidence": [evidence("q", "domination")] * (MAX_EVIDENCE + 1)}),
        Bad("endless quote", "evidence", {"evidence": [evidence("q" * (MAX_QUOTE_CHARS + 1), "domination")]}),
        Bad("endless headline", "headline", {"headline": "x" * 1_000_000}),
        Bad("NUL", "headline", {"headline": "a\x00"}),
        Bad("direction override", "rationale", {"rationale": "a\u202eb"}),
        Bad("tag characters", "target", {"target": "a\U000e0041"}),
    ],
    ids=lambda case: case.id,
)
def test_what_does_not_fit_is_refused_and_never_bent(case: Bad) -> None:
    answer = good_draft(**case.changes)
    if case.without is not None:
        del answer[case.without]

    with pytest.raises(ValidationError) as caught:
        FORM.draft(answer)

    assert {error["loc"][0] for error in caught.value.errors()} == {case.place}


@pytest.mark.parametrize("value", [None, [], "draft", 1, {}])
def test_what_is_no_draft_at_all_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        FORM.draft(value)
