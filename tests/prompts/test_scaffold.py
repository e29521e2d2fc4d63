"""A new axis: what is written can be loaded at once, and nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.errors import RequestInvalid
from subtext.evals.dataset import load_datasets
from subtext.prompts.registry import PromptRegistry, default_root
from subtext.prompts.scaffold import axis_path, scaffold_axis, set_path

if TYPE_CHECKING:
    from pathlib import Path


def test_a_scaffold_loads_and_its_set_has_every_label(tmp_path: Path) -> None:
    paths = scaffold_axis(tmp_path, "care-neglect", "neg-lect", "care")

    axis = PromptRegistry.load([default_root(), tmp_path]).axis("care-neglect").axis
    rows = load_datasets([paths[1]], axis.labels)[0].cases

    assert paths == (axis_path(tmp_path, "care-neglect"), set_path(tmp_path, "care-neglect"))
    assert axis.labels == ("neg-lect", "care", "mixed", "neither")
    assert [row.label for row in rows] == list(axis.labels)


@pytest.mark.parametrize(
    "names",
    [
        ("Care", "a", "b"),
        ("../care", "a", "b"),
        ("care", "a b", "b"),
        ("care", "a", ""),
        ("care", "a", "a"),
        ("care", "mixed", "b"),
        ("care", "a", "neither"),
        ("c" * 49, "a", "b"),
    ],
    ids=str,
)
def test_what_is_no_id_or_no_pole_writes_nothing(names: tuple[str, str, str], tmp_path: Path) -> None:
    with pytest.raises(RequestInvalid):
        scaffold_axis(tmp_path, *names)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", [axis_path, set_path])
def test_a_file_that_is_there_stays(existing: object, tmp_path: Path) -> None:
    assert callable(existing)
    path = existing(tmp_path, "care")
    path.parent.mkdir(parents=True)
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(RequestInvalid, match="already there"):
        scaffold_axis(tmp_path, "care", "a", "b")

    assert [file.read_text(encoding="utf-8") for file in tmp_path.rglob("*") if file.is_file()] == ["mine"]
