"""Standard streams that are closed, or whose locale has no character for what is printed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.api import TEXT
from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

# Python reads UTF-8 into the C locale unless it is told not to; an old locale or a redirection on Windows is no better.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def article(tmp_path: Path) -> str:
    file = tmp_path / "article.txt"
    file.write_text(TEXT, encoding="utf-8")
    return str(file)


def run_closed(streams: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the program with some of its standard streams closed by the shell."""
    command = ["sh", "-c", f'exec "$@" {streams}', "sh", *PROGRAM, *args]
    return subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, text=True, check=False, timeout=GIVE_UP_S
    )


@pytest.mark.parametrize("locale", [ASCII, {"PYTHONIOENCODING": "ascii"}], ids=["locale", "variable"])
def test_output_is_utf_8_whatever_the_locale_says(
    locale: dict[str, str], article: str, program: Callable[..., CliResult]
) -> None:
    ran = program("analyze", article, **locale)

    assert (ran.code, ran.err) == (0, "")
    assert "▼ desperation" in ran.out


@pytest.mark.parametrize("args", ["version", "analyze {article}", "openapi", "analyze --help", "config show --json"])
def test_a_closed_output_is_one_line_and_a_failure(args: str, article: str) -> None:
    ran = run_closed(">&-", *args.format(article=article).split())

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "subtext: standard output cannot be written: bad file descriptor\n"


def test_a_closed_error_stream_leaves_the_data_and_the_exit_code(article: str) -> None:
    refused = run_closed("2>&-", "analyze", "none.txt")
    analyzed = run_closed("2>&-", "analyze", article, "-o", os.devnull)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert analyzed.returncode == 0
    assert "the analysis is in" not in analyzed.stdout


def test_a_closed_input_is_an_empty_one() -> None:
    ran = run_closed("<&-", "analyze", "-")

    assert (ran.returncode, ran.stderr) == (5, "subtext: the text is empty: send the article's words\n")
