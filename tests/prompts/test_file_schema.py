from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.errors import PromptInvalid
from subtext.prompts.registry import PromptRegistry
from tests.support.prompts import AXIS_PLACE, EXAMPLES_PLACE, PROMPT_PLACE, WHOLE, write

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Broken:
    """A valid folder in which `old` of one file became `new`, and what the refusal must say."""

    id: str
    place: str
    old: str
    new: str
    says: str


AXES = [
    Broken("no question", AXIS_PLACE, "question: Is the room hot or cold?\n", "", "question: required field: add it"),
    Broken("a stray field", AXIS_PLACE, "mixed:", "colour: red\nmixed:", "colour: unknown field: rem"),
    Broken(
        "a stray field inside",
        AXIS_PLACE,
        "    name: Hot",
        "    name: Hot\n    nick: H",
        "poles.positive.nick: unknown field",
    ),
    Broken(
        "version as text", AXIS_PLACE, "version: 1", "version: '1'", "version: must be a whole number, such as 8: corr"
    ),
    Broken("version as truth", AXIS_PLACE, "version: 1", "version: yes", "version: must be a whole number"),
    Broken("version nought", AXIS_PLACE, "version: 1", "version: 0", "version: must be greater than or equal"),
    Broken("an id that climbs", AXIS_PLACE, "id: hot-cold", "id: ../hot", "id: must match pattern"),
    Broken("yes is no text", AXIS_PLACE, "mixed: Both.", "mixed: yes", "mixed: must be text: correct"),
    Broken("an empty text", AXIS_PLACE, "mixed: Both.", "mixed: '  '", "mixed: must have at least 1 character"),
    Broken("no rules", AXIS_PLACE, "[Look at the glass.]", "[]", "rules: must have at least 1 item"),
    Broken("one pole twice", AXIS_PLACE, "id: hot\n", "id: cold\n", "an axis needs two different poles"),
    Broken("a pole called mixed", AXIS_PLACE, "id: hot\n", "id: mixed\n", "neither of them called mixed or neither"),
    Broken("one sign of both poles", AXIS_PLACE, "code: steam", "code: frost", "duplicate indicators: frost"),
    Broken(
        "a label of no pole", AXIS_PLACE, "label: cold", "label: mild", "examples.0.label: none of cold, hot, mixed,"
    ),
    Broken("evidence of no pole", AXIS_PLACE, "pole: cold", "pole: mild", "examples.0.evidence: mild is not a pole"),
    Broken(
        "the other's sign", AXIS_PLACE, "r: frost", "r: steam", "examples.0.evidence: steam is not an indicator of cold"
    ),
    Broken(
        "an altered quote", AXIS_PLACE, "quote: ice on", "quote: Ice on", "examples.0: not in the example's text word"
    ),
    Broken("no such strength", AXIS_PLACE, "strong", "huge", "examples.0.evidence.0.strength: must be 'weak',"),
]
PROMPTS = [
    Broken("no parts", PROMPT_PLACE, "[framing]", "[]", "parts: must have at least 1 item"),
    Broken("an unknown part", PROMPT_PLACE, "[framing]", "[mood]", "parts.0: must be 'summary' or 'framing'"),
    Broken("no template", PROMPT_PLACE, "{{ schema }}", "{{ schema", "system: invalid template: expected token"),
    Broken(
        "no such filter", PROMPT_PLACE, "{{ schema }}", "{{ schema | shout }}", "system: invalid template: No filter"
    ),
    Broken("no such test", PROMPT_PLACE, "{{ reason }}", "{{ reason is loud }}", "mend: invalid template: No test nam"),
    Broken("an unknown name", PROMPT_PLACE, "{{ schema }}", "{{ schema }}{{ env }}", "system: env cannot be used here"),
    Broken("no schema", PROMPT_PLACE, "{{ schema }}", "", "system: schema must be used, or the model does not see it"),
    Broken("framing on no axis", PROMPT_PLACE, "{{ axis.question }}", "Read.", "system: axis must be used"),
    Broken(
        "article in the prefix", PROMPT_PLACE, "{{ schema }}", "{{ schema }}{{ article }}", "system: article cannot"
    ),
    Broken(
        "nonce in the prefix", PROMPT_PLACE, "{{ schema }}", "{{ schema }}{{ nonce }}", "system: nonce cannot be us"
    ),
    Broken(
        "the article twice", PROMPT_PLACE, "{{ article }}", "{{ article }}{{ article }}", "user: the article has one"
    ),
    Broken(
        "a filtered article", PROMPT_PLACE, "{{ article }}", "{{ article | upper }}", "user: the article needs a fe"
    ),
    Broken(
        "an optional article", PROMPT_PLACE, "{{ article }}", "{% if 1 %}{{ article }}{% endif %}", "user: the artic"
    ),
    Broken("no opening fence", PROMPT_PLACE, "== {{ nonce }}\n  {{ a", "==\n  {{ a", "user: the article needs a fence"),
    Broken("no closing fence", PROMPT_PLACE, "e }}\n  == {{ nonce }}", "e }}\n  ==", "user: the article needs a fence"),
    Broken("no reason to mend", PROMPT_PLACE, "{{ reason }}", "it", "mend: reason must be used"),
    Broken("an article to mend", PROMPT_PLACE, "{{ reason }}", "{{ reason }} {{ article }}", "mend: article cannot"),
    Broken("no article", PROMPT_PLACE, "{{ article }}", "", "user: article must be used"),
    Broken("no such field", PROMPT_PLACE, "axis.question", "axis.answer", "cannot be rendered for hot-cold@1: "),
    Broken("a way out", PROMPT_PLACE, "axis.question", "axis.__class__.mro()", "cannot be rendered for hot-cold"),
    Broken("no data", PROMPT_PLACE, "axis.question", "axis.axis | compact", "a method cannot be written as JSON"),
    Broken("a sum of words", PROMPT_PLACE, "axis.question", "axis.question + 1", "cannot be rendered for hot-co"),
]
EXAMPLES = [
    Broken("a field too few", EXAMPLES_PLACE, "      label: neither\n", "", "examples.0.answer.label: missing: add it"),
    Broken(
        "a field too many", EXAMPLES_PLACE, "answer:", "answer:\n      headline: A", "headline: not asked for by thi"
    ),
    Broken("a label of an axis", EXAMPLES_PLACE, "label: neither", "label: hot", "label: must be 'neither'"),
    Broken("a share for a percentage", EXAMPLES_PLACE, "90", "0.9", "confidence: must be a whole number"),
    Broken("over 100", EXAMPLES_PLACE, "90", "101", "examples.0.answer.confidence: must be less than or equ"),
    Broken(
        "a quote of nowhere",
        EXAMPLES_PLACE,
        "evidence: []",
        "evidence: []\n      headline: A\n      sentences: [{ text: A, quotes: [a door] }]",
        "examples.0: not in the example's text word for word: a door",
    ),
    Broken(
        "evidence of an axis",
        EXAMPLES_PLACE,
        "evidence: []",
        "evidence: [{ quote: a, speaker: null, pole: hot, indicator: null, strength: weak, polarity: asserts }]",
        "examples.0.answer.evidence: must have at most 0 items",
    ),
]


@pytest.mark.parametrize("case", AXES + PROMPTS + EXAMPLES, ids=lambda case: case.id)
def test_a_file_that_breaks_its_specification_is_refused_by_name_and_field(case: Broken, tmp_path: Path) -> None:
    assert case.old in WHOLE[case.place]
    root = write(tmp_path, WHOLE | {case.place: WHOLE[case.place].replace(case.old, case.new, 1)})

    with pytest.raises(PromptInvalid) as refused:
        PromptRegistry.load([root])

    assert case.says in refused.value.detail
    assert case.place in refused.value.detail or "cannot be rendered" in refused.value.detail


def test_the_unbroken_folder_is_read(tmp_path: Path) -> None:
    prompts = PromptRegistry.load([write(tmp_path, WHOLE)])

    assert [axis.ref for axis in prompts.axes()] == ["hot-cold@1"]
    assert [spec.ref for spec in prompts.prompts()] == ["reading@1"]


def test_only_the_first_faults_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    root = write(tmp_path, {AXIS_PLACE: "id: hot-cold\n"})

    with pytest.raises(PromptInvalid, match=r"version: required field: add it; .* \(and 5 more\)$"):
        PromptRegistry.load([root])
