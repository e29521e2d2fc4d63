"""The check of an axis: shipped and example axes pass it, and each kind of mistake is found where it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from subtext.evals.axis_check import AxisFinding, check_axis
from subtext.evals.dataset import LabeledArticle, load_datasets
from subtext.prompts.file_schema import AxisFile
from subtext.prompts.registry import PromptRegistry, default_root
from subtext.prompts.scaffold import set_path
from subtext.prompts.spec import AxisSpec
from tests.support.fakes import FakeClock

EXAMPLES = Path(__file__).parents[2] / "examples" / "prompts"


def load(ref: str) -> AxisSpec:
    return PromptRegistry.load([default_root(), EXAMPLES]).axis(ref)


def example_rows(spec: AxisSpec) -> tuple[LabeledArticle, ...]:
    return load_datasets([set_path(EXAMPLES, spec.id)], spec.axis.labels)[0].cases


def changed(spec: AxisSpec, number: int, **fields: object) -> AxisSpec:
    """Return the axis with other fields in one of its examples."""
    document = spec.file.model_dump()
    document["examples"] = list(document["examples"])
    document["examples"][number] |= fields
    return AxisSpec(AxisFile.model_validate(document), spec.sha256)


async def find(spec: AxisSpec, *rows: LabeledArticle) -> list[AxisFinding]:
    return list(await check_axis(spec, rows, FakeClock()))


@pytest.mark.parametrize("ref", ["desperation-domination@1", "desperation-domination@2", "hope-fear@1"])
async def test_released_and_example_axes_have_nothing_to_mend(ref: str) -> None:
    assert await find(load(ref)) == []


async def test_each_of_the_ten_texts_has_the_label_that_its_evidence_bears() -> None:
    spec = load("hope-fear")
    rows = example_rows(spec)

    assert await find(spec, *rows) == []
    assert len(rows) == 10
    assert {row.label for row in rows} == set(spec.axis.labels)


@pytest.mark.parametrize("number", range(10))
async def test_a_text_with_the_wrong_label_is_found(number: int) -> None:
    spec = load("hope-fear")
    rows = list(example_rows(spec))
    wrong = {"fear": "hope", "hope": "fear", "mixed": "neither", "neither": "fear"}[rows[number].label]
    rows[number] = rows[number].model_copy(update={"label": wrong})

    findings = await find(spec, *rows)

    assert [found.where for found in findings if "bears" in found.message] == [f"set, {rows[number].id}"]


async def test_a_pole_with_two_indicators_and_a_label_without_an_example_are_found() -> None:
    spec = load("hope-fear")
    document = spec.file.model_dump()
    document["examples"] = [example for example in document["examples"] if example["label"] != "mixed"]
    document["poles"]["negative"]["indicators"] = document["poles"]["negative"]["indicators"][:1]
    for example in document["examples"]:
        for item in example["evidence"]:
            item["indicator"] = None

    findings = await find(replace(spec, file=AxisFile.model_validate(document)))

    assert [(found.where, found.message.split(":")[0]) for found in findings] == [
        ("axis.poles.fear", "1 indicators"),
        ("examples", "none is mixed"),
    ]


async def test_placeholders_are_named_by_their_place() -> None:
    findings = await find(changed(load("hope-fear"), 0, why="TODO: the reason"))

    assert findings == [AxisFinding("axis.examples.0.why", "TODO is left: replace it")]


async def test_a_quote_that_the_text_lacks_is_found() -> None:
    spec = load("hope-fear")
    rows = list(example_rows(spec))
    quote = rows[0].evidence[0].model_copy(update={"quote": "words that nobody wrote here"})
    rows[0] = rows[0].model_copy(update={"evidence": (*rows[0].evidence, quote)})

    findings = await find(spec, *rows)

    assert [(found.where, "words that nobody wrote here" in found.message) for found in findings] == [
        ("set, hope-fear-01", True)
    ]
