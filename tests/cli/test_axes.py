"""`subtext axes`: an axis of one's own, from the scaffold to a clean check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.api import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]

EXAMPLES = Path(__file__).parents[2] / "examples" / "prompts"
NEW = ("axes", "new", "hope-fear", "--negative", "fear", "--positive", "hope")


def test_a_new_axis_is_listed_and_its_placeholders_are_found(tmp_path: Path, subtext: Subtext) -> None:
    made = subtext(*NEW, "-o", str(tmp_path), "--json")
    checked = subtext("axes", "check", str(tmp_path), "--json")

    assert (made.code, made.err) == (0, "")
    assert all(Path(path).is_file() for path in json.loads(made.out).values())
    assert checked.code == 1
    (axis,) = json.loads(checked.out)
    assert (axis["axis"], axis["articles"]) == ("hope-fear@1", 8)
    assert {found["message"] for found in axis["findings"]} == {"TODO is left: replace it"}


def test_an_axis_is_not_written_twice(tmp_path: Path, subtext: Subtext) -> None:
    assert subtext(*NEW, "-o", str(tmp_path)).code == 0

    again = subtext(*NEW, "-o", str(tmp_path))

    assert again.code == 2
    assert "already there" in again.err


def test_the_example_is_clean(subtext: Subtext) -> None:
    ran = subtext("axes", "check", str(EXAMPLES))

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "✓  hope-fear@1  15 examples and articles have the labels that their evidence bears\n"


def test_the_folder_of_the_settings_is_checked_and_listed(subtext: Subtext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBTEXT_PROMPTS_DIR", str(EXAMPLES))

    assert "hope-fear@1" in subtext("axes", "check").out
    refs = [row["ref"] for row in json.loads(subtext("axes", "list", "--json").out)]
    assert refs == ["desperation-domination@1", "desperation-domination@2", "hope-fear@1"]
    assert "hope-fear@1 fear (-1) … hope (+1)\n" in subtext("axes", "list").out


@pytest.mark.parametrize("folder", ["none", "."])
def test_a_folder_without_an_axis_says_what_to_do(folder: str, tmp_path: Path, subtext: Subtext) -> None:
    ran = subtext("axes", "check", str(tmp_path / folder))

    assert (ran.code, ran.out) == (1 if folder == "none" else 2, "")
    assert ran.err.count("\n") == 1


def test_the_embedded_engine_says_that_it_has_one_axis(
    tmp_path: Path, subtext: Subtext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTEXT_PROMPTS_DIR", str(EXAMPLES))
    (tmp_path / "article.txt").write_text(TEXT, encoding="utf-8")

    ran = subtext("analyze", str(tmp_path / "article.txt"), "--axis", "hope-fear")

    assert ran.code != 0
    assert "choose an LLM engine for the axis hope-fear" in ran.err
