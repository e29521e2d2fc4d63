from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from subtext.cli.demo import sample_article
from subtext.prompts.registry import PromptRegistry, default_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

AXIS = "desperation-domination@1"


@pytest.fixture(scope="module")
def prompts() -> PromptRegistry:
    return PromptRegistry.load([default_root()])


def test_every_prompt_and_axis_is_listed_with_its_digest(
    prompts: PromptRegistry, subtext: Callable[..., CliResult]
) -> None:
    rows = json.loads(subtext("prompts", "list", "--json").out)
    shown = subtext("prompts", "list").out

    digests = {spec.ref: spec.sha256 for spec in prompts.prompts()} | {axis.ref: axis.sha256 for axis in prompts.axes()}
    assert {row["ref"]: row["sha256"] for row in rows} == digests
    assert all(row["ref"] in shown and row["sha256"][:12] in shown for row in rows)


@pytest.mark.parametrize("ref", [AXIS, "desperation-domination", "summary", "summary@1"])
def test_one_is_shown_whole(ref: str, prompts: PromptRegistry, subtext: Callable[..., CliResult]) -> None:
    spec = prompts.axis(ref) if ref.startswith("desperation") else prompts.prompt(ref)

    ran = subtext("prompts", "show", ref)

    assert (ran.code, ran.err) == (0, "")
    assert yaml.safe_load(ran.out) == spec.file.model_dump(mode="json")
    assert "\\n" not in ran.out


def test_an_unknown_one_is_answered_with_the_known_ones(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("prompts", "show", "../../etc/passwd")

    assert (ran.code, ran.out) == (2, "")
    assert f"ask for one of analysis@1, analysis@2, stance@1, stance@2, summary@1, summary@2, {AXIS}" in ran.err


def test_the_messages_are_shown_as_they_would_be_sent(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    (tmp_path / "a.txt").write_text(sample_article(), encoding="utf-8")

    ran = subtext("prompts", "render", tmp_path / "a.txt", "--json", "--target", "Varga Steel")

    system, user = json.loads(ran.out)
    assert (system["role"], user["role"]) == ("system", "user")
    assert '"evidence"' in system["content"]
    assert sample_article() in user["content"]
    assert "Varga Steel" in user["content"]


def test_a_part_alone_has_its_own_prompt(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    (tmp_path / "a.txt").write_text(f"{sample_article()}\n\x1b[31mred\n", encoding="utf-8")

    ran = subtext("prompts", "render", tmp_path / "a.txt", "--parts", "summary")

    assert ran.out.startswith("──── system ────\n")
    assert "──── user ────\n" in ran.out
    assert '"evidence"' not in ran.out
    assert "\x1b" not in ran.out
