"""The articles of examples/ are files of their own, which can be mounted and copied, and those that the pages offer."""

from __future__ import annotations

from pathlib import Path

import pytest

from subtext.cli.demo import sample_article
from subtext.web.forms import SAMPLES
from subtext.web.template_environment import load_sample

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", [name for name, _, _ in SAMPLES])
def test_an_article_is_a_file_with_the_text_of_the_sample(name: str) -> None:
    path = EXAMPLES / f"{name}.txt"

    assert not path.is_symlink()
    assert path.read_text(encoding="utf-8").strip() == load_sample(name)


def test_the_demo_shows_the_first_of_them() -> None:
    assert sample_article().strip() == load_sample("desperation")
