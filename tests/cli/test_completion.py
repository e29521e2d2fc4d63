"""Completion: what each shell asks the program for, and the real bash with the function that it is given."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

    Program = Callable[..., CliResult]

ASKED = {
    "bash": {"COMP_WORDS": "subtext history export --format ", "COMP_CWORD": "4"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "subtext history export --format "},
    "fish": {"_TYPER_COMPLETE_ARGS": "subtext history export --format ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}


@pytest.mark.parametrize("shell", ASKED)
def test_the_values_of_an_option_are_offered(shell: str, program: Program) -> None:
    ran = program(_SUBTEXT_COMPLETE=f"complete_{shell}", **ASKED[shell])

    assert (ran.code, ran.err) == (0, "")
    assert all(value in ran.out for value in ("csv", "jsonl", "parquet"))


def test_bash_completes_commands_and_options(tmp_path: Path, program: Program) -> None:
    function = program(_SUBTEXT_COMPLETE="source_bash").out
    command = tmp_path / "subtext"
    command.write_text(f'#!/bin/sh\nexec {PROGRAM[0]} {PROGRAM[1]} "{PROGRAM[2]}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    asks = (
        'COMP_WORDS=(subtext hist); COMP_CWORD=1; _subtext_completion subtext; echo "${COMPREPLY[@]}"\n'
        'COMP_WORDS=(subtext history export --out); COMP_CWORD=3; _subtext_completion subtext; echo "${COMPREPLY[@]}"\n'
    )

    ran = subprocess.run(
        ["bash", "--norc", "-c", f'PATH="{tmp_path}:$PATH"\n{function}\n{asks}'],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.splitlines() == ["history", "--output --outlet"]
