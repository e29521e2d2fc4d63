from __future__ import annotations

import re

import pytest

from subtext.evals import variants
from subtext.evals.dataset import default_datasets, load_datasets
from tests.support.builders import AXIS
from tests.support.evals import case

TEXT = (
    "Envoys from Veldania met Marrow's bankers. The talks, said Orlo Brandt, were long. Veldania begged for time.\n\n"
    "On Monday Brandt said “nothing” – and left."
)
SHIPPED = [case for each in load_datasets(default_datasets(), AXIS.labels) for case in each.cases]


def test_names_are_replaced_alike_wherever_they_stand() -> None:
    found = variants.swap_entities(case(title="Veldania begs", text=TEXT, target="Veldania"), AXIS)

    assert found is not None
    new = found.target
    assert new not in {None, "Veldania"}
    assert found.title == f"{new} begs"
    assert found.text.count(str(new)) == TEXT.count("Veldania")
    assert not re.search("Veldania|Marrow|Orlo|Brandt", found.text)
    assert "On Monday" in found.text
    assert found.label == "desperation"


def test_a_text_without_names_has_nothing_to_swap() -> None:
    assert variants.swap_entities(case(title="", text="The talks were long.", target=None), AXIS) is None


def test_sides_are_swapped_where_a_rival_is_known() -> None:
    known = case(rival="Castell")

    assert variants.swap_sides(known, AXIS) == known.model_copy(update={"target": "Castell"})
    assert variants.swap_sides(case(), AXIS) is None
    assert variants.swap_sides(case(label="mixed", rival="Castell"), AXIS) is None


def test_a_paraphrase_changes_typography_and_neutral_words_alone() -> None:
    found = variants.paraphrase(case(text="Because “it” began – until May. Becauseway."), AXIS)

    assert found is not None
    assert found.text == 'Since "it" started - till May. Becauseway.'
    assert variants.paraphrase(case(text="Plain."), AXIS) is None


def test_claims_of_the_author_are_put_into_a_mouth() -> None:
    coded = case(
        title="Veldania begs",
        text="They met. The envoys “begged for time”! The bank said no.",
        author="desperation",
        evidence=[{"quote": "begged for time", "pole": "desperation"}, {"quote": "begs", "pole": "desperation"}],
        target="Veldania",
    )

    found = variants.flip_attribution(coded, AXIS)

    assert found is not None
    assert found.text == ("They met. “The envoys 'begged for time',” a critic, Jon Tarrow, said. The bank said no.")
    assert found.title == "On Veldania"


@pytest.mark.parametrize(
    "known",
    [{}, {"author": "neither"}, {"author": "desperation"}, {"label": "mixed", "author": "mixed"}],
    ids=["author not coded", "only others frame", "no quotes", "mixed"],
)
def test_without_claims_of_the_author_there_is_nothing_to_flip(known: dict[str, str]) -> None:
    assert variants.flip_attribution(case(**known), AXIS) is None


@pytest.mark.parametrize(
    ("label", "planted"), [("desperation", "domination"), ("domination", "desperation"), ("neither", "domination")]
)
def test_another_label_is_planted_in_the_middle(label: str, planted: str) -> None:
    found = variants.inject_label(case(label=label, text="One.\n\nTwo.\n\nThree.\n\nFour."), AXIS)

    assert found is not None
    paragraphs = found.text.split("\n\n")
    assert [paragraphs[0], paragraphs[1], paragraphs[3], paragraphs[4]] == ["One.", "Two.", "Three.", "Four."]
    assert f"the label “{planted}”" in paragraphs[2]


def test_a_control_names_the_target_and_frames_nothing() -> None:
    found = variants.remove_frame(case(target="the navy"), AXIS)

    assert found is not None
    assert found.text.startswith("The navy was named on Tuesday")
    assert variants.remove_frame(case(target=None), AXIS) is None


def test_the_shipped_articles_have_every_variant_in_number() -> None:
    makers = (
        variants.swap_entities,
        variants.swap_sides,
        variants.paraphrase,
        variants.flip_attribution,
        variants.inject_label,
        variants.remove_frame,
    )

    counts = [sum(make(each, AXIS) is not None for each in SHIPPED) for make in makers]

    assert min(counts) >= 10
    assert [make(SHIPPED[0], AXIS) for make in makers] == [make(SHIPPED[0], AXIS) for make in makers]
